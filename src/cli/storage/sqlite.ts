/** A folder: the ledger's file, the control data's file beside it, and the file of master keys. */
import { windowMsOf } from '../../core/window.ts'
import type { RefusalBounds } from '../../store/control.ts'
import { refuseMoved } from '../../store/sqlite/moved.ts'
import { SqliteLedger } from '../../store/sqlite/sqlite-ledger.ts'
import { SqliteControlStore } from '../../store/sqlite-control/store.ts'
import { makeDataFolder } from '../data-folder.ts'
import { controlFileIn, ledgerFileIn, nameOf } from '../ledger-place.ts'
import { contentOf, openMasterKeys } from '../master-keys.ts'
import { nowUs } from './now.ts'
import type { Storage, StorageListener, StorageOf } from './storage.ts'

export async function openSqlite(
  settings: StorageOf<'sqlite'>,
  listener: StorageListener,
): Promise<Storage> {
  const { place, masterKeys, refusalBounds } = settings
  makeDataFolder(place.folder)
  const ledger = await openLedger(settings, listener)
  try {
    const control = openControl(controlFileIn(place.folder), refusalBounds)
    return {
      ledger,
      control,
      name: nameOf(place),
      openMasterKeys: async ({ index }) => openMasterKeys(place, masterKeys, contentOf(index)),
      async close() {
        await ledger.close()
        await control.close()
      },
    }
  } catch (error) {
    await ledger.close()
    throw error
  }
}

/** A copy that ended too early may have marked it before the ledger's file. */
function openControl(file: string, refusalBounds: RefusalBounds): SqliteControlStore {
  const control = new SqliteControlStore(file, refusalBounds)
  refuseMoved(file, control.movedTo())
  return control
}

function openLedger(
  { place, profile, purpose, indexBytesMax }: StorageOf<'sqlite'>,
  listener: StorageListener,
): Promise<SqliteLedger> {
  return SqliteLedger.open({
    file: ledgerFileIn(place.folder),
    nowUs,
    windowMs: windowMsOf(profile),
    ...(indexBytesMax !== undefined && { indexBytesMax }),
    mark: purpose,
    onCommit: (commit) => {
      listener.onCommit(commit)
    },
    onNote: (note) => {
      listener.onNote(note)
    },
  })
}

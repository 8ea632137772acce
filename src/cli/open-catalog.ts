/** The catalog of a ledger as commands reach it: in its folder or its database, beside a `serve` that may be running. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { ControlState } from '../server/control-state.ts'
import {
  MASTER_KEY_BYTES,
  masterKeyOf,
  type MasterKeyRing,
  ringOf,
} from '../server/keys/master-keys.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import type { ControlStore } from '../store/control.ts'
import { LedgerRefused } from '../store/refused.ts'
import { SqliteControlStore } from '../store/sqlite-control/store.ts'
import { agreeOnMasterKey, moveMasterKey, withAgreedKey } from './agreed-master-key.ts'
import { makeDataFolder } from './data-folder.ts'
import { controlFileIn, type LedgerPlace, nameOf } from './ledger-place.ts'
import type { LedgerSettings } from './ledger-settings.ts'
import { rotateMasterKeyFile } from './master-key-rotation.ts'
import { contentOf, masterKeyFileIn, openMasterKeys } from './master-keys.ts'

type SettingsOf<Kind extends LedgerPlace['kind']> = LedgerSettings & {
  readonly place: Extract<LedgerPlace, { kind: Kind }>
}

/**
 * `read` and `update` refuse a folder that holds none; `change` makes what is missing; `try` makes nothing, and what is tried
 * ends with the command. `read` and `try` write nothing, so a role that may only read is enough for them.
 */
export type OpenMode = 'read' | 'update' | 'change' | 'try'

/** Whether there is a catalog already. A database without one is told when it is opened. */
export function hasCatalog({ place }: LedgerSettings): boolean {
  return place.kind === 'postgres' || existsSync(controlFileIn(place.folder))
}

/** The catalog of one kind of place. */
export interface OpenCatalog {
  readonly store: ControlStore
  readonly masterKeys: (state: ControlState) => Promise<MasterKeyRing>
  readonly rotateMasterKey: (state: ControlState, isKept: boolean) => Promise<MasterKeyRing>
}

/** @throws LedgerRefused with one sentence. */
export function openCatalog(settings: LedgerSettings, mode: OpenMode): Promise<OpenCatalog> {
  const { place } = settings
  return place.kind === 'sqlite'
    ? openInFolder({ ...settings, place }, mode)
    : openOnPostgres({ ...settings, place }, mode)
}

async function openInFolder(
  { place, masterKeys: source }: SettingsOf<'sqlite'>,
  mode: OpenMode,
): Promise<OpenCatalog> {
  const isNew = mode === 'try' && source === undefined && !existsSync(masterKeyFileIn(place.folder))
  return {
    store: openSqliteStore(place.folder, mode),
    async masterKeys({ index }) {
      // Opening them would make the file.
      return isNew && index.accessKeys.size === 0
        ? ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))])
        : openMasterKeys(place, source, contentOf(index))
    },
    async rotateMasterKey({ index }, isKept) {
      const ring = openMasterKeys(place, source, contentOf(index))
      const isOurs = source === undefined && !isKept
      return isOurs ? rotateMasterKeyFile(masterKeyFileIn(place.folder), ring) : ring
    },
  }
}

async function openOnPostgres(
  { place, masterKeys: source, postgres }: SettingsOf<'postgres'>,
  mode: OpenMode,
): Promise<OpenCatalog> {
  const { PostgresControlStore } = await import('../store/postgres-control/store.ts')
  const name = nameOf(place)
  const readOnly = mode === 'read' || mode === 'try'
  const store = await PostgresControlStore.open({ url: place.url, ...postgres, readOnly })
  return {
    store,
    async masterKeys({ index }) {
      const ring = openMasterKeys(place, source, contentOf(index))
      return readOnly
        ? withAgreedKey(ring, await store.facts.read('masterKey'), name)
        : agreeOnMasterKey(store.facts, ring, name)
    },
    async rotateMasterKey({ index }) {
      const ring = openMasterKeys(place, source, contentOf(index))
      await moveMasterKey(store.facts, ring, name)
      return ring
    },
  }
}

function openSqliteStore(folder: string, mode: OpenMode): ControlStore {
  const file = controlFileIn(folder)
  const isMissing = !existsSync(file)
  if (mode === 'try' && isMissing) return new MemoryControlStore()
  if ((mode === 'read' || mode === 'update') && isMissing) {
    const text = `There is no catalog in ${folder}. Name its folder with --data, or make one with: marketmeter catalog apply FILE`
    throw new LedgerRefused(text)
  }
  makeDataFolder(folder)
  try {
    return new SqliteControlStore(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LedgerRefused(`The catalog ${file} cannot be opened: ${reason}`)
  }
}

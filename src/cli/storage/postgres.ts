/**
 * A database of PostgreSQL, which any number of replicas share.
 *
 * A demo makes its own schema, for it is there to be tried; of two that start at once one makes it. It changes none that
 * there is: an upgrade, and every schema of a production ledger, is for `marketmeter migrate`.
 */
import type { InstantMs } from '../../core/usage.ts'
import { windowMsOf } from '../../core/window.ts'
import { migrate } from '../../store/postgres/migrate.ts'
import { PostgresLedger } from '../../store/postgres/postgres-ledger.ts'
import { PostgresControlStore } from '../../store/postgres-control/store.ts'
import { agreeOnMasterKey } from '../agreed-master-key.ts'
import { nameOf } from '../ledger-place.ts'
import { contentOf, openMasterKeys } from '../master-keys.ts'
import { nowUs } from './now.ts'
import type { Storage, StorageListener, StorageOf } from './storage.ts'

export async function openPostgres(
  settings: StorageOf<'postgres'>,
  listener: StorageListener,
): Promise<Storage> {
  const { place, purpose, profile, postgres, refusalBounds, masterKeys } = settings
  const { url } = place
  const name = nameOf(place)
  if (purpose === 'demo')
    await migrate(url, Date.now() as InstantMs, { ...postgres, onlyIfNone: true })
  const control = await PostgresControlStore.open({ url, ...postgres, refusalBounds })
  try {
    // A month that usage may still come of is not to be detached by who does not know of this profile.
    await control.facts.raise('windowMsMax', windowMsOf(profile))
    const ledger = await PostgresLedger.open({
      url,
      ...postgres,
      nowUs,
      onCommit: (commit) => {
        listener.onCommit(commit)
      },
    })
    return {
      ledger,
      control,
      name,
      async openMasterKeys({ index }) {
        // It is marked as what it is to be only once its keys are there.
        const content = { ...contentOf(index), isDemo: purpose === 'demo' }
        const ring = openMasterKeys(place, masterKeys, content)
        return agreeOnMasterKey(control.facts, ring, name)
      },
      async close() {
        await ledger.close()
        await control.close()
      },
    }
  } catch (error) {
    await control.close()
    throw error
  }
}

/** Replicas of the service over one database: a ledger that is there for them, and one process after another. */
import { randomBytes } from 'node:crypto'
import { type CatalogSize, seedInto } from '../bench/catalog.ts'
import type { Caller } from '../bench/requests.ts'
import {
  type BenchService,
  commandWords,
  type ProcessOptions,
  startProcess,
} from '../bench/service.ts'
import type { InstantMs } from '../src/core/usage.ts'
import { MASTER_KEY_BYTES, masterKeyOf } from '../src/server/keys/master-keys.ts'
import { migrate } from '../src/store/postgres/migrate.ts'
import { PostgresControlStore } from '../src/store/postgres-control/store.ts'

export interface SharedLedger {
  readonly url: string
  /** As MARKETMETER_MASTER_KEYS takes them. */
  readonly masterKeys: string
  /** One for each seller. */
  readonly callers: readonly Caller[]
}

/** @param url Of an empty database, which gets the schema and a catalog. */
export async function newSharedLedger(
  url: string,
  size: CatalogSize,
  sellers = 1,
): Promise<SharedLedger> {
  await migrate(url, Date.now() as InstantMs)
  const bytes = randomBytes(MASTER_KEY_BYTES)
  const control = await PostgresControlStore.open({ url })
  try {
    const callers = await seedInto(control, masterKeyOf(bytes), size, sellers)
    return { url, masterKeys: bytes.toString('base64'), callers }
  } finally {
    await control.close()
  }
}

export interface ReplicaOptions extends Omit<ProcessOptions, 'env'> {
  /** More words for `serve`. */
  readonly flags?: readonly string[]
}

/** @throws If it ends before it is ready. */
export function startReplica(
  ledger: Pick<SharedLedger, 'url' | 'masterKeys'>,
  { flags = [], ...options }: ReplicaOptions = {},
): Promise<BenchService> {
  const words = ['serve', '--json', '--port', '0', '--admin-port', '0', ...flags]
  return startProcess(commandWords(words), { ...options, env: surroundingsOf(ledger) })
}

/** The environment by which `serve`, and every command, works on a ledger. */
export function surroundingsOf({
  url,
  masterKeys,
}: Pick<SharedLedger, 'url' | 'masterKeys'>): Readonly<Record<string, string>> {
  return { MARKETMETER_LEDGER: url, MARKETMETER_MASTER_KEYS: masterKeys }
}

/** Control stores of tests, on the PostgreSQL of server.spec.ts. */
import { after } from 'node:test'
import { Client } from 'pg'
import type { BuyerEntry, ControlEntry } from '../../core/control-entries.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../../core/usage.ts'
import type { ControlStore } from '../control.ts'
import { type PostgresControlSettings, PostgresControlStore } from './store.ts'

/** What a test that failed left open would keep the process alive. */
const opened: PostgresControlStore[] = []

after(async () => {
  for (const store of opened) await store.close()
})

export async function openControl(
  url: string,
  settings: Partial<PostgresControlSettings> = {},
): Promise<PostgresControlStore> {
  const store = await PostgresControlStore.open({ url, ...settings })
  opened.push(store)
  return store
}

export function commit(store: ControlStore, upon: number, entries: readonly ControlEntry[]) {
  return store.commit({ upon, entries, atMs: 5 as InstantMs, actor: 'user:ann', summary: '' })
}

export function buyer(name: string, account = '222233334444'): BuyerEntry {
  return { kind: 'buyer', account: account as AccountId, name, retired: false }
}

export function agreement(id: string, account: string): ControlEntry {
  return {
    kind: 'agreement',
    id: id as AgreementId,
    licenseArn: 'arn:one' as LicenseArn,
    product: 'product' as ProductCode,
    buyer: account as AccountId,
    startMs: 0 as InstantMs,
    status: 'active',
    entitlements: [
      { dimension: 'seats' as Dimension, integer: 5 },
      { dimension: 'ratio' as Dimension, double: 0.1 },
    ],
  }
}

/** A request that was refused whole: the reason alone tells it from others. */
export function refused(reason: string, atMs = 1, seller = '111122223333'): RefusedRecord {
  return {
    seller: seller as AccountId,
    atMs: atMs as InstantMs,
    code: 'ValidationException',
    reason,
    requestId: 'request',
    accessKeyId: 'AKIADEMO',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: 'product',
  }
}

/** As somebody who opens the database by hand. */
export async function run(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

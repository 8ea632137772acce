/** Reads a ledger on PostgreSQL beside the replicas that write it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { MeteringRecord } from '../src/core/metering-record.ts'
import { POSTGRES_BOUNDS } from '../src/store/postgres/bounds.ts'
import { PostgresLedgerReader } from '../src/store/postgres/ledger-reader.ts'

const LOOK_AGAIN_MS = 100

/** Everything that was recorded until now, in order; waits until it can be read. */
export async function recordsAt(url: string): Promise<readonly MeteringRecord[]> {
  const untilUs = Date.now() * 1_000
  const reader = await PostgresLedgerReader.open(url, POSTGRES_BOUNDS)
  try {
    const records: MeteringRecord[] = []
    let page = await reader.read({ countMax: 10_000 })
    records.push(...page.records)
    while (page.next !== undefined || page.completeUntilUs <= untilUs) {
      if (page.next === undefined) await delay(LOOK_AGAIN_MS)
      page = await reader.read({ countMax: 10_000, after: page.resume })
      records.push(...page.records)
    }
    return records
  } finally {
    await reader.close()
  }
}

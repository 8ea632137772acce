/** A page costs what a page costs, however much the ledger holds and however little the server knows of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aCall, aRecord } from '../builders.spec.ts'
import type { LedgerQuery } from '../ledger.ts'
import { openPool } from './connect.ts'
import { endStatement, pageStatement } from './page-statement.ts'
import { emptyLedger, openLedger, skip } from './server.spec.ts'

const RECORDS = 3_000
const QUERIES: readonly LedgerQuery[] = [
  { countMax: 1_000 },
  { countMax: 1_000, dimension: aRecord({}).dimension },
]
const RANGE = {
  after: { recordedAtUs: 0, hour: 0, bucket: 0, series: '00000000-0000-0000-0000-000000000000' },
  untilUs: Number.MAX_SAFE_INTEGER,
}

describe('a page of a ledger that was never analyzed', { skip }, () => {
  for (const query of QUERIES) {
    it(`is read by indexes alone: ${JSON.stringify(query)}`, async () => {
      const url = await emptyLedger()
      const ledger = await openLedger(url, { soleWriter: true })
      const records = Array.from({ length: RECORDS }, (_, buyer) => aRecord({ buyer }))
      await ledger.hold(aCall(), records)
      await ledger.close()
      const bounds = { connectionsMax: 1, statementMsMax: 10_000, connectMsMax: 5_000 }
      const pool = await openPool({ url, kind: 'reader', ...bounds })
      for (const statementOf of [pageStatement, endStatement]) {
        const { text, values } = statementOf(query, RANGE)
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
        assert.doesNotMatch(plan, /Seq Scan|Hash|Parallel|Bitmap/)
      }
      await pool.end()
    })
  }
})

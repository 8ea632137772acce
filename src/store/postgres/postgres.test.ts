import { describe } from 'node:test'
import { BUCKET_COUNT } from '../../core/billing-line.ts'
import { ledgerSpec } from '../ledger.spec.ts'
import { openPool } from './connect.ts'
import { PostgresLedger } from './postgres-ledger.ts'
import { countTokens, emptyLedger, skip } from './server.spec.ts'
import { TokenSweep } from './token-sweep.ts'

/** Of the ledger that was opened last: tests here run one after the other. */
let url = ''

describe('on a real PostgreSQL', { skip }, () => {
  ledgerSpec(
    'the ledger on PostgreSQL',
    async (nowUs) => {
      url = await emptyLedger()
      return PostgresLedger.open({ url, nowUs, soleWriter: true })
    },
    undefined,
    {
      run: async (_ledger, nowMs) => {
        const bounds = { connectionsMax: 1, statementMsMax: 5_000, connectMsMax: 5_000 }
        const pool = await openPool({ ...bounds, url, kind: 'heartbeat' })
        const sweep = new TokenSweep(pool)
        // The ledger's own heartbeat is one look in a while.
        for (let looks = 0; looks < BUCKET_COUNT; looks++) await sweep.look(nowMs)
        await pool.end()
      },
      count: () => countTokens(url),
    },
  )
})

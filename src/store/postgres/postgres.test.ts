import { describe } from 'node:test'
import { ledgerSpec } from '../ledger.spec.ts'
import { PostgresLedger } from './postgres-ledger.ts'
import { emptyLedger, skip } from './server.spec.ts'

describe('on a real PostgreSQL', { skip }, () => {
  ledgerSpec('the ledger on PostgreSQL', async (nowUs) =>
    PostgresLedger.open({ url: await emptyLedger(), nowUs, soleWriter: true }),
  )
})

import { MemoryLedger } from './memory.ts'
import { ledgerSpec } from './ledger.spec.ts'

ledgerSpec('the ledger in memory', async (nowUs) => new MemoryLedger(nowUs))

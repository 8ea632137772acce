import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { ledgerSpec } from '../ledger.spec.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'ledger-'))
after(() => rmSync(directory, { recursive: true }))
let count = 0

ledgerSpec('the ledger on SQLite', (nowUs) =>
  SqliteLedger.open({
    file: path.join(directory, `${++count}.db`),
    nowUs,
    windowMs: 6 * 3_600_000,
  }),
)

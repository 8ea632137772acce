/** Reads a ledger's file beside the service that writes it. */
import { join } from 'node:path'
import type { MeteringRecord } from '../src/core/metering-record.ts'
import type { LedgerFinding } from '../src/store/ledger.ts'
import { LedgerReader } from '../src/store/sqlite/reader.ts'
import { verifyLedger } from '../src/store/sqlite/verify.ts'

/** Everything that it holds, in order. */
export function recordsIn(folder: string): readonly MeteringRecord[] {
  const reader = new LedgerReader(join(folder, 'ledger.db'))
  try {
    const records: MeteringRecord[] = []
    let page = reader.read({ countMax: 10_000 })
    records.push(...page.records)
    while (page.next !== undefined) {
      page = reader.read({ countMax: 10_000, after: page.next })
      records.push(...page.records)
    }
    return records
  } finally {
    reader.close()
  }
}

export async function findingsIn(folder: string): Promise<readonly LedgerFinding[]> {
  const reader = new LedgerReader(join(folder, 'ledger.db'))
  try {
    const findings: LedgerFinding[] = []
    for await (const finding of verifyLedger(reader)) findings.push(finding)
    return findings
  } finally {
    reader.close()
  }
}

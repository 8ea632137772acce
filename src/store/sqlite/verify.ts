/**
 * Proves that no stored usage was altered, lost or counted twice, or lists where it was.
 *
 * What it checks  the database's own structure; each series against its hash, bucket and line; each record's
 *                 checksum, which covers its series, call and agreement; positions without gaps, in the order
 *                 of reading; one record a key over the whole ledger; the hours' states; how many records
 *                 each call added; that client tokens have the form of such; that what was there at the writer's last promise (horizon.ts) still is. Equal facts in
 *                 two Regions are a warning (D4).
 * What it cannot  know is a file that is a whole one of an earlier day, and whether calls since the last promise were taken
 *                 away whole; after an orderly end there are none.
 * Cost            It reads everything once, in steps that hold no lock for long, and keeps about 13 bytes a
 *                 series, 8 for each key of the open hours, and 4 for each call. Run it on a live ledger.
 * Checked by      verify.test.ts, which damages ledgers.
 */
import type { LedgerFinding } from '../ledger.ts'
import type { LedgerReader } from './reader.ts'
import { checkTokens } from './kept-tokens.ts'
import { checkRecords, recordsToCheck, type VerifyProgress } from './verify-records.ts'
import { checkSeries } from './verify-series.ts'

export async function* verifyLedger(
  reader: LedgerReader,
  onProgress: (progress: VerifyProgress) => void = () => undefined,
): AsyncGenerator<LedgerFinding, void, undefined> {
  try {
    yield* checkStructure(reader)
    const records = recordsToCheck(reader)
    const { findings, facts } = checkSeries(reader.database)
    yield* findings
    yield* checkRecords(reader, records, facts, onProgress)
    yield* checkTokens(reader.database)
  } catch (error) {
    if (!(error instanceof Error) || !('errcode' in error)) throw error
    yield {
      severity: 'error',
      problem: `the file cannot be read any further: ${error.message}`,
      where: reader.file,
    }
  }
}

function* checkStructure(reader: LedgerReader): Generator<LedgerFinding> {
  for (const row of reader.database.prepare('pragma quick_check(100)').iterate()) {
    const problem = String(row['quick_check'])
    if (problem !== 'ok') yield { severity: 'error', problem, where: reader.file }
  }
}

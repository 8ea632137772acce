/**
 * Proves that no stored usage was altered or counted twice, or lists where it was.
 *
 * What it checks  each series against its hash, bucket and line; each agreement against its hash; each record's checksum,
 *                 which covers its series, call and agreement; that the commits that are there have records; that
 *                 the database keeps one record a key. Equal facts in two Regions are a warning (D4).
 * What it cannot  know is whether records were taken away while others of their commit stayed, or commits whole: there are
 *                 no positions here. Pages of the database's own are for pg_amcheck and data checksums.
 * Cost            It reads everything once, bucket by bucket, a page a statement, and keeps the series of one bucket. It
 *                 only reads: run it on a live ledger, or on a standby.
 * Checked by      verify.test.ts, which damages ledgers.
 */
import { type Bucket, BUCKET_COUNT } from '../../core/billing-line.ts'
import type { LedgerFinding } from '../ledger.ts'
import { openPool, placeOf, type PoolClient } from './connect.ts'
import { describeFailure, failureOf, isDamage } from './failure.ts'
import { checkSchema } from './migrate.ts'
import { partitionsThere } from './partitions.ts'
import { checkCommits } from './verify-commits.ts'
import { checkKeys } from './verify-keys.ts'
import { checkRecords } from './verify-records.ts'
import { BucketFacts } from './verify-series.ts'

/** A page takes milliseconds; counting takes as long as it takes. */
const STATEMENT_MS_MAX = 600_000

export interface VerifySettings {
  readonly url: string
  readonly connectMsMax: number
  /** Told now and then. */
  readonly onProgress: (recordsDone: number, recordsTotal: number) => void
}

/** @throws LedgerRefused with one sentence if the ledger cannot be reached, or not any more. */
export async function* verifyLedger({
  url,
  connectMsMax,
  onProgress,
}: VerifySettings): AsyncGenerator<LedgerFinding, void, undefined> {
  const bounds = { connectionsMax: 1, statementMsMax: STATEMENT_MS_MAX, connectMsMax }
  const pool = await openPool({ url, kind: 'verifier', ...bounds })
  try {
    await checkSchema(pool, placeOf(url))
    yield* checkAll(pool, onProgress)
  } catch (error) {
    const place = placeOf(url)
    if (!isDamage(error)) throw failureOf(error, place)
    yield { severity: 'error', problem: describeFailure(error, place), where: place }
  } finally {
    await pool.end()
  }
}

async function* checkAll(
  database: Pick<PoolClient, 'query'>,
  onProgress: VerifySettings['onProgress'],
): AsyncGenerator<LedgerFinding, void, undefined> {
  yield* await checkKeys(database)
  const { rows } = await database.query<{ count: string }>('select count(*) from record')
  const total = Number(rows[0]?.count)
  let done = 0
  for (let number = 0; number < BUCKET_COUNT; number++) {
    const bucket = number as Bucket
    const facts = new BucketFacts(database, bucket)
    yield* await facts.load()
    for await (const { findings, count } of checkRecords(database, facts)) {
      yield* findings
      done += count
      // Records come while it looks.
      onProgress(done, Math.max(done, total))
    }
  }
  for (const { table, month } of await partitionsThere(database)) {
    if (table === 'call_group') yield* await checkCommits(database, month)
  }
  onProgress(done, done)
}

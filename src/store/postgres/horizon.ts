/**
 * Up to when a reader may look, so that nothing ever appears behind its cursor.
 *
 * Why it holds  A statement that holds records begins its transaction at t by the server's clock, and the server itself
 *               refuses a recorded-at before t - skew (hold.ts). What a reader cannot see yet belongs to a
 *               transaction that is open now, whose t is listed below, or to one that begins later. So everything
 *               recorded before min(oldest t, now) - skew is there to be seen, however long a commit waits
 *               for a standby. The margin covers the moment between a transaction's start and its listing.
 * Whose         A session that holds is known by its name, and when it began is shown to its own role and to members of
 *               pg_read_all_stats alone, if activities are tracked. Where one is hidden no page is shown.
 * Limits        `pg_prepared_xacts` tells when a transaction was prepared; it began at most a statement earlier.
 * Checked by    reading.test.ts, horizon.test.ts, standby.test.ts
 */
import { LedgerRefused } from '../refused.ts'
import { transactionsOnNodes } from './citus.ts'
import type { Pool } from './connect.ts'
import { type Seen, type Transactions, transactionsHere } from './open-transactions.ts'

export interface HorizonSettings {
  readonly settleMarginMs: number
  readonly skewMsMax: number
  readonly statementMsMax: number
}

/**
 * @param citus Whether transactions of other nodes count too.
 * @returns Microseconds since 1970. Look before the rows are read.
 * @throws LedgerRefused if that cannot be known.
 */
export async function horizonUs(
  pool: Pool,
  citus: boolean,
  settings: HorizonSettings,
): Promise<number> {
  const { isHidden, ...transactions } = await transactionsOf(pool, citus)
  if (isHidden) throw new LedgerRefused(HIDDEN)
  return horizonOf(transactions, settings)
}

/** @throws LedgerRefused if somebody holds records whose transactions this role is not shown, so that it could not read. */
export async function refuseHidden(pool: Pool, citus: boolean): Promise<void> {
  if ((await transactionsOf(pool, citus)).isHidden) throw new LedgerRefused(HIDDEN)
}

function transactionsOf(pool: Pool, citus: boolean): Promise<Seen> {
  return citus ? transactionsOnNodes(pool) : transactionsHere(pool)
}

const HIDDEN =
  'PostgreSQL does not show this role when replicas began their transactions, so nobody can say up to when records are complete. Use the role that all replicas use, or grant it pg_read_all_stats; and keep track_activities = on.'

export function horizonOf(
  { nowUs, openUs = nowUs, preparedUs = Number.POSITIVE_INFINITY }: Transactions,
  { settleMarginMs, skewMsMax, statementMsMax }: HorizonSettings,
): number {
  const oldestUs = Math.min(nowUs, openUs, preparedUs - statementMsMax * 1_000)
  return Math.min(nowUs - settleMarginMs * 1_000, oldestUs - skewMsMax * 1_000)
}

/**
 * Up to when a reader may look, so that nothing ever appears behind its cursor.
 *
 * Why it holds  A statement that holds records begins its transaction at t by the server's clock, and the server itself
 *               refuses a recorded-at before t - skew (bucket-commit.ts). What a reader cannot see yet belongs to a
 *               transaction that is open now, whose t is listed below, or to one that begins later. So everything
 *               recorded before min(oldest t, now) - skew is there to be seen, however long a commit waits
 *               for a standby. The margin covers the moment between a transaction's start and its listing.
 * Limits        Only sessions of the reader's own role show when they began: all replicas use one role.
 *               `pg_prepared_xacts` tells when a transaction was prepared; it began at most a statement earlier.
 * Checked by    reading.test.ts
 */
import { transactionsOnNodes } from './citus.ts'
import { BYSTANDERS, type Pool } from './connect.ts'

export interface HorizonSettings {
  readonly settleMarginMs: number
  readonly skewMsMax: number
  readonly statementMsMax: number
}

const LOOK = `
  select (extract(epoch from now()) * 1000000)::bigint as now_us,
    (select (extract(epoch from min(xact_start)) * 1000000)::bigint from pg_stat_activity
      where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
        and application_name <> all ($1::text[])) as open_us,
    (select (extract(epoch from min(prepared)) * 1000000)::bigint from pg_prepared_xacts
      where database = current_database()) as prepared_us`

interface HorizonRow {
  readonly now_us: string
  readonly open_us: string | null
  readonly prepared_us: string | null
}

/**
 * @param citus Whether transactions of other nodes count too.
 * @returns Microseconds since 1970. Look before the rows are read.
 */
export async function horizonUs(
  pool: Pool,
  citus: boolean,
  settings: HorizonSettings,
): Promise<number> {
  return horizonOf(await (citus ? transactionsOnNodes(pool) : transactionsHere(pool)), settings)
}

async function transactionsHere(pool: Pool): Promise<Transactions> {
  const { rows } = await pool.query<HorizonRow>({
    name: 'horizon',
    text: LOOK,
    values: [BYSTANDERS],
  })
  const [row] = rows
  if (row === undefined) throw new Error('the horizon was not answered')
  return {
    nowUs: Number(row.now_us),
    ...(row.open_us === null ? {} : { openUs: Number(row.open_us) }),
    ...(row.prepared_us === null ? {} : { preparedUs: Number(row.prepared_us) }),
  }
}

export interface Transactions {
  readonly nowUs: number
  /** When the oldest open transaction began. */
  readonly openUs?: number
  /** When the oldest prepared transaction was prepared, or one that another node's began on a node. */
  readonly preparedUs?: number
}

export function horizonOf(
  { nowUs, openUs = nowUs, preparedUs = Number.POSITIVE_INFINITY }: Transactions,
  { settleMarginMs, skewMsMax, statementMsMax }: HorizonSettings,
): number {
  const oldestUs = Math.min(nowUs, openUs, preparedUs - statementMsMax * 1_000)
  return Math.min(nowUs - settleMarginMs * 1_000, oldestUs - skewMsMax * 1_000)
}

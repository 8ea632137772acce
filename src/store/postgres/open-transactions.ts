/**
 * Which transactions that hold records are open on the server that we speak to, and since when.
 *
 * On Citus every node is asked instead (citus.ts).
 */
import { type Pool, WRITER_SESSION } from './connect.ts'

export interface Seen extends Transactions {
  /** Something is open that does not say since when. */
  readonly isHidden: boolean
}

export interface Transactions {
  readonly nowUs: number
  /** When the oldest open transaction began. */
  readonly openUs?: number
  /** When the oldest prepared transaction was prepared, or one that another node's began on a node. */
  readonly preparedUs?: number
}

/** Whether a row of pg_stat_activity does not say when its transaction began. */
export const IS_HIDDEN = `(query = '<insufficient privilege>' or state = 'disabled')`

const LOOK = `
  select (extract(epoch from now()) * 1000000)::bigint as now_us,
    (extract(epoch from min(xact_start)) * 1000000)::bigint as open_us,
    coalesce(bool_or(${IS_HIDDEN}), false) as hidden,
    (select (extract(epoch from min(prepared)) * 1000000)::bigint from pg_prepared_xacts
      where database = current_database()) as prepared_us
  from pg_stat_activity
  where datname = current_database() and application_name = '${WRITER_SESSION}' and pid <> pg_backend_pid()`

interface HorizonRow {
  readonly now_us: string
  readonly open_us: string | null
  readonly hidden: boolean
  readonly prepared_us: string | null
}

export async function transactionsHere(pool: Pool): Promise<Seen> {
  const { rows } = await pool.query<HorizonRow>({
    name: 'horizon',
    text: LOOK,
  })
  const [row] = rows
  if (row === undefined) throw new Error('the horizon was not answered')
  return {
    nowUs: Number(row.now_us),
    isHidden: row.hidden,
    ...(row.open_us === null ? {} : { openUs: Number(row.open_us) }),
    ...(row.prepared_us === null ? {} : { preparedUs: Number(row.prepared_us) }),
  }
}

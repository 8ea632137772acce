/**
 * What is different where the database is spread over nodes by Citus.
 *
 * Horizon     A transaction that holds records has a session on the node that we speak to and one on the node of its
 *             shard, and the second may outlive the first. So every node is asked, for ages rather than instants: then
 *             no clock but that of the node we speak to counts. A session that another node opened shows when its own part
 *             began, which is at most a statement later than the whole; until it has written it has no transaction id,
 *             and its first session is still there to be seen.
 * Language    Of a warning that a node gives, the one we speak to hands on the text alone: that a wait for a standby was cut
 *             short is known by its English words (standby.ts). So no node may speak another language.
 * Limits      While a node does not answer nobody knows what is open there, and no page is shown.
 * Checked by  citus.test.ts, citus-faults.test.ts
 */
import { LedgerRefused } from '../refused.ts'
import { type Pool, WRITER_SESSION } from './connect.ts'
import { IS_HIDDEN, type Seen } from './open-transactions.ts'

export async function isCitus(pool: Pick<Pool, 'query'>): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select exists (select from pg_extension where extname = 'citus') as found`,
  )
  return rows[0]?.found === true
}

/** Whether a server with these `lc_messages` writes in English. */
export function isEnglish(locale: string): boolean {
  return /^(C|POSIX|en)?([._-]|$)/i.test(locale)
}

/** @throws LedgerRefused if a node writes its messages in another language than English. */
export async function refuseOtherLanguages(
  pool: Pick<Pool, 'query'>,
  place: string,
): Promise<void> {
  const language = `select current_setting('lc_messages')`
  const { rows } = await pool.query<NodeRow>({ text: LOOK, values: [language] })
  const other = rows.find(({ success, result }) => success && !isEnglish(result))
  if (other === undefined) return
  throw new LedgerRefused(
    `The node ${other.node} of ${place} writes its messages in ${other.result}, and a warning that a record is not on its standby is known by English words alone. Set lc_messages = 'C' on every node.`,
  )
}

/** Runs on every node, so the names stand in its text. Ages in microseconds; null where there is none. */
const ages = () => `
  select json_build_object(
    'open', (select max(extract(epoch from clock_timestamp() - xact_start)) * 1000000 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = '${WRITER_SESSION}'),
    'hidden', (select count(*) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = '${WRITER_SESSION}'
        and ${IS_HIDDEN}),
    'inner', (select max(extract(epoch from clock_timestamp() - xact_start)) * 1000000 from pg_stat_activity
      where datname = current_database() and usename = session_user and pid <> pg_backend_pid()
        and application_name like 'citus%' and backend_xid is not null),
    'prepared', (select max(extract(epoch from clock_timestamp() - prepared)) * 1000000 from pg_prepared_xacts
      where database = current_database()))`

const LOOK = `
  select (extract(epoch from now()) * 1000000)::bigint as now_us, success, result,
    coalesce(nodename || ':' || nodeport, 'number ' || looked.nodeid) as node
  from run_command_on_all_nodes($1) looked left join pg_dist_node using (nodeid)`

interface NodeRow {
  readonly now_us: string
  readonly success: boolean
  readonly result: string
  readonly node: string
}

interface Ages {
  readonly hidden: number
  readonly open: number | null
  readonly inner: number | null
  readonly prepared: number | null
}

/** @throws Error if a node does not answer. */
export async function transactionsOnNodes(pool: Pick<Pool, 'query'>): Promise<Seen> {
  const { rows } = await pool.query<NodeRow>({ name: 'nodes', text: LOOK, values: [ages()] })
  const nodes = rows.map(agesOf)
  const nowUs = Number(rows[0]?.now_us)
  const open = oldest(nodes.map(({ open }) => open))
  const inner = oldest(nodes.flatMap(({ inner, prepared }) => [inner, prepared]))
  return {
    nowUs,
    isHidden: nodes.some(({ hidden }) => hidden > 0),
    ...(open === undefined ? {} : { openUs: nowUs - open }),
    ...(inner === undefined ? {} : { preparedUs: nowUs - inner }),
  }
}

function oldest(ages: readonly (number | null)[]): number | undefined {
  const there = ages.filter((age) => age !== null)
  return there.length === 0 ? undefined : Math.max(...there)
}

function agesOf({ success, result, node }: NodeRow): Ages {
  if (!success) throw new Error(`the node ${node} does not answer, and no page is whole without it`)
  return JSON.parse(result) as Ages
}

/**
 * The statements that hold the records of one bucket and one month, with the calls that brought them, in one transaction.
 *
 * One server   One statement for a bucket. Those of several buckets share a transaction: one sync, one round trip.
 * Citus        It would plan two inserts in one statement apart, spread what lies between them over all nodes, and
 *              commit in two phases. So each goes alone, to one shard, and a commit in one phase ends them: four
 *              round trips, one sync. The join with `bucket` is what sends an insert of many rows there whole.
 * The clock    Nothing is held if its recorded-at is further from the server's clock than allowed: however long it was
 *              on its way, no record appears far behind the time when its transaction began. The horizon of readers
 *              (horizon.ts) rests on this.
 * Checked by   ../ledger.spec.ts on both; citus.test.ts (how many shards a statement touches)
 */
import type { QueryResult } from 'pg'
import type { PoolClient } from './connect.ts'
import { ClocksApart } from './failure.ts'
import { runTogether, type Statement } from './pipeline.ts'

export interface HoldRows {
  /** Bucket, recorded-at and writer, then an array for each other column of `record`, sorted by key. */
  readonly records: Statement['values']
  /** Month and calls. */
  readonly group: readonly [month: number, calls: string]
  readonly recordedAtUs: number
  /** How far the server's clock may be away; absent: any distance. */
  readonly skewUsMax?: number
}

/** What else stands in the transaction of a record. */
export interface HoldGuard {
  /** First. False ends the transaction, and nothing is held. */
  enter(client: PoolClient): Promise<boolean>
  /** Last, with how many records were new. False takes everything back. */
  leave(client: PoolClient, addedCount: number): Promise<boolean>
}

/**
 * @param parts Each of another bucket or month, in the order of their buckets and then their months: rows are locked in
 *   this order. With a guard, one.
 * @returns How many of the records of each part were new. Nothing may be assumed if it throws.
 */
export type Hold = (
  client: PoolClient,
  parts: readonly HoldRows[],
  guard?: HoldGuard,
) => Promise<readonly number[]>

const COLUMNS =
  'hour, series, quantity, call, hour_ms, named_by, checksum, agreement_key, allocations'

const VALUES = `
  unnest($4::integer[], $5::uuid[], $6::integer[], $7::smallint[], $8::integer[], $9::smallint[], $10::integer[],
    $11::uuid[], $12::text[]) as o (${COLUMNS})`

const IN_TIME =
  '($15::bigint is null or abs(extract(epoch from now()) * 1000000 - $2::bigint) <= $15)'

const HOLD = `
  with added as (
    insert into record (bucket, recorded_at_us, writer, ${COLUMNS})
    select $1::smallint, $2::bigint, $3::integer, ${COLUMNS} from ${VALUES} where ${IN_TIME}
    on conflict (bucket, hour, series) do nothing
    returning bucket
  ), noted as (
    insert into call_group (bucket, month, recorded_at_us, writer, calls)
    select $1::smallint, $13::integer, $2::bigint, $3::integer, $14::text where exists (select from added)
  )
  select count(*)::integer as count, ${IN_TIME} as in_time from added`

/** For one server. */
export const holdTogether: Hold = async (client, parts, guard) => {
  if (guard === undefined) return holdParts(client, parts)
  await client.query('begin')
  if (!(await guard.enter(client))) return [await rollBack(client)]
  const [count = 0] = await holdParts(client, parts)
  if (!(await guard.leave(client, count))) return [await rollBack(client)]
  await client.query('commit')
  return [count]
}

async function rollBack(client: PoolClient): Promise<0> {
  await client.query('rollback')
  return 0
}

async function holdParts(
  client: PoolClient,
  parts: readonly HoldRows[],
): Promise<readonly number[]> {
  const results = await runTogether(client, parts.map(statementOf))
  return results.map(([row]) => {
    const [count, inTime] = row ?? []
    if (inTime === undefined) throw new Error('the statement that holds answered nothing')
    if (inTime !== 't') throw new ClocksApart()
    return Number(count)
  })
}

function statementOf({ records, group, skewUsMax }: HoldRows): Statement {
  return { name: 'hold', text: HOLD, values: [...records, ...group, skewUsMax ?? null] }
}

/** What is set for a transaction goes along to its node; what a session sets does not. No parameters, so one round trip. */
export const BEGIN_ON_NODE = `
  begin;
  set local citus.propagate_set_commands = 'local';
  set local synchronous_commit = on;
  set local client_min_messages = warning`

const BEGIN = `${BEGIN_ON_NODE};
  select (extract(epoch from now()) * 1000000)::bigint as now_us`

const ADD = `
  insert into record (bucket, recorded_at_us, writer, ${COLUMNS})
  select b.bucket, $2::bigint, $3::integer, ${COLUMNS} from bucket b, ${VALUES}
  where b.bucket = $1::smallint
  on conflict (bucket, hour, series) do nothing`

const NOTE = `
  insert into call_group (bucket, month, recorded_at_us, writer, calls)
  values ($1::smallint, $4::integer, $2::bigint, $3::integer, $5::text)`

/**
 * For Citus.
 *
 * @param statementMsMax How much later than here the transaction may begin on the node that has the shard; the horizon
 *   takes it for no more.
 */
export function holdInTwoStatements(statementMsMax: number): Hold {
  return async (client, parts, guard) => {
    const counts: number[] = []
    for (const rows of parts) counts.push(await holdOnNode(client, rows, { statementMsMax, guard }))
    return counts
  }
}

interface NodeBounds {
  readonly statementMsMax: number
  readonly guard: HoldGuard | undefined
}

async function holdOnNode(
  client: PoolClient,
  { records, group, recordedAtUs, skewUsMax }: HoldRows,
  { statementMsMax, guard }: NodeBounds,
): Promise<number> {
  const beganMs = performance.now()
  const nowUs = await begin(client)
  if (skewUsMax !== undefined && Math.abs(nowUs - recordedAtUs) > skewUsMax) throw new ClocksApart()
  if (guard !== undefined && !(await guard.enter(client))) return rollBack(client)
  const { rowCount } = await client.query({ name: 'add', text: ADD, values: [...records] })
  if (performance.now() - beganMs > statementMsMax) throw new ClocksApart()
  const count = rowCount ?? 0
  if (count > 0) {
    const values = [...records.slice(0, 3), ...group]
    await client.query({ name: 'note', text: NOTE, values })
  }
  if (guard !== undefined && !(await guard.leave(client, count))) return rollBack(client)
  await client.query('commit')
  return count
}

/** @returns When the transaction began by the server's clock. */
async function begin(client: PoolClient): Promise<number> {
  // The driver answers several statements with several results, which its types do not say.
  const results: unknown = await client.query(BEGIN)
  const looked = (results as QueryResult<{ now_us: string }>[]).at(-1)
  return Number(looked?.rows[0]?.now_us)
}

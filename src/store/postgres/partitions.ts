/**
 * Which months have their partitions, and how those that are missing are made.
 *
 * Made aside   `create table ... partition of` waits for every reader of the ledger, and every writer waits behind it
 *              (measured on 15 and 18). A table that is made aside and then attached waits for none of them, nor they for it.
 * Claimed      By an advisory lock, so that of replicas that want the same months one makes them.
 * Detached     A month that was taken out of the ledger is never made again: usage of it that is sent once more must not be
 *              taken as new. That it was is a fact in the database (detach.ts), whatever became of its tables.
 * Checked by   partitions.test.ts
 */
import { startOfHour, type UsageHour } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { type PoolClient, transactionOn } from './connect.ts'
import { LedgerRefused } from '../refused.ts'
import {
  attachStatement,
  type DividedTable,
  DIVIDED_TABLES,
  type Month,
  monthAt,
  monthOf,
  monthsWanted,
  monthText,
  parseMonth,
  partitionName,
  partitionStatements,
} from './months.ts'

type Database = Pick<PoolClient, 'query'>

/** 'Mktm', like the mark of a ledger's file: whoever changes tables holds it. */
export const SCHEMA_LOCK = 0x4d6b_746d

/** Rather than wait for whoever else changes the tables, a replica looks again with its next beat. */
const LOCK_MS_MAX = 1_000

export interface Partition {
  readonly table: DividedTable
  readonly month: Month
  /** The name of the table that holds the month. */
  readonly name: string
  /** Being detached: nobody sees it any more. */
  readonly isLeaving: boolean
}

interface PartitionRow {
  readonly table: DividedTable
  readonly name: string
  readonly first_hour: number
  readonly is_leaving: boolean
}

/** All that are attached, by month. */
export async function partitionsThere(database: Database): Promise<readonly Partition[]> {
  const { rows } = await database.query<PartitionRow>(
    `select parent.relname as table, child.relname as name, i.inhdetachpending as is_leaving,
       (regexp_match(pg_get_expr(child.relpartbound, child.oid), 'FROM \\((\\d+)\\)'))[1]::integer as first_hour
     from pg_inherits i
       join pg_class parent on parent.oid = i.inhparent
       join pg_class child on child.oid = i.inhrelid
     where i.inhparent = any($1::regclass[]) order by first_hour, 1`,
    [DIVIDED_TABLES],
  )
  return rows.map(({ table, name, first_hour, is_leaving }) => ({
    table,
    name,
    month: monthAt(startOfHour(first_hour as UsageHour)),
    isLeaving: is_leaving,
  }))
}

/** All months that have both their partitions. */
export async function monthsThere(database: Database): Promise<readonly Month[]> {
  const there = (await partitionsThere(database)).filter(({ isLeaving }) => !isLeaving)
  const tables = Map.groupBy(there, ({ month }) => month.name)
  return Array.from(tables.values()).flatMap(([one, ...others]) =>
    one !== undefined && others.length > 0 ? [one.month] : [],
  )
}

export async function missingMonths(
  database: Database,
  wanted: readonly Month[],
): Promise<readonly Month[]> {
  const there = new Set((await monthsThere(database)).map(({ name }) => name))
  return wanted.filter(({ name }) => !there.has(name))
}

/** Of a fact about the ledger: that a month was taken out of it, with the instant. */
const DETACHED = 'detachedMonth:'

export async function noteDetached(database: Database, month: Month): Promise<void> {
  await database.query(
    `insert into ledger_fact (name, value) values ($1, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
     on conflict do nothing`,
    [DETACHED + monthText(month)],
  )
}

export async function detachedMonths(database: Database): Promise<readonly Month[]> {
  const { rows } = await database.query<{ name: string }>(
    'select name from ledger_fact where starts_with(name, $1) order by name',
    [DETACHED],
  )
  return rows.flatMap(({ name }) => parseMonth(name.slice(DETACHED.length)) ?? [])
}

/** Months that are detached and not attached again: nothing of them is shown. */
export async function monthsGone(database: Database): Promise<readonly Month[]> {
  const detached = await detachedMonths(database)
  if (detached.length === 0) return []
  const there = await partitionsThere(database)
  const shown = new Set(
    there
      .filter(({ table, isLeaving }) => table === 'record' && !isLeaving)
      .map(({ month }) => month.name),
  )
  return detached.filter(({ name }) => !shown.has(name))
}

/** Of records that were seen a moment ago, those whose month was not detached since. */
export async function stillShown<Row extends { readonly hour: number }>(
  database: Database,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const gone = new Set((await monthsGone(database)).map(({ name }) => name))
  return rows.filter(({ hour }) => !gone.has(monthOf(hour as UsageHour).name))
}

/**
 * Makes the months ahead that are missing, if nobody else is just doing it. Inside a transaction.
 *
 * @returns Those that this role may not make: each try would be an error in the server's log.
 */
export async function makeMonthsAhead(
  client: PoolClient,
  nowMs: InstantMs,
): Promise<readonly Month[]> {
  const missing = await missingMonths(client, monthsWanted(nowMs))
  if (missing.length === 0) return []
  if (!(await mayMakeMonths(client))) return missing
  const { rows } = await client.query<{ mine: boolean }>(
    'select pg_try_advisory_xact_lock($1) as mine',
    [SCHEMA_LOCK],
  )
  if (rows[0]?.mine !== true) return []
  await client.query(`set local lock_timeout = ${LOCK_MS_MAX}`)
  await makeMissingMonths(client, monthsWanted(nowMs))
  return []
}

/** Whether this role owns what is divided by months, and may add to the schema. */
async function mayMakeMonths(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ may: boolean }>(
    `select has_schema_privilege('marketmeter', 'create') and bool_and(pg_has_role(relowner, 'usage')) as may
     from pg_class where oid = any($1::text[]::regclass[])`,
    [DIVIDED_TABLES.map((table) => `marketmeter.${table}`)],
  )
  return rows[0]?.may === true
}

/**
 * Makes months for records that somebody brings from elsewhere, however old they are.
 *
 * @returns Those that cannot be made, because they were taken out of the ledger.
 */
export async function makeMonths(
  client: PoolClient,
  wanted: readonly Month[],
): Promise<readonly Month[]> {
  if ((await missingMonths(client, wanted)).length === 0) return []
  await transactionOn(client, async () => {
    await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
    await makeMissingMonths(client, wanted)
  })
  return missingMonths(client, wanted)
}

/** Who calls it holds the lock. */
export async function makeMissingMonths(
  client: PoolClient,
  wanted: readonly Month[],
): Promise<readonly Month[]> {
  const detached = new Set((await detachedMonths(client)).map(({ name }) => name))
  const missing = await missingMonths(client, wanted)
  const making = missing.filter(({ name }) => !detached.has(name))
  const there = new Set((await partitionsThere(client)).map(({ name }) => name))
  const statements = making.flatMap((month) =>
    DIVIDED_TABLES.filter((table) => !there.has(partitionName(table, month))).flatMap((table) =>
      partitionStatements(table, month),
    ),
  )
  await refuseStrays(client, making, there)
  for (const statement of statements) await client.query(statement)
  return making
}

/** @throws LedgerRefused if a table that is to be made is there already, and is no part of the ledger. */
async function refuseStrays(
  client: PoolClient,
  making: readonly Month[],
  there: ReadonlySet<string>,
): Promise<void> {
  const wanted = making.flatMap((month) =>
    DIVIDED_TABLES.map((table) => ({ table, month, name: partitionName(table, month) })),
  )
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'marketmeter'::regnamespace and relname = any($1::name[])`,
    [wanted.map(({ name }) => name).filter((name) => !there.has(name))],
  )
  const stray = wanted.find(({ name }) => rows.some((row) => row.name === name))
  if (stray === undefined) return
  const { table, month, name } = stray
  throw new LedgerRefused(
    `The table marketmeter.${name} is there, but somebody detached it by hand, so ${monthText(month)} is missing from the ledger. Attach it again (set search_path = marketmeter; ${attachStatement(table, month, name)}), then run migrate.`,
  )
}

/** The months of a ledger, as those see them who look after it. */
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { isCitus } from './citus.ts'
import type { PoolClient } from './connect.ts'
import { DIVIDED_TABLES, type Month, monthAt, monthsWanted, partitionName } from './months.ts'
import { detachedMonths, type Partition, partitionsThere } from './partitions.ts'

/** For clocks, for what is on its way, and for whoever puts a clock right by hand. */
const MARGIN_MS = 24 * MS_PER_HOUR

/**
 * - `open`: usage of it may still come.
 * - `closed`: no profile takes usage of it any more; it may be detached.
 * - `missing`: usage of it may come, and cannot be held.
 * - `leaving`: its detaching was begun and is not at its end.
 * - `detached`: its records are no longer part of the ledger.
 */
export type MonthState = 'open' | 'closed' | 'missing' | 'leaving' | 'detached'

export interface MonthSummary {
  readonly month: Month
  readonly state: MonthState
  /** From when it may be detached. */
  readonly closesMs: InstantMs
  /** As the database estimates; absent where it does not know. */
  readonly recordsEstimate?: number
  /** With indexes; absent where there are no tables, or a node of Citus has them. */
  readonly bytes?: number
}

/** From when no record of a month can be taken, by profiles whose windows reach back so far at most. */
export function closesMsOf({ endHour }: Month, windowMs: number): InstantMs {
  return (endHour * MS_PER_HOUR + windowMs + MARGIN_MS) as InstantMs
}

/** What a table is called once its month is detached. */
export function detachedName(name: string): string {
  return name.startsWith(ASIDE) ? name : ASIDE + name
}

const ASIDE = 'detached_'

/** All that are there, were there, or ought to be, the oldest first. */
export async function listMonths(
  database: Pick<PoolClient, 'query'>,
  nowMs: InstantMs,
  windowMs: number,
): Promise<readonly MonthSummary[]> {
  const there = await partitionsThere(database)
  const detached = await detachedMonths(database)
  const sizes = (await isCitus(database)) ? new Map<string, Size>() : await sizesOf(database)
  const all = [
    ...there.map(({ month }) => month),
    ...detached,
    ...monthsWanted(nowMs),
    ...openBefore(nowMs, windowMs),
  ]
  const months = new Map(all.map((month) => [month.name, month]))
  return [...months.values()]
    .sort((left, right) => left.firstHour - right.firstHour)
    .map((month) => {
      const closesMs = closesMsOf(month, windowMs)
      const isNoted = detached.some(({ name }) => name === month.name)
      const parts = there.filter((one) => one.month.name === month.name)
      const state = stateOf(parts, isNoted, closesMs <= nowMs)
      return { month, state, closesMs, ...sizeOf(month, sizes) }
    })
}

/** The months that are over and still take usage. */
function openBefore(nowMs: InstantMs, windowMs: number): readonly Month[] {
  const months: Month[] = []
  for (let away = -1; closesMsOf(monthAt(nowMs, away), windowMs) > nowMs; away--) {
    months.push(monthAt(nowMs, away))
  }
  return months
}

export function stateOf(
  parts: readonly Pick<Partition, 'isLeaving'>[],
  isNoted: boolean,
  isClosed: boolean,
): MonthState {
  const isWhole =
    parts.length === DIVIDED_TABLES.length && parts.every(({ isLeaving }) => !isLeaving)
  if (isWhole) return isClosed ? 'closed' : 'open'
  if (isNoted) return parts.length === 0 ? 'detached' : 'leaving'
  return isClosed ? 'leaving' : 'missing'
}

interface Size {
  /** Negative: never counted. */
  readonly rows: number
  readonly bytes: number
}

interface SizeRow {
  readonly name: string
  readonly rows: number
  readonly bytes: string
}

async function sizesOf(database: Pick<PoolClient, 'query'>): Promise<ReadonlyMap<string, Size>> {
  const { rows } = await database.query<SizeRow>(
    `select relname as name, reltuples as rows, pg_total_relation_size(oid) as bytes from pg_class
     where relnamespace = 'marketmeter'::regnamespace and relkind = 'r'
       and relname ~ '^(detached_)?(record|call_group)_\\d{4}_\\d{2}$'`,
  )
  return new Map(rows.map(({ name, rows, bytes }) => [name, { rows, bytes: Number(bytes) }]))
}

function sizeOf(
  month: Month,
  sizes: ReadonlyMap<string, Size>,
): Pick<MonthSummary, 'recordsEstimate' | 'bytes'> {
  const [records, calls] = DIVIDED_TABLES.map((table) => partitionName(table, month)).map(
    (name) => sizes.get(name) ?? sizes.get(detachedName(name)),
  )
  if (records === undefined && calls === undefined) return {}
  const bytes = (records?.bytes ?? 0) + (calls?.bytes ?? 0)
  return records === undefined || records.rows < 0
    ? { bytes }
    : { bytes, recordsEstimate: records.rows }
}

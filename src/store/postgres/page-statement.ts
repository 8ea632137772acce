/**
 * The statements that read a page.
 *
 * Bounded     What narrows by a series' texts, or by hours inside a month, is looked at row by row. Then a first
 *             statement finds where SCAN_ROWS rows end, from the index of recorded-at alone, and the page ends there.
 * Citus       Each is one join on the bucket, so every shard orders and cuts its own rows; no step in between needs the
 *             rows of all. With an id there is one bucket, and one shard.
 */
import { startOfHour } from '../../core/hour.ts'
import type { MeteringRecordId } from '../../core/usage.ts'
import type { LedgerQuery } from '../ledger.ts'
import { parseRecordId } from '../record-id.ts'
import { toStoredText } from '../stored-text.ts'
import { monthAt, monthOf } from './months.ts'
import type { Place } from './place.ts'

const SCAN_ROWS = 10_000

export interface Range {
  readonly after: Place
  /** Up to here, exclusive. */
  readonly untilUs: number
  /** Up to here, inclusive. */
  readonly end?: Place
}

export interface Statement {
  readonly text: string
  readonly values: unknown[]
}

const TEXTS = ['seller', 'product', 'buyer', 'dimension', 'region'] as const

const ORDER = 'r.recorded_at_us, r.hour, r.bucket, r.series'

/** Whether rows are looked at that are not wanted. */
export function isFiltered(query: LedgerQuery): boolean {
  if (query.id !== undefined) return false
  const { fromHour, beforeHour } = query
  return (
    fromHour !== undefined ||
    beforeHour !== undefined ||
    TEXTS.some((name) => query[name] !== undefined)
  )
}

/** Finds the last row that one page may look at; nothing if there are fewer. */
export function endStatement(query: LedgerQuery, range: Range): Statement {
  const values = new Values()
  return {
    text: `
      select ${ORDER} from record r where ${rangeConditions(query, range, values).join(' and ')}
      order by ${ORDER} offset ${SCAN_ROWS - 1} limit 1`,
    values: values.list,
  }
}

export function pageStatement(query: LedgerQuery, range: Range): Statement {
  const values = new Values()
  const where = [...rangeConditions(query, range, values), ...filters(query, values)]
  return {
    text: `
      select r.*, s.region, s.billing_line, s.dimension, s.resource, s.product, s.seller, s.buyer,
        coalesce(a.agreement, s.agreement) as agreement, coalesce(a.license_arn, s.license_arn) as license_arn
      from record r
        join series s on s.bucket = r.bucket and s.series = r.series
        left join agreement a on a.bucket = r.bucket and a.agreement_key = r.agreement_key
      where ${where.join(' and ')}
      order by ${ORDER} limit ${query.countMax}`,
    values: values.list,
  }
}

/** Hands out the names of parameters. */
class Values {
  readonly list: unknown[] = []

  name(value: unknown, type: string): string {
    return `$${this.list.push(value)}::${type}`
  }
}

/** Of `record` alone: what an index, or a partition that is passed over, answers. */
function rangeConditions(
  { id, fromHour, beforeHour }: LedgerQuery,
  { after, untilUs, end }: Range,
  values: Values,
): string[] {
  const conditions = [
    `r.recorded_at_us >= ${values.name(after.recordedAtUs, 'bigint')}`,
    `(${ORDER}) > ${placeValues(after, values)}`,
    `r.recorded_at_us < ${values.name(untilUs, 'bigint')}`,
  ]
  if (end !== undefined) {
    conditions.push(`r.recorded_at_us <= ${values.name(end.recordedAtUs, 'bigint')}`)
    conditions.push(`(${ORDER}) <= ${placeValues(end, values)}`)
  }
  if (fromHour !== undefined) {
    conditions.push(`r.hour >= ${values.name(monthOf(fromHour).firstHour, 'integer')}`)
  }
  if (beforeHour !== undefined) {
    const month = monthAt(startOfHour(beforeHour), 1)
    conditions.push(`r.hour < ${values.name(month.firstHour, 'integer')}`)
  }
  if (id !== undefined) conditions.push(...idConditions(id, values))
  return conditions
}

function placeValues({ recordedAtUs, hour, bucket, series }: Place, values: Values): string {
  const names = [
    values.name(recordedAtUs, 'bigint'),
    values.name(hour, 'integer'),
    values.name(bucket, 'smallint'),
    values.name(series, 'uuid'),
  ]
  return `(${names.join(', ')})`
}

function filters(query: LedgerQuery, values: Values): string[] {
  const conditions: string[] = []
  const { fromHour, beforeHour } = query
  if (fromHour !== undefined) conditions.push(`r.hour >= ${values.name(fromHour, 'integer')}`)
  if (beforeHour !== undefined) conditions.push(`r.hour < ${values.name(beforeHour, 'integer')}`)
  for (const name of TEXTS) {
    const text = query[name]
    if (text !== undefined)
      conditions.push(`s.${name} = ${values.name(toStoredText(text), 'text')}`)
  }
  return conditions
}

/** An id tells bucket, hour and series, so it is looked up in one place. */
function idConditions(id: MeteringRecordId, values: Values): string[] {
  const parts = parseRecordId(id)
  if (parts === undefined) return ['false']
  return [
    `r.bucket = ${values.name(parts.bucket, 'smallint')}`,
    `r.hour = ${values.name(parts.hour, 'integer')}`,
    `r.series = ${values.name(`00000000-${id.slice(9, 14)}8000-${id.slice(19)}`, 'uuid')}`,
    // A correction has its own id; there are none yet.
    ...(parts.revision === 0 ? [] : ['false']),
  ]
}

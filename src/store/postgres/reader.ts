/**
 * Reads a ledger on PostgreSQL: pages by (recorded at, metering record id), merged over all buckets and months.
 *
 * Order       Hour, bucket and series in this order are the order of ids, whose first parts they are.
 * Bounded     A page looks at no more rows than SCAN_ROWS, whatever it is asked for; then it names the next one.
 * Checked by  ledger.spec.ts, reading.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { MeteringRecordId } from '../../core/usage.ts'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import { canMatch, checkPage } from '../query.ts'
import { parseRecordId } from '../record-id.ts'
import { toStoredText } from '../stored-text.ts'
import { callsOf } from './calls.ts'
import type { Pool } from './connect.ts'
import { monthOf, monthAt } from './months.ts'
import { parseRecordRow, type RecordRow } from './record-row.ts'
import { startOfHour } from '../../core/hour.ts'

const SCAN_ROWS = 10_000

/** Where a page ended: after this record. */
interface Place {
  readonly recordedAtUs: number
  readonly hour: number
  readonly bucket: number
  readonly series: string
}

const START: Place = {
  recordedAtUs: 0,
  hour: 0,
  bucket: 0,
  series: '00000000-0000-0000-0000-000000000000',
}

const CURSOR = /^r(\d{1,16})-(\d{1,8})-(\d{1,2})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** A record, or nulls in its place where none of the rows looked at is wanted. */
interface ScanRow extends Omit<RecordRow, 'series'> {
  readonly series: string | null
  readonly last_at: string
  readonly last_hour: number
  readonly last_bucket: number
  readonly last_series: string
  readonly scanned: number
}

export class Reader {
  readonly #pool: Pool
  readonly #horizonUs: () => Promise<number>

  /** @param horizonUs Up to when a page may show records; asked before each page. */
  constructor(pool: Pool, horizonUs: () => Promise<number>) {
    this.#pool = pool
    this.#horizonUs = horizonUs
  }

  /** @throws RangeError on a foreign cursor or a page size out of range. */
  async read(query: LedgerQuery): Promise<LedgerPage> {
    checkPage(query)
    const after = parsePlace(query.after)
    const completeUntilUs = await this.#horizonUs()
    const resume = placeText(after)
    if (!canMatch(query)) return { records: [], resume, completeUntilUs }
    const rows = await this.#scan(query, after, completeUntilUs)
    const [first] = rows
    if (first === undefined) return { records: [], resume, completeUntilUs }
    const found = rows.filter(isRecordRow)
    const records = await this.#withCalls(found)
    const isCut = found.length >= query.countMax
    const place = placeText(isCut ? placeOf(found.at(-1)) : lastScanned(first))
    const page = { records, resume: place, completeUntilUs }
    return isCut || first.scanned >= scanRows(query) ? { ...page, next: place } : page
  }

  async #scan(query: LedgerQuery, after: Place, untilUs: number): Promise<readonly ScanRow[]> {
    const { text, values } = scanStatement(query, after, untilUs)
    return (await this.#pool.query<ScanRow>(text, values)).rows
  }

  async #withCalls(rows: readonly RecordRow[]): Promise<readonly MeteringRecord[]> {
    const callOf = await callsOf(this.#pool, rows)
    return rows.map((row) => parseRecordRow(row, callOf(row)))
  }
}

function isRecordRow(row: ScanRow): row is ScanRow & RecordRow {
  return row.series !== null
}

function scanRows(query: LedgerQuery): number {
  return Math.max(query.countMax, SCAN_ROWS)
}

function scanStatement(
  query: LedgerQuery,
  after: Place,
  untilUs: number,
): { text: string; values: unknown[] } {
  const values: unknown[] = []
  const value = (given: unknown, type: string) => `$${values.push(given)}::${type}`
  const { recordedAtUs, hour, bucket, series } = after
  const inner = [
    `r.recorded_at_us >= ${value(recordedAtUs, 'bigint')}`,
    `(r.recorded_at_us, r.hour, r.bucket, r.series) >
      ($1, ${value(hour, 'integer')}, ${value(bucket, 'smallint')}, ${value(series, 'uuid')})`,
    `r.recorded_at_us < ${value(untilUs, 'bigint')}`,
  ]
  const outer: string[] = []
  const text = (column: string, given: string | undefined) => {
    if (given !== undefined) outer.push(`s.${column} = ${value(toStoredText(given), 'text')}`)
  }
  const { fromHour, beforeHour } = query
  if (fromHour !== undefined) {
    // Whole months are passed over; inside one, hours are looked at row by row, which the scan bounds.
    const month = monthOf(fromHour).firstHour
    inner.push(`r.hour >= ${value(month, 'integer')}`)
    outer.push(`r.hour >= ${value(fromHour, 'integer')}`)
  }
  if (beforeHour !== undefined) {
    const month = monthAt(startOfHour(beforeHour), 1).firstHour
    inner.push(`r.hour < ${value(month, 'integer')}`)
    outer.push(`r.hour < ${value(beforeHour, 'integer')}`)
  }
  if (query.id !== undefined) inner.push(...idConditions(query.id, value))
  text('seller', query.seller)
  text('product', query.product)
  text('buyer', query.buyer)
  text('dimension', query.dimension)
  text('region', query.region)
  const where = outer.length === 0 ? 'true' : outer.join(' and ')
  return {
    values,
    text: `
      with scanned as materialized (
        select r.* from record r where ${inner.join(' and ')}
        order by r.recorded_at_us, r.hour, r.bucket, r.series limit ${scanRows(query)}
      ), last as (
        select recorded_at_us as last_at, hour as last_hour, bucket as last_bucket, series as last_series,
          (select count(*)::integer from scanned) as scanned
        from scanned order by recorded_at_us desc, hour desc, bucket desc, series desc limit 1
      ), found as (
        select r.*, s.region, s.billing_line, s.dimension, s.resource, s.product, s.seller, s.buyer,
          coalesce(a.agreement, s.agreement) as agreement, coalesce(a.license_arn, s.license_arn) as license_arn
        from scanned r
          join series s on s.bucket = r.bucket and s.series = r.series
          left join agreement a on a.bucket = r.bucket and a.agreement_key = r.agreement_key
        where ${where}
        order by r.recorded_at_us, r.hour, r.bucket, r.series limit ${query.countMax}
      )
      select * from last left join found on true order by recorded_at_us, hour, bucket, series`,
  }
}

/** An id tells bucket, hour and series, so it is looked up in one place. */
function idConditions(
  id: MeteringRecordId,
  value: (given: unknown, type: string) => string,
): string[] {
  const parts = parseRecordId(id)
  if (parts === undefined) return ['false']
  return [
    `r.bucket = ${value(parts.bucket, 'smallint')}`,
    `r.hour = ${value(parts.hour, 'integer')}`,
    `r.series = ${value(`00000000-${id.slice(9, 14)}8000-${id.slice(19)}`, 'uuid')}`,
    // A correction has its own id; there are none yet.
    ...(parts.revision === 0 ? [] : ['false']),
  ]
}

function placeOf(row: RecordRow | undefined): Place {
  if (row === undefined) throw new Error('a page without its last record')
  const { recorded_at_us, hour, bucket, series } = row
  return { recordedAtUs: Number(recorded_at_us), hour, bucket, series }
}

function lastScanned({ last_at, last_hour, last_bucket, last_series }: ScanRow): Place {
  return {
    recordedAtUs: Number(last_at),
    hour: last_hour,
    bucket: last_bucket,
    series: last_series,
  }
}

function placeText({ recordedAtUs, hour, bucket, series }: Place): string {
  return `r${recordedAtUs}-${hour}-${bucket}-${series}`
}

function parsePlace(cursor: string | undefined): Place {
  if (cursor === undefined) return START
  const [, recordedAtUs, hour, bucket, series] = CURSOR.exec(cursor) ?? []
  if (series === undefined) throw new RangeError('This cursor was not made by this ledger.')
  return { recordedAtUs: Number(recordedAtUs), hour: Number(hour), bucket: Number(bucket), series }
}

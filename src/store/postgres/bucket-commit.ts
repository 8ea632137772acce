/**
 * Insert or find what is held: the records of one bucket and one month, in one statement that is one transaction.
 *
 * Why one     One sync, one shard, one round trip. The rows are sorted by key, so two replicas that offer the same
 *             keys wait for each other and never in a ring.
 * The clock   The statement holds nothing if its recorded-at is further from the server's clock than allowed: however
 *             long it was on its way, no record appears far behind the time when its transaction began. The
 *             horizon of readers (horizon.ts) rests on this.
 * Lost answer A statement whose answer never came may have committed. Its records are known by writer and recorded-at,
 *             so the next attempt still answers that this very call added them.
 */
import type { Bucket } from '../../core/billing-line.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { Call, HeldRecord, NewRecord } from '../../core/metering-record.ts'
import type { Allocation, Quantity } from '../../core/usage.ts'
import { callChecksum, recordChecksum } from '../checksum.ts'
import type { Held } from '../ledger.ts'
import { NAMED_BY, parseAllocations } from '../sqlite/record-row.ts'
import { callGroupText } from './call-group.ts'
import type { PoolClient } from './connect.ts'
import { ClocksApart } from './failure.ts'
import type { Month } from './months.ts'
import {
  type AgreementReference,
  keyTextOf,
  recordIdIn,
  type Series,
  type SeriesName,
} from './series-book.ts'

/** A record to hold, with what the database needs to know of it. Keys are unique in a commit. */
export interface Offered {
  readonly record: NewRecord
  readonly series: Series
  readonly agreement: AgreementReference
  /** Its call's place among the calls of the commit. */
  readonly call: number
}

export interface BucketCommit {
  readonly bucket: Bucket
  readonly month: Month
  readonly calls: readonly Call[]
  /** Sorted by key. */
  readonly offered: readonly Offered[]
  readonly writer: number
  readonly recordedAtUs: number
  /** Recorded-at of every attempt so far, this one included. */
  readonly attempts: ReadonlySet<number>
  /** How far the server's clock may be away; absent: any distance. */
  readonly skewUsMax?: number
}

const HOLD = `
  with offered as (
    select * from unnest($6::integer[], $7::uuid[], $8::integer[], $9::smallint[], $10::integer[], $11::smallint[],
      $12::integer[], $13::uuid[], $14::text[])
      as o (hour, series, quantity, call, hour_ms, named_by, checksum, agreement_key, allocations)
    where $15::bigint is null or abs(extract(epoch from now()) * 1000000 - $2::bigint) <= $15
  ), added as (
    insert into record (bucket, recorded_at_us, writer, hour, series, quantity, call, hour_ms, named_by, checksum,
      agreement_key, allocations)
    select $1::smallint, $2::bigint, $3::integer, hour, series, quantity, call, hour_ms, named_by, checksum,
      agreement_key, allocations
    from offered
    on conflict (bucket, hour, series) do nothing
    returning hour, series
  ), noted as (
    insert into call_group (bucket, month, recorded_at_us, writer, calls)
    select $1::smallint, $4::integer, $2::bigint, $3::integer, $5::text where exists (select from added)
  )
  select count(*)::integer as count,
    case when count(*) < cardinality($6::integer[]) then string_agg(hour || ' ' || series, ',') end as keys,
    $15::bigint is null or abs(extract(epoch from now()) * 1000000 - $2::bigint) <= $15 as in_time
  from added`

interface HoldRow {
  readonly count: number
  /** Hours and series of what was added; null if all was. */
  readonly keys: string | null
  readonly in_time: boolean
}

/**
 * Holds and answers, in the order offered.
 *
 * @throws ClocksApart and whatever the driver says; nothing may be assumed then.
 */
export async function commitBucket(
  client: PoolClient,
  commit: BucketCommit,
): Promise<readonly Held[]> {
  const { rows } = await client.query<HoldRow>({
    name: 'hold',
    text: HOLD,
    values: holdValues(commit),
  })
  const [row] = rows
  if (row === undefined) throw new Error('the statement that holds answered nothing')
  if (!row.in_time) {
    throw new ClocksApart(
      'The clocks of this machine and of PostgreSQL differ by more than allowed.',
    )
  }
  const { offered } = commit
  if (row.keys === null && row.count === offered.length) return offered.map(addedBy)
  const added = new Set(row.keys?.split(','))
  const rest = offered.filter(({ record, series }) => !added.has(keyTextOf(record, series)))
  const earlier = await findRows(client, commit.bucket, rest)
  return offered.map((one) => {
    const text = keyTextOf(one.record, one.series)
    return added.has(text) ? addedBy(one) : heldBy(commit, one, earlier.get(text))
  })
}

function addedBy({ record, series }: Offered): Held {
  const { quantity, allocations } = record
  return { ...heldOf(series, record, quantity, allocations), added: true }
}

function heldBy(commit: BucketCommit, one: Offered, row: FoundRow | undefined): Held {
  if (row === undefined) throw new Error('a key that is taken has no record')
  const added =
    row.writer === commit.writer &&
    row.call === one.call &&
    commit.attempts.has(Number(row.recorded_at_us))
  return { ...heldOfRow(one.series, one.record, row), added }
}

function holdValues(commit: BucketCommit): unknown[] {
  const { bucket, month, calls, offered, writer, recordedAtUs, skewUsMax } = commit
  const sums = calls.map(callChecksum)
  const allocations = offered.map(({ record }) =>
    record.allocations === undefined ? null : JSON.stringify(record.allocations),
  )
  return [
    bucket,
    recordedAtUs,
    writer,
    month.firstHour,
    callGroupText(calls),
    offered.map(({ record }) => record.hour),
    offered.map(({ series }) => series.uuid),
    offered.map(({ record }) => record.quantity),
    offered.map(({ call }) => call),
    offered.map(({ record }) => record.timestampMs - record.hour * MS_PER_HOUR),
    offered.map(({ record }) => NAMED_BY.indexOf(record.namedBy)),
    offered.map((one, index) => checksumOf(commit, one, sums[one.call], allocations[index])),
    offered.map(({ agreement }) => agreement.key),
    allocations,
    skewUsMax ?? null,
  ]
}

function checksumOf(
  { writer, recordedAtUs }: BucketCommit,
  { record, series, agreement, call }: Offered,
  callSum = 0,
  allocations: string | null = null,
): number {
  return recordChecksum({
    position: positionOf(writer, call),
    hour: record.hour,
    hourMs: record.timestampMs - record.hour * MS_PER_HOUR,
    quantity: record.quantity,
    namedBy: NAMED_BY.indexOf(record.namedBy),
    recordedAtUs,
    seriesChecksum: series.checksum,
    callChecksum: callSum,
    agreementChecksum: agreement.checksum,
    allocations,
  })
}

/** There are no positions here; what stands in their place in the checksum is writer and call. */
export function positionOf(writer: number, call: number): number {
  return writer * 0x8000 + call
}

const FIND = `
  select r.hour, r.series, r.quantity, r.allocations, r.recorded_at_us, r.writer, r.call
  from unnest($2::integer[], $3::uuid[]) as k (hour, series)
    join record r on r.bucket = $1::smallint and r.hour = k.hour and r.series = k.series
  where r.hour between $4::integer and $5::integer`

interface FoundRow {
  readonly hour: number
  readonly series: string
  readonly quantity: number
  readonly allocations: string | null
  readonly recorded_at_us: string
  readonly writer: number
  readonly call: number
}

interface Wanted {
  readonly record: Pick<NewRecord, 'hour'>
  readonly series: SeriesName
}

/** What is held under keys of one bucket; `undefined` where nothing is. */
export async function findInBucket(
  client: PoolClient,
  bucket: Bucket,
  wanted: readonly Wanted[],
): Promise<readonly (HeldRecord | undefined)[]> {
  const rows = await findRows(client, bucket, wanted)
  return wanted.map(({ record, series }) => {
    const row = rows.get(keyTextOf(record, series))
    return row && heldOfRow(series, record, row)
  })
}

async function findRows(
  client: PoolClient,
  bucket: Bucket,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, FoundRow>> {
  const hours = wanted.map(({ record }) => record.hour)
  const uuids = wanted.map(({ series }) => series.uuid)
  const values = [bucket, hours, uuids, Math.min(...hours), Math.max(...hours)]
  const { rows } = await client.query<FoundRow>({ name: 'find', text: FIND, values })
  return new Map(rows.map((row) => [`${row.hour} ${row.series}`, row]))
}

function heldOfRow(series: SeriesName, record: Pick<NewRecord, 'hour'>, row: FoundRow): HeldRecord {
  const allocations = row.allocations === null ? undefined : parseAllocations(row.allocations)
  return heldOf(series, record, row.quantity as Quantity, allocations)
}

function heldOf(
  series: SeriesName,
  { hour }: Pick<NewRecord, 'hour'>,
  quantity: Quantity,
  allocations?: readonly Allocation[],
): HeldRecord {
  const id = recordIdIn(series, hour)
  return allocations === undefined ? { id, quantity } : { id, quantity, allocations }
}

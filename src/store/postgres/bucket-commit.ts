/**
 * Insert or find what is held: the records of one bucket and one month a statement (hold.ts).
 *
 * Order       The rows are sorted by key, so two replicas that offer the same keys wait for each other and never in a
 *             ring.
 * Who added   Where not all were new, what is there now tells: a record of this attempt, or of an earlier one whose
 *             answer never came, is known by writer, recorded-at and call.
 */
import type { Bucket } from '../../core/billing-line.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { Call, HeldRecord, NewRecord } from '../../core/metering-record.ts'
import type { Allocation, Quantity } from '../../core/usage.ts'
import { callChecksum, recordChecksum } from '../checksum.ts'
import type { Held } from '../ledger.ts'
import { NAMED_BY, parseAllocations } from '../stored-record.ts'
import { callGroupText } from './call-group.ts'
import type { PoolClient } from './connect.ts'
import type { Hold, HoldRows } from './hold.ts'
import { type Month, monthOf } from './months.ts'
import { missingMonths } from './partitions.ts'
import { plainArray, textArray } from './pipeline.ts'
import {
  type AgreementReference,
  keyTextOf,
  recordIdIn,
  type Series,
  type SeriesName,
} from './series-book.ts'
import { AWAITED } from './standby.ts'
import type { TokenGuard } from './token-guard.ts'

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

/**
 * Holds and answers: for each commit, in the order offered.
 *
 * @param commits In the order of `Hold`. With a guard, one.
 * @throws ClocksApart and whatever the driver says; nothing may be assumed then.
 */
export async function commitBuckets(
  client: PoolClient,
  hold: Hold,
  commits: readonly BucketCommit[],
  guard?: TokenGuard,
): Promise<readonly (readonly Held[])[]> {
  const counts = await hold(client, commits.map(rowsOf), guard)
  if (guard?.isTaken === true) return []
  const answers: (readonly Held[])[] = []
  for (const [index, commit] of commits.entries()) {
    const isAllNew = counts[index] === commit.offered.length
    answers.push(isAllNew ? commit.offered.map(addedBy) : await heldNow(client, commit))
  }
  return answers
}

async function heldNow(client: PoolClient, commit: BucketCommit): Promise<readonly Held[]> {
  const { bucket, offered } = commit
  const rows = await findRows(client, bucket, offered)
  return offered.map((one) => heldBy(commit, one, rows.get(keyTextOf(one.record, one.series))))
}

// Spelled out, because it is made for each record, and a spread costs a good part of it.
function addedBy({ record, series }: Offered): Held {
  const { quantity, allocations } = record
  const id = recordIdIn(series, record.hour)
  return allocations === undefined
    ? { id, quantity, added: true }
    : { id, quantity, allocations, added: true }
}

function heldBy(commit: BucketCommit, one: Offered, row: FoundRow | undefined): Held {
  if (row === undefined) throw new Error('a key that is taken has no record')
  const added =
    row.writer === commit.writer &&
    row.call === one.call &&
    commit.attempts.has(Number(row.recorded_at_us))
  return { ...heldOfRow(one.series, one.record, row), added }
}

function rowsOf(commit: BucketCommit): HoldRows {
  const { bucket, month, calls, offered, writer, recordedAtUs, skewUsMax } = commit
  const sums = calls.map(callChecksum)
  const allocations = offered.map(({ record }) =>
    record.allocations === undefined ? null : JSON.stringify(record.allocations),
  )
  return {
    records: [
      bucket,
      recordedAtUs,
      writer,
      ...factColumns(offered),
      plainArray(
        offered.map((one, index) => checksumOf(commit, one, sums[one.call], allocations[index])),
      ),
      plainArray(offered.map(({ agreement }) => agreement.key)),
      textArray(allocations),
    ],
    group: [month.firstHour, callGroupText(calls)],
    recordedAtUs,
    ...(skewUsMax === undefined ? {} : { skewUsMax }),
  }
}

/** Hour, series, quantity, call, milliseconds into the hour, and how the buyer was named: an array each. */
export function factColumns(rows: readonly Omit<Offered, 'agreement'>[]): readonly string[] {
  return [
    plainArray(rows.map(({ record }) => record.hour)),
    plainArray(rows.map(({ series }) => series.uuid)),
    plainArray(rows.map(({ record }) => record.quantity)),
    plainArray(rows.map(({ call }) => call)),
    plainArray(rows.map(({ record }) => record.timestampMs - record.hour * MS_PER_HOUR)),
    plainArray(rows.map(({ record }) => NAMED_BY.indexOf(record.namedBy))),
  ]
}

export function checksumOf(
  { writer, recordedAtUs }: Pick<BucketCommit, 'writer' | 'recordedAtUs'>,
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
  select r.hour, r.series, r.quantity, r.allocations, r.recorded_at_us, r.writer, r.call,
    ${AWAITED}
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

/**
 * What is held under keys of one bucket, and on the synchronous standbys; `undefined` where nothing is. What is not found
 * in a month that has no partitions may be held all the same: the month was detached.
 */
export async function findInBucket(
  client: PoolClient,
  bucket: Bucket,
  wanted: readonly Wanted[],
): Promise<readonly (HeldRecord | undefined | 'unavailable')[]> {
  const rows = await findRows(client, bucket, wanted)
  const rowOf = ({ record, series }: Wanted) => rows.get(keyTextOf(record, series))
  const unfound = wanted.filter((one) => rowOf(one) === undefined)
  const months = unfound.map(({ record }) => monthOf(record.hour))
  const missing = months.length === 0 ? [] : await missingMonths(client, months)
  return wanted.map((one) => {
    const row = rowOf(one)
    if (row !== undefined) return heldOfRow(one.series, one.record, row)
    return missing.some(({ name }) => name === monthOf(one.record.hour).name)
      ? 'unavailable'
      : undefined
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

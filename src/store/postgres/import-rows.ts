/**
 * Puts records of another ledger into one bucket as they are, with their recorded-at and their calls: one transaction, or
 * nothing.
 *
 * First write wins here too: a key that is taken stays as it is. The rows are sorted by key, as those of `hold` are, so
 * that nobody waits in a ring.
 */
import type { Bucket } from '../../core/billing-line.ts'
import type { Call, MeteringRecord } from '../../core/metering-record.ts'
import { callChecksum } from '../checksum.ts'
import { checksumOf, factColumns, type Offered } from './bucket-commit.ts'
import { callGroupText } from './call-group.ts'
import type { PoolClient } from './connect.ts'
import { BEGIN_ON_NODE } from './hold.ts'
import { type Month, monthOf } from './months.ts'
import { plainArray } from './pipeline.ts'
import { keyTextOf } from './series-book.ts'

/** A record with what the database needs to know of it. */
export interface Imported extends Omit<Offered, 'call'> {
  readonly record: MeteringRecord
}

/** What one commit of the source brought into a bucket's month. */
interface Group {
  readonly month: Month
  readonly recordedAtUs: number
  /** By their text, in order of first appearance. */
  readonly calls: Map<string, CallInGroup>
}

interface CallInGroup {
  readonly call: Call
  readonly place: number
  readonly sum: number
}

interface Row extends Offered {
  readonly record: MeteringRecord
  readonly group: Group
  readonly callSum: number
}

const COLUMNS =
  'recorded_at_us, hour, series, quantity, call, hour_ms, named_by, checksum, agreement_key, allocations'

/** The join with `bucket` is what sends it to one shard whole, see hold.ts. */
const ADD_RECORDS = `
  insert into record (bucket, writer, ${COLUMNS})
  select b.bucket, $2::integer, ${COLUMNS}
  from bucket b, unnest($3::bigint[], $4::integer[], $5::uuid[], $6::integer[], $7::smallint[], $8::integer[],
    $9::smallint[], $10::integer[], $11::uuid[], $12::text[]) as o (${COLUMNS})
  where b.bucket = $1::smallint
  on conflict (bucket, hour, series) do nothing
  returning hour, series as uuid`

const ADD_CALLS = `
  insert into call_group (bucket, writer, month, recorded_at_us, calls)
  select b.bucket, $2::integer, month, recorded_at_us, calls
  from bucket b, unnest($3::integer[], $4::bigint[], $5::text[]) as o (month, recorded_at_us, calls)
  where b.bucket = $1::smallint`

/**
 * @param imported Of one bucket. What one commit of the source brought there stands together, in one call of this.
 * @returns The keys that were added.
 */
export async function addToBucket(
  client: PoolClient,
  bucket: Bucket,
  writer: number,
  imported: readonly Imported[],
): Promise<ReadonlySet<string>> {
  const rows = rowsOf(imported)
  await client.query(BEGIN_ON_NODE)
  const added = await addRecords(client, bucket, writer, rows)
  const groups = new Set(
    rows.filter(({ record, series }) => added.has(keyTextOf(record, series))).map(groupOf),
  )
  if (groups.size > 0) await addCalls(client, bucket, writer, [...groups])
  await client.query('commit')
  return added
}

function rowsOf(imported: readonly Imported[]): readonly Row[] {
  const groups = new Map<string, Group>()
  const rows = imported.map((one): Row => {
    const month = monthOf(one.record.hour)
    const { recordedAtUs, call } = one.record
    const key = `${month.firstHour} ${recordedAtUs}`
    const group = groups.get(key) ?? newGroup(month, recordedAtUs)
    groups.set(key, group)
    const text = JSON.stringify(call)
    const known = group.calls.get(text)
    const { place, sum } = known ?? { place: group.calls.size, sum: callChecksum(call) }
    if (known === undefined) group.calls.set(text, { call, place, sum })
    return { ...one, call: place, callSum: sum, group }
  })
  return rows.sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1))
}

function newGroup(month: Month, recordedAtUs: number): Group {
  return { month, recordedAtUs, calls: new Map() }
}

function keyOf({ record, series }: Row): string {
  return keyTextOf(record, series)
}

function groupOf({ group }: Row): Group {
  return group
}

async function addRecords(
  client: PoolClient,
  bucket: Bucket,
  writer: number,
  rows: readonly Row[],
): Promise<ReadonlySet<string>> {
  const allocations = rows.map(({ record }) =>
    record.allocations === undefined ? null : JSON.stringify(record.allocations),
  )
  const values = [
    bucket,
    writer,
    plainArray(rows.map(({ record }) => record.recordedAtUs)),
    ...factColumns(rows),
    plainArray(
      rows.map((row, index) => {
        const stamp = { writer, recordedAtUs: row.record.recordedAtUs }
        return checksumOf(stamp, row, row.callSum, allocations[index])
      }),
    ),
    plainArray(rows.map(({ agreement }) => agreement.key)),
    allocations,
  ]
  const { rows: added } = await client.query<{ hour: number; uuid: string }>({
    name: 'import',
    text: ADD_RECORDS,
    values,
  })
  return new Set(added.map((row) => keyTextOf(row, row)))
}

async function addCalls(
  client: PoolClient,
  bucket: Bucket,
  writer: number,
  groups: readonly Group[],
): Promise<void> {
  const values = [
    bucket,
    writer,
    groups.map(({ month }) => month.firstHour),
    groups.map(({ recordedAtUs }) => recordedAtUs),
    groups.map(({ calls }) => callGroupText(Array.from(calls.values(), ({ call }) => call))),
  ]
  await client.query({ name: 'import_calls', text: ADD_CALLS, values })
}

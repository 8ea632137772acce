/** Metering records whole, by their keys: what one bucket holds. */
import type { Bucket } from '../../core/billing-line.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import { callsOf } from './calls.ts'
import type { PoolClient } from './connect.ts'
import { parseRecordRow, type RecordRow } from './record-row.ts'
import { keyTextOf, type SeriesName } from './series-book.ts'

const SELECT = `
  select r.*, s.region, s.billing_line, s.dimension, s.resource, s.product, s.seller, s.buyer,
    coalesce(a.agreement, s.agreement) as agreement, coalesce(a.license_arn, s.license_arn) as license_arn
  from unnest($2::integer[], $3::uuid[]) as k (hour, series)
    join record r on r.bucket = $1::smallint and r.hour = k.hour and r.series = k.series
    join series s on s.bucket = $1::smallint and s.series = r.series
    left join agreement a on a.bucket = $1::smallint and a.agreement_key = r.agreement_key
  where r.hour between $4::integer and $5::integer`

export interface WantedKey {
  readonly record: Pick<MeteringRecord, 'hour'>
  readonly name: SeriesName
}

/** @returns By the texts of their keys; what is not held is not in it. */
export async function wholeRecords(
  client: PoolClient,
  bucket: Bucket,
  wanted: readonly WantedKey[],
): Promise<ReadonlyMap<string, MeteringRecord>> {
  if (wanted.length === 0) return new Map()
  const hours = wanted.map(({ record }) => record.hour)
  const uuids = wanted.map(({ name }) => name.uuid)
  const [first, last] = hours.reduce(
    ([low, high], hour) => [Math.min(low, hour), Math.max(high, hour)],
    [Infinity, 0],
  )
  const { rows } = await client.query<RecordRow>({
    name: 'whole',
    text: SELECT,
    values: [bucket, hours, uuids, first, last],
  })
  const callOf = await callsOf(client, rows)
  return new Map(
    rows.map((row) => [keyTextOf(row, { uuid: row.series }), parseRecordRow(row, callOf(row))]),
  )
}

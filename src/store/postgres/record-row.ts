/** A metering record as a row of PostgreSQL has it, and its way back. */
import type { Bucket } from '../../core/billing-line.ts'
import { MS_PER_HOUR, type UsageHour } from '../../core/hour.ts'
import type { Call, MeteringRecord } from '../../core/metering-record.ts'
import type { InstantMs, MeteringRecordId, Quantity } from '../../core/usage.ts'
import { idHeadOf } from '../record-id.ts'
import { NAMED_BY, parseAllocations } from '../stored-record.ts'
import { parseSeriesTexts, type SeriesTextColumns } from './series-row.ts'

export interface RecordRow extends SeriesTextColumns {
  readonly bucket: number
  readonly hour: UsageHour
  readonly series: string
  readonly quantity: number
  readonly recorded_at_us: string
  readonly writer: number
  readonly call: number
  readonly hour_ms: number
  readonly named_by: number
  readonly checksum: number
  readonly allocations: string | null
}

export function parseRecordRow(row: RecordRow, call: Call | undefined): MeteringRecord {
  const id = recordIdOfRow(row)
  if (call === undefined) throw new Error(`the record ${id} has no call; verify the ledger`)
  return {
    ...parseSeriesTexts(row),
    hour: row.hour,
    namedBy: NAMED_BY[row.named_by] ?? 'account',
    quantity: row.quantity as Quantity,
    timestampMs: (row.hour * MS_PER_HOUR + row.hour_ms) as InstantMs,
    ...(row.allocations === null ? {} : { allocations: parseAllocations(row.allocations) }),
    id,
    recordedAtUs: Number(row.recorded_at_us),
    call,
  }
}

/** `series` is the id's end with zeros where the head goes. */
export function recordIdOfRow({
  hour,
  bucket,
  series,
}: Pick<RecordRow, 'hour' | 'bucket' | 'series'>): MeteringRecordId {
  return (idHeadOf(hour, bucket as Bucket) + series.slice(9)) as MeteringRecordId
}

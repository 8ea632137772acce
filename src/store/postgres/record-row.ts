/** A metering record as a row of PostgreSQL has it, and its way back. */
import type { Bucket, BillingLine } from '../../core/billing-line.ts'
import { MS_PER_HOUR, type UsageHour } from '../../core/hour.ts'
import type { Call, MeteringRecord } from '../../core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  MeteringRecordId,
  ProductCode,
  Quantity,
  Region,
} from '../../core/usage.ts'
import { idHeadOf } from '../record-id.ts'
import { NAMED_BY, parseAllocations } from '../sqlite/record-row.ts'
import { fromStoredText } from '../stored-text.ts'

/** The key of the row with a record's call. Numbers of 64 bits come as text. */
export interface GroupKey {
  readonly bucket: number
  readonly month: number
  readonly recorded_at_us: string
  readonly writer: number
}

export interface RecordRow {
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
  readonly region: string
  readonly billing_line: string
  readonly dimension: string
  readonly resource: string
  readonly product: string
  readonly seller: string
  readonly buyer: string
  readonly agreement: string
  readonly license_arn: string
}

export function parseRecordRow(row: RecordRow, call: Call | undefined): MeteringRecord {
  const id = recordIdOfRow(row)
  if (call === undefined) throw new Error(`the record ${id} has no call; verify the ledger`)
  return {
    region: fromStoredText(row.region) as Region,
    billingLine: fromStoredText(row.billing_line) as BillingLine,
    dimension: fromStoredText(row.dimension) as Dimension,
    hour: row.hour,
    resource: fromStoredText(row.resource),
    product: fromStoredText(row.product) as ProductCode,
    seller: fromStoredText(row.seller) as AccountId,
    buyer: fromStoredText(row.buyer) as AccountId,
    agreement: fromStoredText(row.agreement) as AgreementId,
    licenseArn: fromStoredText(row.license_arn) as LicenseArn,
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
function recordIdOfRow({ hour, bucket, series }: RecordRow): MeteringRecordId {
  return (idHeadOf(hour, bucket as Bucket) + series.slice(9)) as MeteringRecordId
}

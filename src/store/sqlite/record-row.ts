/** A metering record as the file has it: the columns that make it whole, and their way back. */
import type { SQLOutputValue } from 'node:sqlite'
import type { BillingLine } from '../../core/billing-line.ts'
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
import { idHeadOf, idTailOf } from '../record-id.ts'
import { NAMED_BY, parseAllocations } from '../stored-record.ts'
import { fromStoredText } from '../stored-text.ts'
import type { Bucket } from '../../core/billing-line.ts'

/** Everything of a record, a row each; a `where` and an `order by` follow. */
export const SELECT_RECORDS = `
  select r.position, r.hour, r.quantity, r.hour_ms, r.named_by, r.allocations, r.checksum, r.series,
    s.fingerprint, s.bucket, s.region, s.billing_line, s.dimension, s.resource,
    s.product, s.seller, s.buyer,
    coalesce(a.agreement, s.agreement) as agreement,
    coalesce(a.license_arn, s.license_arn) as license_arn,
    c.recorded_at_us, c.request_id, c.received_at_ms,
    k.operation, k.account, k.access_key_id, k.address, k.user_agent, k.profile
  from record r
    join series s on s.id = r.series
    join call c on c.id = r.call
    join caller k on k.id = c.caller
    left join agreement a on a.id = r.agreement`

export type Row = Record<string, SQLOutputValue>

export function parseRecordRow(row: Row): MeteringRecord {
  const text = (column: string) => fromStoredText(String(row[column]))
  const number = (column: string) => Number(row[column])
  const hour = number('hour') as UsageHour
  const allocations = row['allocations']
  return {
    region: text('region') as Region,
    billingLine: text('billing_line') as BillingLine,
    dimension: text('dimension') as Dimension,
    hour,
    resource: text('resource'),
    product: text('product') as ProductCode,
    seller: text('seller') as AccountId,
    buyer: text('buyer') as AccountId,
    agreement: text('agreement') as AgreementId,
    licenseArn: text('license_arn') as LicenseArn,
    namedBy: NAMED_BY[number('named_by')] ?? 'account',
    quantity: number('quantity') as Quantity,
    timestampMs: (hour * MS_PER_HOUR + number('hour_ms')) as InstantMs,
    ...(typeof allocations === 'string' ? { allocations: parseAllocations(allocations) } : {}),
    id: idOf(row, hour),
    recordedAtUs: number('recorded_at_us'),
    call: parseCall(row),
  }
}

function idOf(row: Row, hour: UsageHour): MeteringRecordId {
  const fingerprint = row['fingerprint']
  const digits = fingerprint instanceof Uint8Array ? Buffer.from(fingerprint).toString('hex') : ''
  return (idHeadOf(hour, Number(row['bucket']) as Bucket) + idTailOf(digits)) as MeteringRecordId
}

export function parseCall(row: Row): Call {
  const text = (column: string) => fromStoredText(String(row[column]))
  return {
    requestId: text('request_id'),
    operation: text('operation'),
    receivedAtMs: Number(row['received_at_ms']) as InstantMs,
    account: text('account') as AccountId,
    accessKeyId: text('access_key_id'),
    address: text('address'),
    userAgent: text('user_agent'),
    profile: text('profile'),
  }
}

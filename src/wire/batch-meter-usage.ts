/**
 * BatchMeterUsage on the wire: its shapes, its way into the domain, and its answer.
 *
 * Source     CONTRACT rules 3 to 11 and 53 to 59, from the model of 2016-01-14 as of November 2026.
 * Checked by batch-meter-usage.test.ts (both sides of each constraint) and conformance/.
 */
import type { Batch } from '../core/judge.ts'
import type {
  AccountId,
  BuyerNames,
  CustomerIdentifier,
  Dimension,
  LicenseArn,
  MeteringRecordId,
  ProductCode,
  Quantity,
  UsageRecord,
} from '../core/usage.ts'
import {
  defaulted,
  list,
  optional,
  type Read,
  required,
  structure,
  text,
  timestamp,
} from './shape.ts'
import {
  dimension,
  productCode,
  quantity,
  type TagLimits,
  toAllocation,
  toInstantMs,
  usageAllocations,
} from './usage-members.ts'

export const RECORDS_PER_REQUEST_MAX = 25
const ACCOUNT_ID = /^[0-9]+$/
const LICENSE_ARN =
  /^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$/

/** The shape of a request; two limits of tags depend on the profile (rules 6 and 123). */
export function batchMeterUsageShape(profile: TagLimits) {
  const usageRecord = structure({
    Timestamp: required(timestamp),
    CustomerIdentifier: optional(text({ max: 255 })),
    Dimension: required(dimension),
    Quantity: defaulted(quantity, 0),
    UsageAllocations: optional(usageAllocations(profile)),
    CustomerAWSAccountId: optional(text({ min: 1, max: 255, pattern: ACCOUNT_ID })),
    LicenseArn: optional(text({ pattern: LICENSE_ARN })),
  })
  return structure({
    UsageRecords: required(list(usageRecord, { max: RECORDS_PER_REQUEST_MAX })),
    ProductCode: optional(productCode),
  })
}

export type BatchMeterUsageRequest = Read<ReturnType<typeof batchMeterUsageShape>>
export type WireUsageRecord = BatchMeterUsageRequest['UsageRecords'][number]

/** The request in the domain's words. An empty name is an absent one (D2): the Rust SDK always sends it. */
export function toBatch(request: BatchMeterUsageRequest): Batch {
  const records = request.UsageRecords.map(toUsageRecord)
  return request.ProductCode
    ? { productCode: request.ProductCode as ProductCode, records }
    : { records }
}

export function toUsageRecord(record: WireUsageRecord): UsageRecord {
  const { UsageAllocations } = record
  const usage = {
    buyer: toBuyerNames(record),
    dimension: record.Dimension as Dimension,
    quantity: record.Quantity as Quantity,
    timestampMs: toInstantMs(record.Timestamp),
  }
  return UsageAllocations === undefined
    ? usage
    : { ...usage, allocations: UsageAllocations.map(toAllocation) }
}

function toBuyerNames(record: WireUsageRecord): BuyerNames {
  const { CustomerIdentifier, CustomerAWSAccountId, LicenseArn } = record
  // Set one by one, because this runs for each record, and spreading three objects costs more than all else here.
  const names: { -readonly [Name in keyof BuyerNames]: BuyerNames[Name] } = {}
  if (CustomerIdentifier) names.customerIdentifier = CustomerIdentifier as CustomerIdentifier
  if (CustomerAWSAccountId) names.account = CustomerAWSAccountId as AccountId
  if (LicenseArn) names.licenseArn = LicenseArn as LicenseArn
  return names
}

/** The three statuses of the model; there are no others (D7). */
export type WireStatus = 'Success' | 'CustomerNotSubscribed' | 'DuplicateRecord'

/** What became of one record: a status, or nothing yet, and then it is to be sent again. */
export type WireOutcome =
  { readonly status: WireStatus; readonly id?: MeteringRecordId } | 'unprocessed'

/**
 * The answer: results in the order of the request, each with its record echoed.
 *
 * @param outcomes One for each record, in the same order.
 */
export function batchMeterUsageAnswer(
  records: readonly WireUsageRecord[],
  outcomes: readonly WireOutcome[],
): object {
  const results: unknown[] = []
  const unprocessed: WireUsageRecord[] = []
  for (const [index, record] of records.entries()) {
    const outcome = outcomes[index]
    if (outcome === undefined || outcome === 'unprocessed') unprocessed.push(record)
    else results.push(result(record, outcome))
  }
  return { Results: results, UnprocessedRecords: unprocessed }
}

function result(
  record: WireUsageRecord,
  { status, id }: Exclude<WireOutcome, 'unprocessed'>,
): object {
  return id === undefined
    ? { UsageRecord: record, Status: status }
    : { UsageRecord: record, MeteringRecordId: id, Status: status }
}

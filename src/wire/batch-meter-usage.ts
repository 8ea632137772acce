/**
 * BatchMeterUsage on the wire: its shapes, its way into the domain, and its answer.
 *
 * Source     CONTRACT rules 3 to 11 and 53 to 59, from the model of 2016-01-14 as of November 2026.
 * Checked by batch-meter-usage.test.ts (both sides of each constraint) and conformance/.
 */
import type { Batch } from '../core/judge.ts'
import type { Profile } from '../core/profile.ts'
import { type InstantMs, QUANTITY_MAX } from '../core/usage.ts'
import type {
  AccountId,
  Allocation,
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
  integer,
  list,
  optional,
  type Read,
  required,
  structure,
  text,
  timestamp,
} from './shape.ts'

export const RECORDS_PER_REQUEST_MAX = 25
export const ALLOCATIONS_PER_RECORD_MAX = 2_500

const PRODUCT_CODE = /^[-a-zA-Z0-9/=:_.@]*$/
const ACCOUNT_ID = /^[0-9]+$/
const LICENSE_ARN =
  /^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$/

const quantity = integer({ min: 0, max: QUANTITY_MAX })

type TagLimits = Pick<Profile, 'tooManyTags' | 'tagsPerAllocationMax' | 'tagValueMayBeEmpty'>

/** The shape of a request; two limits of tags depend on the profile (rules 6 and 123). */
export function batchMeterUsageShape(profile: TagLimits) {
  const tag = structure({
    Key: required(text({ min: 1, max: 100 })),
    Value: required(text({ min: profile.tagValueMayBeEmpty ? 0 : 1, max: 256 })),
  })
  const tagsMax = profile.tooManyTags === 'validation' ? profile.tagsPerAllocationMax : Infinity
  const allocation = structure({
    AllocatedUsageQuantity: required(quantity),
    Tags: optional(list(tag, { min: 1, max: tagsMax })),
  })
  const usageRecord = structure({
    Timestamp: required(timestamp),
    CustomerIdentifier: optional(text({ max: 255 })),
    Dimension: required(text({ min: 1, max: 255 })),
    Quantity: defaulted(quantity, 0),
    UsageAllocations: optional(list(allocation, { min: 1, max: ALLOCATIONS_PER_RECORD_MAX })),
    CustomerAWSAccountId: optional(text({ min: 1, max: 255, pattern: ACCOUNT_ID })),
    LicenseArn: optional(text({ pattern: LICENSE_ARN })),
  })
  return structure({
    UsageRecords: required(list(usageRecord, { max: RECORDS_PER_REQUEST_MAX })),
    ProductCode: optional(text({ max: 255, pattern: PRODUCT_CODE })),
  })
}

export type BatchMeterUsageRequest = Read<ReturnType<typeof batchMeterUsageShape>>
export type WireUsageRecord = BatchMeterUsageRequest['UsageRecords'][number]
type WireAllocation = NonNullable<WireUsageRecord['UsageAllocations']>[number]

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

function toAllocation({ AllocatedUsageQuantity, Tags = [] }: WireAllocation): Allocation {
  return {
    quantity: AllocatedUsageQuantity as Quantity,
    tags: Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
  }
}

/** The last instant that a `Date` can hold, and so the last that our own surfaces can show. */
const INSTANT_MS_MAX = 8.64e15

/**
 * Seconds with a fraction to whole milliseconds, floored (D6).
 *
 * `….321` seconds times 1,000 may come out as 320.9999 ms. The nearest millisecond, divided, is the very double
 * that its decimal text reads as; so it is the floor unless that double lies above what was sent. What is beyond
 * the calendar is held at its end, which no window reaches.
 */
export function toInstantMs(seconds: number): InstantMs {
  const nearest = Math.round(seconds * 1e3)
  const floored = nearest / 1e3 <= seconds ? nearest : nearest - 1
  return Math.max(-INSTANT_MS_MAX, Math.min(INSTANT_MS_MAX, floored)) as InstantMs
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

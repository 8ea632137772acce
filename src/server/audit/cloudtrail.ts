/**
 * A metering call in the shape of a CloudTrail record, so that tools written for CloudTrail read it.
 *
 * Source      CONTRACT rules 180 and 181. Members that nobody outside AWS has seen a metering call carry are left out,
 *             and what is ours alone stands in `additionalEventData`, where CloudTrail has room for it.
 * Checked by  cloudtrail.test.ts
 */
import { createHash } from 'node:crypto'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { AccountId, Allocation, InstantMs, UsageRecord } from '../../core/usage.ts'
import { instantText } from '../admin/instant.ts'
import { ALLOCATIONS_DIFFER, RECORD_CODES } from '../refusals.ts'

/** All that is known of one call: what it added, and what of it was refused. */
export interface AuditedCall {
  readonly requestId: string
  readonly operation: string
  readonly region: string
  readonly receivedAtMs: InstantMs
  /** Who signed. */
  readonly account: AccountId
  /** Of the product; who signed, where no product was known. */
  readonly seller: AccountId
  /** Absent for those who may not see it. */
  readonly accessKeyId?: string
  readonly productCode: string
  /** Absent in refusals that an earlier version kept. */
  readonly address?: string
  readonly userAgent?: string
  readonly profile?: string
  readonly added: readonly MeteringRecord[]
  readonly refused: readonly KeptRefusal[]
}

/** The refusal of a request whole, if it was. */
export function wholeRefusalOf({ refused }: AuditedCall): KeptRefusal | undefined {
  return refused.find(({ refused: { code } }) => !RECORD_CODES.has(code))
}

export interface CloudTrailRecord {
  readonly eventVersion: '1.05'
  readonly userIdentity: Readonly<Record<string, string>>
  /** To the second, as CloudTrail has it. */
  readonly eventTime: string
  readonly eventSource: string
  readonly eventName: string
  readonly awsRegion: string
  readonly sourceIPAddress?: string
  readonly userAgent?: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: Members
  readonly responseElements: Members | null
  readonly additionalEventData?: Members
  readonly requestID: string
  readonly eventID: string
  readonly readOnly: boolean
  readonly eventType: 'AwsApiCall'
  readonly recipientAccountId: string
}

type Members = Readonly<Record<string, unknown>>

export function cloudTrailOf(call: AuditedCall): CloudTrailRecord {
  const whole = wholeRefusalOf(call)
  const { account, accessKeyId, address, userAgent, requestId } = call
  const arn = `arn:aws:iam::${account}:root`
  return {
    eventVersion: '1.05',
    userIdentity: {
      ...{ type: 'Root', principalId: account, arn, accountId: account },
      ...(accessKeyId !== undefined && { accessKeyId }),
    },
    eventTime: instantText(call.receivedAtMs).replace(/\.\d+Z$/, 'Z'),
    eventSource: eventSourceOf(call.operation),
    eventName: call.operation,
    awsRegion: call.region,
    ...(address !== undefined && { sourceIPAddress: address }),
    ...(userAgent !== undefined && { userAgent }),
    ...(whole && { errorCode: whole.refused.code, errorMessage: whole.refused.reason }),
    requestParameters: requestParametersOf(call),
    responseElements: whole === undefined ? responseElementsOf(call) : null,
    ...additionalOf(call),
    requestID: requestId,
    eventID: eventIdOf(requestId),
    readOnly: call.operation === 'GetEntitlements' || call.operation === 'ResolveCustomer',
    eventType: 'AwsApiCall',
    recipientAccountId: account,
  }
}

function eventSourceOf(operation: string): string {
  const service = operation === 'GetEntitlements' ? 'entitlement' : 'metering'
  return `${service}-marketplace.amazonaws.com`
}

function requestParametersOf(call: AuditedCall): Members {
  const { operation, productCode, added, refused } = call
  const product = productCode === '' ? {} : { productCode }
  const usages = [
    ...added.map(usageOfRecord),
    ...refused.flatMap(({ refused: { usage } }) => (usage === undefined ? [] : [usage])),
  ]
  if (operation === 'BatchMeterUsage') {
    return { ...(usages.length > 0 && { usageRecords: usages.map(spelledUsage) }), ...product }
  }
  const [usage] = usages
  if (usage === undefined) return product
  return {
    ...product,
    timestamp: javaDate(usage.timestampMs),
    usageDimension: usage.dimension,
    usageQuantity: usage.quantity,
    ...spelledAllocations(usage.allocations),
  }
}

function responseElementsOf({ operation, added, refused }: AuditedCall): Members {
  if (operation !== 'BatchMeterUsage') return { meteringRecordId: added[0]?.id }
  const results = [
    ...added.map((record) => ({
      usageRecord: spelledUsage(usageOfRecord(record)),
      meteringRecordId: record.id,
      status: 'Success',
    })),
    ...refused.map(({ refused: { code, usage, held } }) => ({
      ...(usage && { usageRecord: spelledUsage(usage) }),
      // The same fact with other allocations is a success on the wire, under the id of what is held.
      ...(code === ALLOCATIONS_DIFFER && held && { meteringRecordId: held.id }),
      status: code === ALLOCATIONS_DIFFER ? 'Success' : code,
    })),
  ]
  return { results, unprocessedRecords: [] }
}

/** What CloudTrail has no member for: the rules in force, why, what was held before, and how often it happened. */
function additionalOf({
  profile,
  refused,
}: AuditedCall): Pick<CloudTrailRecord, 'additionalEventData'> {
  const reasons = refused.map(({ refused: { code, reason, held }, count, firstAtMs }) => ({
    code,
    reason,
    ...(held && { heldMeteringRecordId: held.id, heldQuantity: held.quantity }),
    ...(count > 1 && { times: count, firstAt: instantText(firstAtMs) }),
  }))
  if (profile === undefined && reasons.length === 0) return {}
  return {
    additionalEventData: {
      ...(profile !== undefined && { profile }),
      ...(reasons.length > 0 && { refused: reasons }),
    },
  }
}

/** The ledger keeps the buyer and not the legacy name that a request used, so the account stands for it. */
function usageOfRecord(record: MeteringRecord): UsageRecord {
  const { buyer, licenseArn, namedBy, dimension, quantity, timestampMs, allocations } = record
  return {
    buyer: { account: buyer, ...(namedBy === 'license' && { licenseArn }) },
    dimension,
    quantity,
    timestampMs,
    ...(allocations && { allocations }),
  }
}

function spelledUsage({ buyer, dimension, quantity, timestampMs, allocations }: UsageRecord) {
  const { customerIdentifier, account, licenseArn } = buyer
  return {
    dimension,
    timestamp: javaDate(timestampMs),
    ...(customerIdentifier !== undefined && { customerIdentifier }),
    ...(account !== undefined && { customerAWSAccountID: account }),
    ...(licenseArn !== undefined && { licenseArn }),
    quantity,
    ...spelledAllocations(allocations),
  }
}

function spelledAllocations(allocations: readonly Allocation[] | undefined): Members {
  if (allocations === undefined) return {}
  return {
    usageAllocations: allocations.map(({ quantity, tags }) => ({
      allocatedUsageQuantity: quantity,
      ...(tags.length > 0 && { tags }),
    })),
  }
}

const US_DATE = new Intl.DateTimeFormat('en-US', {
  timeZone: 'UTC',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
})
/** The farthest instant that a calendar of JavaScript can name. */
const CALENDAR_MS_MAX = 8.64e15

/** `Apr 19, 2018 4:32:50 PM`: how Java once wrote dates in the US, and CloudTrail still does. */
export function javaDate(ms: number): string {
  if (Math.abs(ms) > CALENDAR_MS_MAX) return String(ms)
  const parts = new Map(US_DATE.formatToParts(ms).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  const time = `${part('hour')}:${part('minute')}:${part('second')} ${part('dayPeriod')}`
  return `${part('month')} ${part('day')}, ${part('year')} ${time}`
}

/** The same in every export, so that nothing is counted twice: a UUID of version 8, from the request's id. */
export function eventIdOf(requestId: string): string {
  const digits = createHash('sha256').update(`event ${requestId}`).digest('hex')
  const variant = '89ab'.charAt(Number.parseInt(digits.charAt(16), 16) & 3)
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-')
}

/**
 * The container of one BatchMeterUsage call: a product's usage records, as AWS names them.
 *
 * Why ours    The AWS SDK's type of this name is empty at run time and takes anything. This one is a value: copied,
 *             frozen, JSON in the wire's form, and it can tell what is wrong with it before anything is sent.
 * Checked by  batch-meter-usage-request.test.ts, check.test.ts
 */
import type { BatchMeterUsageCommandInput } from '@aws-sdk/client-marketplace-metering'
import { toInstantMs } from '../wire/usage-members.ts'
import { type Breach, findBreaches, type SentRequest } from './check.ts'
import { nowOf, type ProfileChoice, profileOf } from './profiles.ts'
import {
  frozenList,
  type SentUsageRecord,
  sentUsageRecordOf,
  type UsageRecord,
} from './usage-record.ts'

/** Plain objects to make a request from. */
export interface BatchMeterUsageRequestMembers {
  readonly ProductCode?: string | undefined
  readonly UsageRecords: Iterable<UsageRecord>
}

export class BatchMeterUsageRequest implements SentRequest {
  /**
   * The one product whose usage this is, as published: at most 255 letters, digits and `-/=:_.@`. Left out where
   * each record has a `LicenseArn`: since June 2026 AWS refuses both together. Absent, not undefined, if not given.
   */
  declare readonly ProductCode?: string
  /** 0 to 25 records; with the rest of the request fewer than 1,048,576 bytes of JSON. All of one product. */
  readonly UsageRecords: readonly SentUsageRecord[]

  /** Copies what it is given. @throws TypeError if that is no object with a list of objects. */
  constructor({ ProductCode, UsageRecords }: BatchMeterUsageRequestMembers) {
    if (ProductCode !== undefined) this.ProductCode = ProductCode
    this.UsageRecords = frozenList(UsageRecords, sentUsageRecordOf)
    Object.freeze(this)
  }

  /**
   * Reports every rule that the request breaks; nothing is sent. An empty list does not promise success: products,
   * dimensions, buyers, agreements and keys are known to the server alone.
   *
   * @param rules.profile Whose rules; `aws-2025` if left out. @param rules.now What timestamps are judged by.
   */
  check(rules: {
    readonly profile?: ProfileChoice | undefined
    readonly now: Date
  }): readonly Breach[] {
    return findBreaches(this, profileOf(rules.profile ?? 'aws-2025'), nowOf(rules.now))
  }

  /** What the AWS SDK's `BatchMeterUsageCommand` takes: the same with a `Date`, to the millisecond, for each timestamp. */
  toCommandInput(): BatchMeterUsageCommandInput {
    return commandInputOf(this)
  }
}

export function commandInputOf(request: SentRequest): BatchMeterUsageCommandInput {
  const { ProductCode } = request
  const UsageRecords = request.UsageRecords.map(toSdkRecord)
  return ProductCode === undefined ? { UsageRecords } : { ProductCode, UsageRecords }
}

type SdkRecord = NonNullable<BatchMeterUsageCommandInput['UsageRecords']>[number]

function toSdkRecord({ UsageAllocations, Timestamp, ...rest }: SentUsageRecord): SdkRecord {
  const record = { ...rest, Timestamp: new Date(toInstantMs(Timestamp)) }
  if (UsageAllocations === undefined) return record
  return { ...record, UsageAllocations: UsageAllocations.map(toSdkAllocation) }
}

type SentAllocation = NonNullable<SentUsageRecord['UsageAllocations']>[number]
type SdkAllocation = NonNullable<SdkRecord['UsageAllocations']>[number]

function toSdkAllocation({ AllocatedUsageQuantity, Tags }: SentAllocation): SdkAllocation {
  return { AllocatedUsageQuantity, ...(Tags && { Tags: [...Tags] }) }
}

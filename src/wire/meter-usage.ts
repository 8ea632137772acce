/**
 * MeterUsage on the wire: one report of usage, signed by the buyer that it is of.
 *
 * Source     CONTRACT rules 11, 12 and 166 to 170, from the model of 2016-01-14 as of November 2026.
 * Checked by meter-usage.test.ts (both sides of each constraint) and conformance/.
 */
import type { Report } from '../core/judge-meter-usage.ts'
import type { AccountId, Dimension, ProductCode, Quantity } from '../core/usage.ts'
import {
  boolean,
  defaulted,
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

/** In the order of the model. */
export function meterUsageShape(profile: TagLimits) {
  return structure({
    ProductCode: required(productCode),
    Timestamp: required(timestamp),
    UsageDimension: required(dimension),
    UsageQuantity: defaulted(quantity, 0),
    DryRun: defaulted(boolean, false),
    UsageAllocations: optional(usageAllocations(profile)),
    ClientToken: optional(text({ min: 1, max: 64 })),
  })
}

export type MeterUsageRequest = Read<ReturnType<typeof meterUsageShape>>

/** @param account Whose usage it is: the account that signed. */
export function toReport(request: MeterUsageRequest, account: AccountId): Report {
  const { ProductCode, Timestamp, UsageDimension, UsageQuantity, UsageAllocations } = request
  const usage = {
    buyer: { account },
    dimension: UsageDimension as Dimension,
    quantity: UsageQuantity as Quantity,
    timestampMs: toInstantMs(Timestamp),
    ...(UsageAllocations && { allocations: UsageAllocations.map(toAllocation) }),
  }
  return { productCode: ProductCode as ProductCode, usage }
}

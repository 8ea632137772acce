/**
 * What the operations that take usage have in common on the wire: quantities, product codes, allocations and instants.
 *
 * Source     CONTRACT rules 3 to 6 and 11, from the model of 2016-01-14 as of November 2026.
 * Checked by batch-meter-usage.test.ts and meter-usage.test.ts (both sides of each constraint)
 */
import type { Profile } from '../core/profile.ts'
import { type Allocation, type InstantMs, type Quantity, QUANTITY_MAX } from '../core/usage.ts'
import { integer, list, optional, type Read, required, structure, text } from './shape.ts'

export const ALLOCATIONS_PER_RECORD_MAX = 2_500

export const productCode = text({ max: 255, pattern: /^[-a-zA-Z0-9/=:_.@]*$/ })
export const dimension = text({ min: 1, max: 255 })
export const quantity = integer({ min: 0, max: QUANTITY_MAX })

export type TagLimits = Pick<Profile, 'tooManyTags' | 'tagsPerAllocationMax' | 'tagValueMayBeEmpty'>

/** Two limits of tags depend on the profile (rules 6 and 123). */
export function usageAllocations(profile: TagLimits) {
  const tag = structure({
    Key: required(text({ min: 1, max: 100 })),
    Value: required(text({ min: profile.tagValueMayBeEmpty ? 0 : 1, max: 256 })),
  })
  const tagsMax = profile.tooManyTags === 'validation' ? profile.tagsPerAllocationMax : Infinity
  const allocation = structure({
    AllocatedUsageQuantity: required(quantity),
    Tags: optional(list(tag, { min: 1, max: tagsMax })),
  })
  return list(allocation, { min: 1, max: ALLOCATIONS_PER_RECORD_MAX })
}

type WireAllocation = Read<ReturnType<typeof usageAllocations>>[number]

export function toAllocation({ AllocatedUsageQuantity, Tags = [] }: WireAllocation): Allocation {
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

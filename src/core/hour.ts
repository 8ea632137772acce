/** The billing hour: everything the ledger keeps apart in time is kept apart by UTC clock hour. */
import type { Brand } from './brand.ts'
import type { InstantMs } from './usage.ts'

/** Whole hours since 1970-01-01T00:00Z; billing never sees anything finer. */
export type UsageHour = Brand<number, 'UsageHour'>

export const MS_PER_HOUR = 3_600_000

/**
 * Names the billing hour that contains an instant.
 *
 * @returns The hour that began at or before the instant, so 10:59:59.999 belongs to hour 10.
 * @see docs/compatibility.md#hours for the AWS text this follows, and its date (rules 98 to 105).
 */
export function usageHourOf(instantMs: InstantMs): UsageHour {
  return Math.floor(instantMs / MS_PER_HOUR) as UsageHour
}

/** The first instant of an hour. */
export function startOfHour(hour: UsageHour): InstantMs {
  return (hour * MS_PER_HOUR) as InstantMs
}

/**
 * The token by which a caller marks one request, so that what it sends again is known from what it sends anew.
 *
 * Scoped to Region, signer and product: nobody meets another's tokens, and two Regions know nothing of each other (D4).
 * A token says nothing of what was answered: the same request again finds that under its hour key, where the first
 * write stays for ever.
 *
 * Source: CONTRACT rules 12 and 166 to 168.
 */
import { allocationsText } from './allocations.ts'
import type { BillingLine } from './billing-line.ts'
import { MS_PER_HOUR } from './hour.ts'
import type { NewRecord } from './metering-record.ts'
import type { Profile } from './profile.ts'
import type { InstantMs, UsageRecord } from './usage.ts'

export interface ClientToken {
  /** What the record is billed to: token and record are kept in one bucket. */
  readonly billingLine: BillingLine
  /** One text for the token and its scope. */
  readonly name: string
  /** One text for all that the request asks for. */
  readonly parameters: string
  readonly askedAtMs: InstantMs
  /** From then on it is as if it had never been sent. */
  readonly keptUntilMs: InstantMs
}

/** How long a token outlives the last timestamp that its request could have had. */
const KEPT_BEYOND_WINDOW_MS = MS_PER_HOUR

type Scope = Pick<NewRecord, 'region' | 'billingLine' | 'product' | 'buyer' | 'resource'>

/** @param usage As it was sent: the instant inside the hour counts. */
export function clientTokenOf(
  text: string,
  { region, billingLine, product, buyer, resource }: Scope,
  { dimension, quantity, timestampMs, allocations }: UsageRecord,
  askedAtMs: InstantMs,
  { meterUsageAgeMsMax }: Pick<Profile, 'meterUsageAgeMsMax'>,
): ClientToken {
  const divided = allocations === undefined ? null : allocationsText(allocations)
  return {
    billingLine,
    name: JSON.stringify([region, buyer, product, text]),
    parameters: JSON.stringify([dimension, quantity, timestampMs, resource, divided]),
    askedAtMs,
    keptUntilMs: (askedAtMs + meterUsageAgeMsMax + KEPT_BEYOND_WINDOW_MS) as InstantMs,
  }
}

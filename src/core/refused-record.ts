/**
 * What is remembered of usage that was not taken: why, in words, and what was held before it.
 *
 * This is for our own surfaces (D7). It is kept best effort and bounded; the ledger knows nothing of it.
 */
import { usageHourOf } from './hour.ts'
import type { AccountId, InstantMs, MeteringRecordId, Quantity, UsageRecord } from './usage.ts'

export interface RefusedRecord {
  /** The account that signed the request; of usage that a buyer signed for, the seller of the product. */
  readonly seller: AccountId
  readonly atMs: InstantMs
  /** What the wire said: the name of an exception, or a record's status. */
  readonly code: string
  /** Why, in words, with what was expected. */
  readonly reason: string
  readonly requestId: string
  readonly accessKeyId: string
  /** The account that signed. What an earlier version kept has none: there it was the seller. */
  readonly signer?: AccountId
  /** Where it came from, and what program said that it sent it. What an earlier version kept has neither. */
  readonly address?: string
  readonly userAgent?: string
  readonly region: string
  readonly operation: string
  /** As it was sent, whether such a product exists or not. Empty if none was sent. */
  readonly productCode: string
  /** Absent when the request was refused before its records could be read. */
  readonly usage?: UsageRecord
  /** What the ledger holds in its place, where that is the reason. */
  readonly held?: { readonly id: MeteringRecordId; readonly quantity: Quantity }
}

/** A refused record as it is kept: equal ones are counted, not repeated. */
export interface KeptRefusal {
  /** The latest of equal ones. */
  readonly refused: RefusedRecord
  readonly firstAtMs: InstantMs
  readonly count: number
}

/** The account that signed, if it was another than the seller: a buyer, whose refusals must not push out the seller's own. */
export function otherSignerOf({ seller, signer }: RefusedRecord): AccountId | undefined {
  return signer === seller ? undefined : signer
}

/**
 * The text that two refusals share when they are the same thing happening again: same caller, answer, product,
 * buyer, dimension, hour and quantity. The instant inside the hour, allocations and the wording do not count. Of a
 * request whose records are not known, only the wording tells one mistake from another, so there it counts.
 */
export function refusalIdentityOf(refused: RefusedRecord): string {
  const { usage } = refused
  const otherSigner = otherSignerOf(refused)
  return JSON.stringify([
    refused.seller,
    refused.region,
    refused.operation,
    refused.code,
    refused.productCode,
    ...(usage === undefined
      ? [refused.reason]
      : [
          usage.buyer.customerIdentifier ?? '',
          usage.buyer.account ?? '',
          usage.buyer.licenseArn ?? '',
          usage.dimension,
          usageHourOf(usage.timestampMs),
          usage.quantity,
        ]),
    ...(otherSigner === undefined ? [] : [otherSigner]),
  ])
}

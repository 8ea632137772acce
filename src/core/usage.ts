/**
 * The domain's words. Every name here appears unchanged in the ledger, the console and the docs;
 * the wire's own names stay in `wire/`.
 */
import type { Brand } from './brand.ts'

/** An AWS-like account, seller's or buyer's: twelve digits, kept as text because zeros may lead. */
export type AccountId = Brand<string, 'AccountId'>

/** What a seller lists. Unique over the whole ledger, never used again for something else. */
export type ProductCode = Brand<string, 'ProductCode'>

/** A buyer's legacy name at one seller. */
export type CustomerIdentifier = Brand<string, 'CustomerIdentifier'>

/** Names one agreement on the wire. It survives renewals; a replacement brings a new one. */
export type LicenseArn = Brand<string, 'LicenseArn'>

/** Our own name of an agreement, `agmt-…`. */
export type AgreementId = Brand<string, 'AgreementId'>

/** A unit of value of one product. Case counts. */
export type Dimension = Brand<string, 'Dimension'>

/** The Region of the credential scope. Part of every key, so two Regions are two facts. */
export type Region = Brand<string, 'Region'>

/** Units of one dimension: a whole number from 0 to {@link QUANTITY_MAX}. */
export type Quantity = Brand<number, 'Quantity'>

/** Whole milliseconds since 1970-01-01T00:00Z. Finer parts of a timestamp are cut, never rounded. */
export type InstantMs = Brand<number, 'InstantMs'>

/** Lower-case UUID, version 8; carries the bucket and the hour of its record. */
export type MeteringRecordId = Brand<string, 'MeteringRecordId'>

export const QUANTITY_MAX = 2_147_483_647

/** One label of an allocation, as the buyer will see it on the bill. */
export interface Tag {
  readonly key: string
  readonly value: string
}

/** A part of a record's quantity under a set of tags; no tags means the part that has none. */
export interface Allocation {
  readonly quantity: Quantity
  readonly tags: readonly Tag[]
}

/**
 * The names that a usage record gives its buyer: a customer identifier, or an account, or an
 * account with a license. Other combinations are refused, but not before their turn (D11).
 */
export interface BuyerNames {
  readonly customerIdentifier?: CustomerIdentifier
  readonly account?: AccountId
  readonly licenseArn?: LicenseArn
}

/**
 * A quantity of one dimension used by one buyer, as it was reported.
 *
 * @property timestampMs Floored to the millisecond; only its UTC clock hour reaches the key.
 * @property allocations Absent when none were sent. An empty list cannot be sent.
 */
export interface UsageRecord {
  readonly buyer: BuyerNames
  readonly dimension: Dimension
  readonly quantity: Quantity
  readonly timestampMs: InstantMs
  readonly allocations?: readonly Allocation[]
}

const ACCOUNT_ID = /^\d{12}$/
const REGION = /^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/

export function parseAccountId(text: string): AccountId | undefined {
  return ACCOUNT_ID.test(text) ? (text as AccountId) : undefined
}

export function parseRegion(text: string): Region | undefined {
  return REGION.test(text) ? (text as Region) : undefined
}

export function parseQuantity(value: number): Quantity | undefined {
  const valid = Number.isInteger(value) && value >= 0 && value <= QUANTITY_MAX
  return valid ? (value as Quantity) : undefined
}

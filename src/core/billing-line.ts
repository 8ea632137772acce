/**
 * What usage is billed to, and the key that makes one billable fact one record.
 *
 * Both are built only from facts that never change (D3), so they are the same in every ledger,
 * replica and profile. Changing anything here changes what is already stored: the vectors in
 * billing-line.test.ts are frozen.
 */
import type { Brand } from './brand.ts'
import type { UsageHour } from './hour.ts'
import type { AccountId, Dimension, LicenseArn, ProductCode, Region } from './usage.ts'

/** The text that usage is billed to, for ever the same. */
export type BillingLine = Brand<string, 'BillingLine'>

/** 0 to 63: which part of a distributed ledger holds a billing line. */
export type Bucket = Brand<number, 'Bucket'>

export const BUCKET_COUNT = 64

/**
 * One billable fact. Two records with equal members are one record, whatever else they say.
 *
 * @property resource Empty but for MeterUsage, where one buyer runs several resources at once.
 */
export interface HourKey {
  readonly region: Region
  readonly billingLine: BillingLine
  readonly dimension: Dimension
  readonly hour: UsageHour
  readonly resource: string
}

/** Single agreements: one line for a product and a buyer, through every renewal and return. */
export function billingLineOfProduct(product: ProductCode, buyer: AccountId): BillingLine {
  return `${product}#${buyer}` as BillingLine
}

/** Concurrent agreements: each license is billed by itself. */
export function billingLineOfLicense(licenseArn: LicenseArn): BillingLine {
  // A license ARN never holds the '#' that joins the other form, so the two cannot meet.
  return licenseArn as string as BillingLine
}

/**
 * The bucket of a billing line: CRC-32 (ISO-HDLC) of its text, modulo 64.
 *
 * Product codes, accounts and license ARNs are ASCII, so one character is one byte.
 */
export function bucketOf(line: BillingLine): Bucket {
  let crc = 0xffff_ffff
  for (let index = 0; index < line.length; index++) {
    crc ^= line.charCodeAt(index)
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0)
  }
  return ((crc ^ 0xffff_ffff) & (BUCKET_COUNT - 1)) as Bucket
}

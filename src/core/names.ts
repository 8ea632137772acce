/**
 * What names of product and buyer must stand beside each other, whatever the catalog knows: so a caller can be
 * told before anything is sent.
 *
 * Source: CONTRACT rules 133 and 134.
 */
import type { BuyerNames } from './usage.ts'

export const NO_PRODUCT_NAMED = 'neither a product code nor a license was given'
export const LICENSE_ALONE = 'a license must be named beside the buyer’s account'

/** A license names a product and an agreement, but never the buyer. */
export function isLicenseAlone({ licenseArn, account }: BuyerNames): boolean {
  return licenseArn !== undefined && account === undefined
}

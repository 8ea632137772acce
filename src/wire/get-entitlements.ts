/**
 * GetEntitlements on the wire: its shape, its way into the domain, and its answer.
 *
 * Source     CONTRACT rules 15, 153 to 156, from the entitlement model of 2017-01-11 as of November 2026.
 * Checked by get-entitlements.test.ts (both sides of each constraint) and conformance/.
 */
import type { EntitledBuyer, EntitlementFilter } from '../core/entitled.ts'
import type { EntitlementValue } from '../core/entitlement.ts'
import type { Profile } from '../core/profile.ts'
import type { ProductCode } from '../core/usage.ts'
import { EpochSeconds } from './epoch-seconds.ts'
import { refuse } from './refused.ts'
import { integer, list, map, optional, type Read, required, structure, text } from './shape.ts'

export const ENTITLEMENTS_PER_PAGE_MAX = 25

const FILTERS = [
  'CUSTOMER_IDENTIFIER',
  'DIMENSION',
  'CUSTOMER_AWS_ACCOUNT_ID',
  'LICENSE_ARN',
] as const

export const getEntitlementsShape = structure({
  ProductCode: required(text({ min: 1, max: 255 })),
  Filter: optional(map(FILTERS, list(text({}), { min: 1, max: Infinity }))),
  NextToken: optional(text({ pattern: /^\S+$/ })),
  MaxResults: optional(integer({ min: 1, max: ENTITLEMENTS_PER_PAGE_MAX })),
})

export type GetEntitlementsRequest = Read<typeof getEntitlementsShape>

export interface EntitlementsAsked {
  readonly productCode: ProductCode
  readonly filter: EntitlementFilter
  readonly countMax: number
  readonly nextToken?: string
}

/** @throws Refused where a filter names buyers in two ways that exclude each other (rule 153). */
export function toEntitlementsAsked(request: GetEntitlementsRequest): EntitlementsAsked {
  const { ProductCode, Filter = {}, NextToken, MaxResults = ENTITLEMENTS_PER_PAGE_MAX } = request
  const { CUSTOMER_IDENTIFIER, CUSTOMER_AWS_ACCOUNT_ID, LICENSE_ARN, DIMENSION } = Filter
  if (CUSTOMER_IDENTIFIER && CUSTOMER_AWS_ACCOUNT_ID) {
    const both = 'CUSTOMER_IDENTIFIER and CUSTOMER_AWS_ACCOUNT_ID cannot be combined'
    refuse('InvalidParameterException', both, `${both}.`)
  }
  const filter: EntitlementFilter = {
    ...(CUSTOMER_IDENTIFIER && { customerIdentifiers: new Set(CUSTOMER_IDENTIFIER) }),
    ...(CUSTOMER_AWS_ACCOUNT_ID && { accounts: new Set(CUSTOMER_AWS_ACCOUNT_ID) }),
    ...(LICENSE_ARN && { licenseArns: new Set(LICENSE_ARN) }),
    ...(DIMENSION && { dimensions: new Set(DIMENSION) }),
  }
  return {
    productCode: ProductCode as ProductCode,
    filter,
    countMax: MaxResults,
    ...(NextToken !== undefined && { nextToken: NextToken }),
  }
}

export function getEntitlementsAnswer(
  items: readonly EntitledBuyer[],
  nextToken: string | undefined,
  { noEntitlements }: Pick<Profile, 'noEntitlements'>,
): object {
  const isLeftOut = items.length === 0 && noEntitlements === 'absent'
  return {
    ...(isLeftOut ? {} : { Entitlements: items.map(wireEntitlement) }),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  }
}

/** A renewal date that there is none of is left out. */
function wireEntitlement({ agreement, entitlement, customerIdentifier }: EntitledBuyer): object {
  const { product, buyer, licenseArn, endMs } = agreement
  return {
    ProductCode: product,
    Dimension: entitlement.dimension,
    ...(customerIdentifier !== undefined && { CustomerIdentifier: customerIdentifier }),
    CustomerAWSAccountId: buyer,
    Value: wireValue(entitlement),
    ...(endMs !== undefined && { ExpirationDate: new EpochSeconds(endMs) }),
    LicenseArn: licenseArn,
  }
}

function wireValue(value: EntitlementValue): object {
  if ('integer' in value) return { IntegerValue: value.integer }
  if ('double' in value) return { DoubleValue: value.double }
  return 'boolean' in value ? { BooleanValue: value.boolean } : { StringValue: value.string }
}

/**
 * Which entitlements a seller's customers have now, a page at a time.
 *
 * Order      By buyer, agreement and dimension, all as texts: fixed, so a place in it outlives restarts and is the same
 *            in every replica.
 * Bounded    A page looks at so many buyers at most. It may thus be empty and still not the last (rule 154).
 * In force   From an agreement's start until its end; not while it is suspended, and never once it was cancelled.
 * Checked by entitled.test.ts
 */
import { type Agreement, type Catalog, isLegacyAt, type Product } from './catalog.ts'
import type { Entitlement } from './entitlement.ts'
import { usageHourOf } from './hour.ts'
import type { AccountId, CustomerIdentifier, InstantMs, LicenseArn } from './usage.ts'

/** Any of the values of a member, and that for each member (rule 153). Absent: whatever it is. */
export interface EntitlementFilter {
  readonly accounts?: ReadonlySet<string>
  readonly customerIdentifiers?: ReadonlySet<string>
  readonly licenseArns?: ReadonlySet<string>
  readonly dimensions?: ReadonlySet<string>
}

/** The entitlement that came last; without agreement and dimension, the buyer that was looked at last. */
export interface EntitlementPlace {
  readonly buyer: AccountId
  readonly within?: { readonly agreement: string; readonly dimension: string }
}

export interface EntitlementQuery {
  readonly filter: EntitlementFilter
  readonly after?: EntitlementPlace
  readonly countMax: number
  readonly nowMs: InstantMs
}

export interface EntitledBuyer {
  readonly agreement: Agreement
  readonly entitlement: Entitlement
  /** The buyer's legacy name at the seller, where there is one: the one that was asked for, if one was. */
  readonly customerIdentifier?: CustomerIdentifier
}

export interface EntitlementPage {
  readonly items: readonly EntitledBuyer[]
  /** Absent on the last page. */
  readonly next?: EntitlementPlace
}

export const BUYERS_PER_PAGE_MAX = 1_000

export function isInForce({ status, startMs, endMs }: Agreement, nowMs: InstantMs): boolean {
  return status === 'active' && startMs <= nowMs && (endMs === undefined || nowMs <= endMs)
}

/** @param product The caller's own. */
export function entitlementsOf(
  catalog: Catalog,
  product: Product,
  query: EntitlementQuery,
): EntitlementPage {
  const { after, countMax, filter } = query
  const customers = customersAsked(catalog, product, query)
  const buyers = buyersAsked(catalog, product, filter, customers)
  const first = placeOf(buyers, after)
  const items: EntitledBuyer[] = []
  for (const buyer of buyers.slice(first, first + BUYERS_PER_PAGE_MAX)) {
    const customerIdentifier = customers?.get(buyer) ?? customerOf(catalog, product, buyer, query)
    for (const held of entitlementsOfBuyer(catalog, product, buyer, query)) {
      if (items.length === countMax) return { items, next: placeAt(items.at(-1)) }
      items.push({ ...held, ...(customerIdentifier && { customerIdentifier }) })
    }
  }
  const last = buyers[first + BUYERS_PER_PAGE_MAX - 1]
  const isMore = first + BUYERS_PER_PAGE_MAX < buyers.length && last !== undefined
  return { items, ...(isMore && { next: { buyer: last } }) }
}

/** In order. Only who bought the product, so that a made-up name costs nothing further on. */
function buyersAsked(
  catalog: Catalog,
  { code }: Product,
  { accounts, licenseArns }: EntitlementFilter,
  customers: Customers | undefined,
): readonly AccountId[] {
  const byLicense = licenseArns && buyersOfLicenses(catalog, licenseArns)
  const named = accounts ?? byLicense ?? customers?.keys()
  if (named === undefined) return catalog.buyersOf(code)
  return [...(named as Iterable<AccountId>)]
    .filter((buyer) => catalog.purchasesOf(code, buyer) !== undefined)
    .filter((buyer) => customers?.has(buyer) !== false)
    .sort()
}

function buyersOfLicenses(catalog: Catalog, licenseArns: ReadonlySet<string>): Set<AccountId> {
  const buyers = new Set<AccountId>()
  for (const licenseArn of licenseArns) {
    const agreement = catalog.agreementByLicense(licenseArn as LicenseArn)
    if (agreement !== undefined) buyers.add(agreement.buyer)
  }
  return buyers
}

/** Buyers by the identifiers that were asked for; of several of one buyer, by the last. */
type Customers = ReadonlyMap<AccountId, CustomerIdentifier>

/** Undefined where identifiers were not asked for. Of the new integration nobody has one. */
function customersAsked(
  catalog: Catalog,
  product: Product,
  { filter, nowMs }: EntitlementQuery,
): Customers | undefined {
  if (filter.customerIdentifiers === undefined) return undefined
  const customers = new Map<AccountId, CustomerIdentifier>()
  if (!isLegacyAt(product, usageHourOf(nowMs))) return customers
  for (const identifier of filter.customerIdentifiers as ReadonlySet<CustomerIdentifier>) {
    const buyer = catalog.buyerOf(product.seller, identifier)
    if (buyer !== undefined) customers.set(buyer, identifier)
  }
  return customers
}

function customerOf(
  catalog: Catalog,
  product: Product,
  buyer: AccountId,
  { nowMs }: EntitlementQuery,
): CustomerIdentifier | undefined {
  const isLegacy = isLegacyAt(product, usageHourOf(nowMs))
  return isLegacy ? catalog.customerOf(product.seller, buyer) : undefined
}

/** The first buyer that may still have something to show. */
function placeOf(buyers: readonly AccountId[], after: EntitlementPlace | undefined): number {
  if (after === undefined) return 0
  let low = 0
  let high = buyers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((buyers[middle] ?? '') < after.buyer) low = middle + 1
    else high = middle
  }
  return buyers[low] === after.buyer && after.within === undefined ? low + 1 : low
}

function placeAt(item: EntitledBuyer | undefined): EntitlementPlace {
  if (item === undefined) throw new RangeError('a page has one entitlement at least')
  const { agreement, entitlement } = item
  const within = { agreement: agreement.id, dimension: entitlement.dimension }
  return { buyer: agreement.buyer, within }
}

function* entitlementsOfBuyer(
  catalog: Catalog,
  { code }: Product,
  buyer: AccountId,
  { filter, after, nowMs }: EntitlementQuery,
): Generator<Omit<EntitledBuyer, 'customerIdentifier'>> {
  const agreements = catalog.purchasesOf(code, buyer)?.agreements ?? []
  for (const agreement of [...agreements].sort(byId)) {
    if (!isInForce(agreement, nowMs) || !isAsked(filter.licenseArns, agreement.licenseArn)) continue
    for (const entitlement of [...(agreement.entitlements ?? [])].sort(byDimension)) {
      const held = { agreement, entitlement }
      if (isAsked(filter.dimensions, entitlement.dimension) && isAfter(held, after)) yield held
    }
  }
}

function isAsked(values: ReadonlySet<string> | undefined, value: string): boolean {
  return values === undefined || values.has(value)
}

function isAfter(
  { agreement, entitlement }: Pick<EntitledBuyer, 'agreement' | 'entitlement'>,
  after: EntitlementPlace | undefined,
): boolean {
  if (after?.within === undefined || agreement.buyer !== after.buyer) return true
  const { agreement: id, dimension } = after.within
  return agreement.id > id || (agreement.id === id && entitlement.dimension > dimension)
}

function byId(left: Agreement, right: Agreement): number {
  return left.id < right.id ? -1 : 1
}

function byDimension(left: Entitlement, right: Entitlement): number {
  return left.dimension < right.dimension ? -1 : 1
}

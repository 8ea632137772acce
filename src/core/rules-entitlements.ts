/** The rules of entitlements: contract products alone have them, one for each dimension. Part of catalog-change.ts. */
import type { CatalogDraft } from './catalog-draft.ts'
import { ENTITLED_TEXT } from './catalog-names.ts'
import type { WantedAgreement, WantedEntitlement } from './catalog-wanted.ts'
import type { AgreementEntry, ProductEntry } from './control-entries.ts'
import type { Entitlement, EntitlementValue } from './entitlement.ts'
import { type Dimension, type ProductCode, QUANTITY_MAX } from './usage.ts'

export const ENTITLEMENTS_MAX = 200

/**
 * What an agreement is to entitle to: a whole list replaces the one before, single ones change it.
 *
 * @param code The product of the agreement.
 */
export function wantEntitlements(
  draft: CatalogDraft,
  wanted: WantedAgreement,
  before: AgreementEntry | undefined,
  code: ProductCode,
): Pick<AgreementEntry, 'entitlements'> {
  const { entitlements, entitlementChanges = [], where } = wanted
  const present = before?.entitlements
  const asked = [...(entitlements ?? []), ...entitlementChanges]
  if (asked.length > 0) {
    const problem = problemOf(draft.product(code))
    if (problem !== undefined) draft.refuse(`${where}.entitlements`, problem)
  }
  const twice = entitlements?.find((one, index) => indexOf(entitlements, one) !== index)
  if (twice !== undefined) {
    draft.refuse(`${where}.entitlements`, `dimension ${twice.dimension} stands there twice`)
  }
  const byDimension = new Map(
    (entitlements === undefined ? (present ?? []) : []).map((one) => [one.dimension, one]),
  )
  for (const [index, one] of asked.entries()) {
    const dimension = one.dimension as Dimension
    const entitlement = read(draft, `${where}.entitlements[${index}]`, one, code)
    if (entitlement === undefined) byDimension.delete(dimension)
    else byDimension.set(dimension, entitlement)
  }
  if (byDimension.size > ENTITLEMENTS_MAX) {
    draft.refuse(`${where}.entitlements`, `there may be ${ENTITLEMENTS_MAX} at most`)
  }
  const all = [...byDimension.values()]
  if (before?.status === 'cancelled' && !isAsBefore(all, present)) {
    const over = `agreement ${before.id} was cancelled, and entitles to nothing any more`
    draft.refuse(`${where}.entitlements`, over)
  }
  return all.length === 0 ? {} : { entitlements: all }
}

/** As for its dates, the same words again are no change: a catalog file says them each time. */
function isAsBefore(all: readonly Entitlement[], present: readonly Entitlement[] = []): boolean {
  return JSON.stringify(all) === JSON.stringify(present)
}

function indexOf(list: readonly WantedEntitlement[], { dimension }: WantedEntitlement): number {
  return list.findIndex((one) => one.dimension === dimension)
}

function problemOf(product: ProductEntry | undefined): string | undefined {
  if (product === undefined || product.contract === true) return undefined
  return `product ${product.code} is not sold by contract, and only such have entitlements; set its contract first`
}

/** Undefined for one that is taken away, and for one that is wrong. */
function read(
  draft: CatalogDraft,
  where: string,
  wanted: WantedEntitlement,
  code: ProductCode,
): Entitlement | undefined {
  const product = draft.product(code)
  const dimension = wanted.dimension as Dimension
  if (product?.dimensions.some(({ name }) => name === dimension) === false) {
    return draft.refuse(`${where}.dimension`, `product ${code} has no dimension ${dimension}`)
  }
  if (wanted.removed === true) return undefined
  const value = valueOf(draft, where, wanted)
  return value && { dimension, ...value }
}

function valueOf(
  draft: CatalogDraft,
  where: string,
  { integer, double, boolean, string }: WantedEntitlement,
): EntitlementValue | undefined {
  const given = [integer, double, boolean, string].filter((one) => one !== undefined)
  if (given.length !== 1) {
    return draft.refuse(where, 'needs one value: an integer, a double, a boolean or a string')
  }
  if (boolean !== undefined) return { boolean }
  if (double !== undefined) {
    if (Number.isFinite(double)) return { double }
    return draft.refuse(`${where}.double`, 'expected a number')
  }
  if (integer !== undefined) {
    if (Number.isInteger(integer) && integer >= 0 && integer <= QUANTITY_MAX) return { integer }
    return draft.refuse(`${where}.integer`, `expected a whole number from 0 to ${QUANTITY_MAX}`)
  }
  const text = draft.read(`${where}.string`, ENTITLED_TEXT, string ?? '')
  return text === undefined ? undefined : { string: text }
}

/**
 * What narrows a question: members that there are and no others, and names of what is there, for functions and routes alike.
 *
 * A misspelled member would be answered for everything, and a misspelled name with nothing: a test would take either for its result.
 * Checked by query.test.ts
 */
import type { CatalogIndex } from '../core/catalog-index.ts'
import { ACCOUNT, DIMENSION, type NameRule, PRODUCT } from '../core/catalog-names.ts'
import type { Dimension, ProductCode } from '../core/usage.ts'
import type { LedgerQuery } from '../store/ledger.ts'
import type { SandboxBuyer, SandboxProduct } from './facts.ts'
import { isObject, nameIn, refused } from './given.ts'
import { shown } from './refused.ts'
import type { Instant } from './time.ts'

/** Every member narrows. One that is undefined does not: in a strict project `buyers[0]` may be. */
export interface UsageQuery {
  /** An account id, or one of `buyers`. */
  readonly buyer?: string | SandboxBuyer | undefined
  /** A product code, or one of `products`. */
  readonly product?: string | SandboxProduct | undefined
  readonly dimension?: string | undefined
}

/** Usage hours that have a part between two instants; the second is no part of it. */
export interface HoursQuery {
  readonly from?: Instant
  readonly to?: Instant
}

export const USAGE_MEMBERS = ['buyer', 'product', 'dimension'] as const
export const HOURS_MEMBERS = [...USAGE_MEMBERS, 'from', 'to'] as const

/** @param query Whatever somebody gave. @throws SandboxRefused that lists the members. */
export function checkQuery(query: unknown, members: readonly string[]): void {
  const list = members.length === 0 ? 'It has none.' : `It can have: ${members.join(', ')}.`
  if (!isObject(query)) throw refused(`A question is an object, not ${shown(query)}. ${list}`)
  const unknown = Object.keys(query).find((member) => !members.includes(member))
  if (unknown !== undefined) throw refused(`This question has no ${shown(unknown)}. ${list}`)
}

type UsageNames = Pick<LedgerQuery, 'buyer' | 'product' | 'dimension'>

/** What was ever in the catalog counts, whatever became of it. @throws SandboxRefused that lists what there is. */
export function namesIn({ buyer, product, dimension }: UsageQuery, catalog: CatalogIndex) {
  const { buyers, products } = catalog
  const code = product === undefined ? undefined : nameIn(products, product, 'product', 'code')
  const names: UsageNames = {
    ...(buyer !== undefined && { buyer: nameIn(buyers, buyer, 'buyer', 'awsAccountId') }),
    ...(code !== undefined && { product: code }),
    ...(dimension !== undefined && {
      dimension: nameIn(dimensionsIn(catalog, code), dimension, 'dimension', 'name'),
    }),
  }
  return names
}

/** @param product Absent: of all products. */
function dimensionsIn(
  { products }: CatalogIndex,
  product?: ProductCode,
): ReadonlyMap<Dimension, unknown> {
  const of = [...products.values()].filter(({ code }) => (product ?? code) === code)
  return new Map(of.flatMap(({ dimensions }) => dimensions.map((one) => [one.name, one])))
}

/** What can be a name, though it is nobody's: usage that names such is refused. @throws SandboxRefused */
export function writtenNamesIn({ buyer, product, dimension }: UsageQuery): UsageNames {
  const account = isObject(buyer) ? buyer.awsAccountId : buyer
  const code = isObject(product) ? product.code : product
  return {
    ...(buyer !== undefined && { buyer: named(ACCOUNT, account, 'buyer') }),
    ...(product !== undefined && { product: named(PRODUCT, code, 'product') }),
    ...(dimension !== undefined && { dimension: named(DIMENSION, dimension, 'dimension') }),
  }
}

/** @throws SandboxRefused */
export function named<Name>(rule: NameRule<Name>, value: unknown, member: string): Name {
  const name = typeof value === 'string' ? rule.parse(value) : undefined
  if (name === undefined)
    throw refused(`${member}: expected ${rule.expected}, got ${shown(value)}.`)
  return name
}

/**
 * Which buyers a seller has to do with: those that have an agreement for one of its products, or a name with it.
 *
 * Only these may it name. Otherwise it could find out who buys from others, and bill who never dealt with it: the first agreement
 * or name is an operator's to make, or the buyer's own on the purchase page.
 * Checked by ../tenancy.test.ts
 */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { AccountId } from '../../core/usage.ts'
import type { Caller } from './caller.ts'
import { notFound } from './problem.ts'

/** Undefined for an operator, who sees all. */
export function buyersSeenBy(
  { seller }: Caller,
  index: CatalogIndex,
): ReadonlySet<AccountId> | undefined {
  if (seller === undefined) return undefined
  const seen = new Set<AccountId>()
  for (const { code } of productsOf(index, seller)) {
    for (const { buyer } of index.agreementsOfProduct(code)) seen.add(buyer)
  }
  for (const one of index.customerIdentifiers.values()) {
    if (one.seller === seller) seen.add(one.buyer)
  }
  return seen
}

/** @throws AdminProblem `notFound` if a seller names a buyer that it does not see, or that is not there. */
export function mustSeeBuyer({ seller }: Caller, index: CatalogIndex, account: string): void {
  if (seller === undefined) return
  const buyer = account as AccountId
  if (index.customerOf(seller, buyer) !== undefined) return
  for (const { code } of productsOf(index, seller)) {
    if (index.purchasesOf(code, buyer) !== undefined) return
  }
  throw notFound('buyer', account)
}

function* productsOf(index: CatalogIndex, seller: AccountId) {
  for (const product of index.products.values()) if (product.seller === seller) yield product
}

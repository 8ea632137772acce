/**
 * What a buyer is offered on a purchase page: a new agreement, the ones that are not over, or neither.
 *
 * It only says what to offer. Whether an agreement may be made is for the rules of agreements, as whoever makes it.
 *
 * Checked by server/purchase/purchase.test.ts
 */
import { isLive } from './catalog.ts'
import type { CatalogIndex } from './catalog-index.ts'
import type { AgreementEntry, BuyerEntry, ProductEntry } from './control-entries.ts'
import { originOfUrl } from './fulfilment-url.ts'
import { usageHourOf } from './hour.ts'
import { isBilledByLicense } from './judge.ts'
import type { AccountId, InstantMs, ProductCode } from './usage.ts'

export interface Purchase {
  readonly product: string
  readonly buyer: string
}

/** Where the buyer's browser brings the registration token. */
export interface Fulfilment {
  readonly url: string
  /** All origins that a browser may come to on the way: the URL's own, and those that it may be sent on to. */
  readonly origins: readonly string[]
}

export interface Offer {
  readonly product: ProductEntry
  readonly sellerName: string
  readonly buyer: BuyerEntry
  /** Of this buyer for this product; arriving with one makes no other. */
  readonly live: readonly AgreementEntry[]
  readonly takesNew: boolean
  readonly fulfilment: Fulfilment
}

export type Offered =
  { readonly ok: true; readonly offer: Offer } | { readonly ok: false; readonly problem: string }

/** @param fulfilmentUrlOf Where buyers of a product arrive that says nothing of it itself. */
export function offerOf(
  index: CatalogIndex,
  { product: code, buyer: account }: Purchase,
  nowMs: InstantMs,
  fulfilmentUrlOf: (product: ProductEntry) => string | undefined = () => undefined,
): Offered {
  const product = index.products.get(code as ProductCode)
  const buyer = index.buyers.get(account as AccountId)
  if (product === undefined) return refused(`there is no product ${code}`)
  if (buyer === undefined) return refused(`there is no buyer ${account}`)
  const url = product.fulfilmentUrl ?? fulfilmentUrlOf(product)
  if (url === undefined) {
    return refused(
      `product ${code} has no fulfilment URL, so a buyer could not arrive; give it one`,
    )
  }
  const live = index.agreementsOf(product.code, buyer.account).filter((one) => isLive(one, nowMs))
  const inUse = !product.retired && !buyer.retired
  const takesNew = inUse && (live.length === 0 || isBilledByLicense(product, usageHourOf(nowMs)))
  if (!takesNew && live.length === 0) {
    const retired = product.retired ? `product ${code}` : `buyer ${account}`
    return refused(`${retired} is retired and takes no agreement`)
  }
  const fulfilment = { url, origins: [originOfUrl(url), ...(product.redirectOrigins ?? [])] }
  const sellerName = index.sellers.get(product.seller)?.name ?? product.seller
  return { ok: true, offer: { product, sellerName, buyer, live, takesNew, fulfilment } }
}

function refused(problem: string): Offered {
  return { ok: false, problem }
}

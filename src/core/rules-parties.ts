/** The rules of sellers, buyers and the buyers' legacy names. Part of catalog-change.ts. */
import { isLive } from './catalog.ts'
import type { CatalogDraft } from './catalog-draft.ts'
import { ACCOUNT, CUSTOMER, SHOWN_TEXT, WEBHOOK_URL } from './catalog-names.ts'
import type {
  WantedBuyer,
  WantedCustomerIdentifier,
  WantedPurpose,
  WantedSeller,
} from './catalog-wanted.ts'
import type { BuyerEntry, SellerEntry } from './control-entries.ts'

/** Only an empty ledger becomes a demo, whose keys everybody knows; what was set up by commands becomes production. */
export function wantPurpose(draft: CatalogDraft, { where, purpose }: WantedPurpose): void {
  if (draft.purpose === purpose) return
  if (draft.purpose !== undefined) {
    draft.refuse(where, `this is a ${draft.purpose} ledger for ever; use another one`)
  } else if (purpose === 'demo' && !draft.isNew) {
    draft.refuse(where, 'only an empty ledger can become a demo; use another one')
  } else draft.put({ kind: 'purpose', purpose }, undefined, where)
}

export function wantSeller(draft: CatalogDraft, wanted: WantedSeller): void {
  const account = draft.read(`${wanted.where}.account`, ACCOUNT, wanted.account)
  if (account === undefined) return
  const before = draft.seller(account)
  const name = nameOf(draft, wanted, before)
  const retired = wanted.retired ?? before?.retired ?? false
  const webhook = webhookOf(draft, wanted, before)
  draft.put(
    { kind: 'seller', account, name, retired, ...(webhook && { webhook }) },
    before,
    wanted.where,
  )
}

export function wantBuyer(draft: CatalogDraft, wanted: WantedBuyer): void {
  const account = draft.read(`${wanted.where}.account`, ACCOUNT, wanted.account)
  if (account === undefined) return
  const before = draft.buyer(account)
  const name = nameOf(draft, wanted, before)
  const retired = wanted.retired ?? before?.retired ?? false
  draft.put({ kind: 'buyer', account, name, retired }, before, wanted.where)
}

export function wantCustomerIdentifier(
  draft: CatalogDraft,
  wanted: WantedCustomerIdentifier,
): void {
  const { where } = wanted
  const seller = draft.read(`${where}.seller`, ACCOUNT, wanted.seller)
  const buyer = draft.read(`${where}.buyer`, ACCOUNT, wanted.buyer)
  const identifier =
    wanted.identifier === undefined
      ? draft.names.customerIdentifier()
      : draft.read(`${where}.identifier`, CUSTOMER, wanted.identifier)
  if (seller === undefined || buyer === undefined || identifier === undefined) return
  if (wanted.onlyIfNone === true && draft.customerOf(seller, buyer) !== undefined) return
  if (draft.seller(seller) === undefined) draft.refuse(where, unknown('seller', seller))
  if (draft.buyer(buyer) === undefined) draft.refuse(where, unknown('buyer', buyer))
  const before = draft.customer(seller, identifier)
  if (before !== undefined && before.buyer !== buyer) {
    draft.refuse(
      where,
      `customer identifier ${identifier} of seller ${seller} belongs to buyer ${before.buyer} for ever; give buyer ${buyer} another one`,
    )
    return
  }
  draft.put({ kind: 'customerIdentifier', seller, identifier, buyer }, before, where)
}

export function checkSeller(draft: CatalogDraft, seller: SellerEntry, where: string): void {
  if (!seller.retired) return
  for (const product of draft.productsOf(seller.account)) {
    if (product.retired) continue
    draft.refuse(where, `seller ${seller.account} still has product ${product.code}; retire it too`)
  }
  for (const key of draft.accessKeysOf(seller.account)) {
    if (key.status === 'disabled') continue
    draft.refuse(where, `seller ${seller.account} still has access key ${key.id}; disable it first`)
  }
}

export function checkBuyer(draft: CatalogDraft, buyer: BuyerEntry, where: string): void {
  if (!buyer.retired) return
  for (const agreement of draft.agreementsOfBuyer(buyer.account)) {
    if (!isLive(agreement, draft.nowMs)) continue
    draft.refuse(
      where,
      `buyer ${buyer.account} still has agreement ${agreement.id}; cancel it first`,
    )
  }
}

function webhookOf(
  draft: CatalogDraft,
  { webhook, where }: WantedSeller,
  before: SellerEntry | undefined,
): SellerEntry['webhook'] {
  if (webhook === undefined) return before?.webhook
  if (webhook === 'none') return undefined
  const url = draft.read(`${where}.webhook`, WEBHOOK_URL, webhook)
  return url === undefined ? undefined : { url }
}

/** The sentence for a name that nothing has. */
export function unknown(kind: string, name: string): string {
  return `there is no ${kind} ${name}; add it first, or in the same change`
}

function nameOf(
  draft: CatalogDraft,
  wanted: WantedSeller | WantedBuyer,
  before: { readonly name: string } | undefined,
): string {
  if (wanted.name === undefined) return before?.name ?? ''
  // With a problem nothing is written; the party is put all the same, so that what names it is judged.
  return draft.read(`${wanted.where}.name`, SHOWN_TEXT, wanted.name) ?? ''
}

const NAMED_MAX = 3

/** Named in a sentence: a few, for each of many may be against all others. */
export function someOf(entries: readonly { readonly id: string }[], word: 'and' | 'or'): string {
  const names = entries.slice(0, NAMED_MAX).map(({ id }) => id)
  const more = entries.length - names.length
  return more === 0 ? names.join(` ${word} `) : `${names.join(', ')} ${word} ${more} more`
}

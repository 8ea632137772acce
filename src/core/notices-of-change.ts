/**
 * Which notices a change of the catalog makes: what is true at once, and what will be when an agreement begins or ends.
 *
 * Only for sellers that have a webhook when the change is made; one that is given later tells nothing of the past, but the
 * ends of the agreements that are live then. Suspending and resuming are ours alone: AWS has no words for them.
 * Checked by notices-of-change.test.ts
 */
import { isLegacyAt, isLive } from './catalog.ts'
import { CatalogIndex } from './catalog-index.ts'
import type { EntryChange } from './catalog-draft.ts'
import type { AgreementEntry, ProductEntry, SellerEntry } from './control-entries.ts'
import { usageHourOf } from './hour.ts'
import type { Notice, NoticeKind } from './notice.ts'
import type { AccountId, InstantMs } from './usage.ts'

/** @param present The catalog before the change. @param newId Makes an id that nobody has. */
export function noticesOfChange(
  changes: readonly EntryChange[],
  present: CatalogIndex,
  nowMs: InstantMs,
  newId: () => string,
): readonly Notice[] {
  const telling = new Telling(changes, present, nowMs, newId)
  if (!telling.hasReceivers) return []
  for (const { before, after } of changes) {
    if (after.kind === 'seller') tellReceiver(telling, before as SellerEntry | undefined, after)
    if (after.kind === 'agreement') tellChange(telling, before as AgreementEntry | undefined, after)
  }
  return telling.notices
}

type Told = readonly [kind: NoticeKind, facts?: Partial<Notice>]

/** One change as it is told. */
class Telling {
  readonly notices: Notice[] = []
  readonly nowMs: InstantMs
  readonly #present: CatalogIndex
  readonly #changed = new CatalogIndex()
  readonly #newId: () => string
  readonly #requestId: string

  constructor(
    changes: readonly EntryChange[],
    present: CatalogIndex,
    nowMs: InstantMs,
    newId: () => string,
  ) {
    for (const { after } of changes) this.#changed.put(after)
    this.#present = present
    this.nowMs = nowMs
    this.#newId = newId
    this.#requestId = newId()
  }

  get hasReceivers(): boolean {
    const sellers = [...this.#present.sellers.values(), ...this.#changed.sellers.values()]
    return sellers.some(({ webhook }) => webhook !== undefined)
  }

  *presentAgreementsOf(seller: AccountId): Generator<AgreementEntry> {
    for (const product of this.#present.products.values()) {
      if (product.seller === seller) yield* this.#present.agreementsOfProduct(product.code)
    }
  }

  isChanged(agreement: AgreementEntry): boolean {
    return this.#changed.agreements.has(agreement.id)
  }

  /** Nothing where the seller has no webhook; an older message only where it can name the buyer. */
  tell(agreement: AgreementEntry, ...told: readonly Told[]): void {
    const product = this.#product(agreement)
    if (product === undefined || this.#seller(product)?.webhook === undefined) return
    for (const [kind, facts] of told) {
      if (kind === 'entitlementUpdated' && product.contract !== true) continue
      const named = isOlder(kind) ? this.#namedBuyer(product, agreement.buyer) : {}
      if (named === undefined) continue
      this.notices.push({ ...this.#factsOf(agreement, product), ...named, ...facts, kind })
    }
  }

  #factsOf(agreement: AgreementEntry, product: ProductEntry): Omit<Notice, 'kind'> {
    const { id, licenseArn, buyer, startMs, endMs } = agreement
    return {
      id: this.#newId(),
      requestId: this.#requestId,
      seller: product.seller,
      product: product.code,
      buyer,
      agreement: id,
      licenseArn,
      acceptedMs: startMs,
      startMs,
      ...(endMs !== undefined && { endMs }),
      dueMs: this.nowMs,
    }
  }

  #product({ product }: AgreementEntry): ProductEntry | undefined {
    return this.#changed.products.get(product) ?? this.#present.products.get(product)
  }

  #seller({ seller }: ProductEntry): SellerEntry | undefined {
    return this.#changed.sellers.get(seller) ?? this.#present.sellers.get(seller)
  }

  /**
   * As the older messages name a buyer; undefined if they cannot. Of the new integration, and of concurrent
   * agreements, nobody has an identifier.
   */
  #namedBuyer(
    product: ProductEntry,
    buyer: AccountId,
  ): Pick<Notice, 'customerIdentifier'> | undefined {
    if (!isLegacyAt(product, usageHourOf(this.nowMs))) return undefined
    const { seller } = product
    const customerIdentifier =
      this.#present.customerOf(seller, buyer) ?? this.#changed.customerOf(seller, buyer)
    return customerIdentifier && { customerIdentifier }
  }
}

function isOlder(kind: NoticeKind): boolean {
  return /^(subscribe|unsubscribe|entitlement)/.test(kind)
}

/** A webhook that is new hears of the ends that are to come. */
function tellReceiver(telling: Telling, before: SellerEntry | undefined, after: SellerEntry): void {
  if (before?.webhook !== undefined || after.webhook === undefined) return
  for (const agreement of telling.presentAgreementsOf(after.account)) {
    if (!telling.isChanged(agreement)) tellEnd(telling, agreement)
  }
}

function tellChange(
  telling: Telling,
  before: AgreementEntry | undefined,
  after: AgreementEntry,
): void {
  const { nowMs } = telling
  if (before === undefined) tellNew(telling, after)
  else if (after.status === 'cancelled' && isLive(before, nowMs)) tellCancelled(telling, after)
  else if (after.status !== 'cancelled' && before.endMs !== after.endMs) {
    tellAmended(telling, before, after)
  } else if (!isDeepEqual(before.entitlements, after.entitlements)) {
    telling.tell(after, ['licenseUpdated'], ['entitlementUpdated'])
  }
}

/** Plain data whose members stand in one order. */
function isDeepEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

/** What was over before we heard of it is history, and nobody's news. */
function tellNew(telling: Telling, agreement: AgreementEntry): void {
  const { nowMs } = telling
  if (!isLive(agreement, nowMs)) return
  telling.tell(agreement, ['agreementCreated', { acceptedMs: nowMs }])
  tellBegin(telling, agreement)
  tellEnd(telling, agreement)
}

function tellBegin(telling: Telling, agreement: AgreementEntry): void {
  const { startMs } = agreement
  const begins = startMs > telling.nowMs ? ({ dueMs: startMs, onlyIf: 'begins' } as const) : {}
  telling.tell(
    agreement,
    ['licenseUpdated', begins],
    ['subscribeSuccess', begins],
    ['entitlementUpdated', begins],
  )
}

/** What will be told when it ends, if it still ends then. */
function tellEnd(telling: Telling, agreement: AgreementEntry): void {
  const { endMs } = agreement
  if (endMs === undefined || endMs <= telling.nowMs) return
  const ends = { dueMs: endMs, onlyIf: 'ends' } as const
  telling.tell(
    agreement,
    ['agreementEnded', { ...ends, ending: 'expired' }],
    ['licenseDeprovisioned', ends],
    ['unsubscribePending', ends],
    ['entitlementUpdated', ends],
    ['unsubscribeSuccess', { ...ends, onlyIf: 'isOver' }],
  )
}

function tellCancelled(telling: Telling, agreement: AgreementEntry): void {
  const ended = ['agreementEnded', { ending: 'cancelled' }] as const
  const { startMs, endMs = telling.nowMs } = agreement
  if (startMs >= endMs) {
    telling.tell(agreement, ended, ['subscribeFail'])
    return
  }
  telling.tell(
    agreement,
    ended,
    ['licenseDeprovisioned'],
    ['unsubscribePending'],
    ['entitlementUpdated'],
    ['unsubscribeSuccess', { dueMs: endMs, onlyIf: 'isOver' }],
  )
}

/** A renewal is an amendment of the same agreement; one that was over begins again by it. */
function tellAmended(telling: Telling, before: AgreementEntry, after: AgreementEntry): void {
  telling.tell(after, ['agreementAmended', { acceptedMs: telling.nowMs }])
  if (!isLive(after, telling.nowMs)) {
    tellShortened(telling, before, after)
    return
  }
  telling.tell(after, ['licenseUpdated'], ['entitlementUpdated'])
  if (!isLive(before, telling.nowMs)) telling.tell(after, ['subscribeSuccess'])
  tellEnd(telling, after)
}

/** An end that was moved to where it has passed. */
function tellShortened(telling: Telling, before: AgreementEntry, after: AgreementEntry): void {
  if (!isLive(before, telling.nowMs)) return
  telling.tell(
    after,
    ['agreementEnded', { ending: 'expired' }],
    ['licenseDeprovisioned'],
    ['unsubscribePending'],
    ['entitlementUpdated'],
    ['unsubscribeSuccess', { dueMs: after.endMs ?? telling.nowMs, onlyIf: 'isOver' }],
  )
}

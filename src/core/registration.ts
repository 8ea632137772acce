/**
 * A buyer's arrival at a seller: what a registration token stands for, and who gets to know it.
 *
 * All that a token says is fixed for ever (D3), so it is answered alike whatever became of the agreement, and by a replica
 * that has not yet seen the agreement. An arrival is no subscription: usage is admitted by the agreement alone.
 *
 * Revoking   A token is kept nowhere, so what revokes it is an instant, on its agreement or its product: whatever was made up to
 *            then is good no more. What is made afterwards is later, also by a clock that stands still or went back.
 *
 * Source     CONTRACT rules 14 and 147 to 151.
 * Checked by registration.test.ts
 */
import { type Agreement, isLegacyAt, isLive, type Product } from './catalog.ts'
import type { CatalogIndex } from './catalog-index.ts'
import type { Wanted } from './catalog-wanted.ts'
import type { AgreementEntry, ProductEntry } from './control-entries.ts'
import { type Refusal, refusal } from './errors.ts'
import { usageHourOf } from './hour.ts'
import type { Profile } from './profile.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  InstantMs,
  LicenseArn,
  ProductCode,
} from './usage.ts'

export interface Registration {
  readonly seller: AccountId
  readonly product: ProductCode
  readonly buyer: AccountId
  readonly licenseArn: LicenseArn
  /** Of legacy products alone. */
  readonly customerIdentifier?: CustomerIdentifier
  readonly issuedMs: InstantMs
}

/** What somebody wants a token for, as it was written. */
export interface WantedRegistration {
  readonly product: string
  readonly buyer: string
  /** The id of an agreement; absent: the latest that has begun, else the first to begin. */
  readonly agreement?: string | undefined
}

export interface Arrived {
  readonly product: ProductEntry
  readonly agreement: AgreementEntry
}

export type Arrival =
  ({ readonly ok: true } & Arrived) | { readonly ok: false; readonly problem: string }

/** The agreement that a buyer arrives with. Nobody arrives without one that is live. */
export function arrivalOf(
  index: CatalogIndex,
  { product: code, buyer, agreement: id }: WantedRegistration,
  nowMs: InstantMs,
): Arrival {
  const product = index.products.get(code as ProductCode)
  if (product === undefined) return { ok: false, problem: `there is no product ${code}` }
  const live = index
    .agreementsOf(product.code, buyer as AccountId)
    .filter((one) => isLive(one, nowMs))
  const agreement =
    id === undefined
      ? (live.findLast(({ startMs }) => startMs <= nowMs) ?? live[0])
      : live.find((one) => one.id === id)
  if (agreement !== undefined) return { ok: true, product, agreement }
  const wanted = id === undefined ? 'no agreement' : `no agreement ${id}`
  const problem = `buyer ${buyer} has ${wanted} for product ${code} that is not over; make one first`
  return { ok: false, problem }
}

/** Whether a buyer of the product is also told by a customer identifier, at this instant. */
export function hasCustomerIdentifier(product: ProductEntry, nowMs: InstantMs): boolean {
  return isLegacyAt(product, usageHourOf(nowMs))
}

type Marked = Pick<Agreement | Product, 'tokensRevokedMs'>

/** The last instant whose tokens are revoked. */
export function tokensRevokedMs(
  product: Marked | undefined,
  agreement: Marked | undefined,
): InstantMs | undefined {
  const marks = [product?.tokensRevokedMs, agreement?.tokensRevokedMs]
  const known = marks.filter((mark) => mark !== undefined)
  return known.length === 0 ? undefined : (Math.max(...known) as InstantMs)
}

/** When a token that is made now says that it was. */
export function issuedMsOf({ product, agreement }: Arrived, nowMs: InstantMs): InstantMs {
  const revokedMs = tokensRevokedMs(product, agreement)
  return Math.max(nowMs, (revokedMs ?? -Infinity) + 1) as InstantMs
}

/** Whose tokens are to be revoked, as it was written. With neither buyer nor agreement, everybody's of the product. */
export interface WantedRevocation {
  readonly product: string
  readonly buyer?: string | undefined
  readonly agreement?: string | undefined
}

/** For people: whose. */
export function revokedText({ product, buyer, agreement }: WantedRevocation): string {
  const of = buyer === undefined ? '' : `buyer ${buyer} of `
  return `${agreement === undefined ? '' : `agreement ${agreement} of `}${of}product ${product}`
}

/** What is to be marked; nothing if there is no such product, buyer or agreement. */
export function revocationOf(
  index: CatalogIndex,
  { product: code, buyer, agreement: id }: WantedRevocation,
): readonly Wanted[] {
  if (!index.products.has(code as ProductCode)) return []
  const revokes = { where: '', revokesTokens: true } as const
  if (buyer === undefined && id === undefined) return [{ kind: 'product', code, ...revokes }]
  // Of those that are over too: a token outlives its agreement.
  const named = id === undefined ? undefined : index.agreements.get(id as AgreementId)
  const agreements =
    id === undefined ? index.agreementsOf(code as ProductCode, buyer as AccountId) : [named]
  return agreements
    .filter((one) => one?.product === code && (buyer ?? one.buyer) === one.buyer)
    .map((one) => ({ kind: 'agreement', id: one?.id, ...revokes }))
}

export type JudgedRegistration =
  | { readonly ok: true; readonly registration: Registration }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Another seller learns nothing of a token, not even that it is too old.
 *
 * @param registration Undefined if nobody was ever given the token.
 * @param rules `revokedMs`: the last instant whose tokens are revoked.
 */
export function judgeRegistration(
  registration: Registration | undefined,
  seller: AccountId,
  nowMs: InstantMs,
  rules: Pick<Profile, 'registrationTokenMs'> & { readonly revokedMs?: InstantMs | undefined },
): JudgedRegistration {
  const { registrationTokenMs, revokedMs = -Infinity } = rules
  // One reason for both, because sellers read it.
  if (registration?.seller !== seller) {
    const reason = 'the registration token was not made by this service, or is another seller’s'
    return { ok: false, refusal: refusal('InvalidTokenException', reason) }
  }
  if (registration.issuedMs <= revokedMs) {
    return { ok: false, refusal: refusal('InvalidTokenException', 'the token was revoked') }
  }
  // One that comes from the future, after a step back of the clock, is no older than a new one.
  if (nowMs - registration.issuedMs < registrationTokenMs) return { ok: true, registration }
  return { ok: false, refusal: expired('the registration token is too old') }
}

/** A profile that bounds the uses answers the next one so: the model names it among the causes. */
export function usedUp(): Refusal {
  return expired('the registration token was used as often as the profile allows')
}

/** The error's name is that of expired keys too, but this one is the caller's own doing: never the status of rights. */
function expired(reason: string): Refusal {
  const message = 'The submitted registration token has expired.'
  return { ...refusal('ExpiredTokenException', reason), message, httpStatus: 400 }
}

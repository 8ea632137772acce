/**
 * Everything that the service keeps beside the ledger, as plain data that survives JSON.
 *
 * An entry is the whole present state of one thing. Entries are replaced, never deleted, so an entry's
 * key is used for one thing for ever. The rules of replacing are catalog-change.ts's; stores only keep.
 */
import type { Agreement, DimensionFacts, Product } from './catalog.ts'
import type { AccountId, CustomerIdentifier, InstantMs, ProductCode } from './usage.ts'

export interface SellerEntry {
  readonly kind: 'seller'
  readonly account: AccountId
  readonly name: string
  readonly retired: boolean
  /** Where notifications of its agreements go; absent: nowhere, and none are made. */
  readonly webhook?: Webhook
}

/** Kept by itself, so that more can be said of it one day. */
export interface Webhook {
  readonly url: string
}

/** A product as it is kept: its dimensions in the order in which they came. */
export interface ProductEntry extends Omit<Product, 'dimensions'> {
  readonly kind: 'product'
  readonly dimensions: readonly DimensionFacts[]
}

export interface BuyerEntry {
  readonly kind: 'buyer'
  readonly account: AccountId
  readonly name: string
  readonly retired: boolean
}

/** A buyer's legacy name at one seller. Fixed for ever, because keys rest on it. */
export interface CustomerIdentifierEntry {
  readonly kind: 'customerIdentifier'
  readonly seller: AccountId
  readonly identifier: CustomerIdentifier
  readonly buyer: AccountId
}

export interface AgreementEntry extends Agreement {
  readonly kind: 'agreement'
}

/**
 * An access key, long-term or temporary.
 *
 * @property secret Encrypted; only `server/keys` can read it. Its text changes when the master key does.
 * @property temporary Present for keys with a session token. `sessionTokenHash` is SHA-256, hexadecimal.
 * @property resource What a temporary key runs on; MeterUsage keeps hours apart by it.
 * @property operations The operations it may call; absent means all.
 */
export interface AccessKeyEntry {
  readonly kind: 'accessKey'
  readonly id: string
  readonly account: AccountId
  readonly status: 'active' | 'disabled'
  readonly description: string
  readonly createdMs: InstantMs
  readonly secret: string
  readonly temporary?: TemporaryKey
  readonly operations?: readonly string[]
}

export interface TemporaryKey {
  readonly expiresMs: InstantMs
  readonly sessionTokenHash: string
  readonly resource?: string
}

/**
 * A bearer token for the admin API.
 *
 * @property hash SHA-256 of the token, hexadecimal. The token is random, so a plain hash is enough.
 * @property seller The one seller that it may see and change; absent for an operator's token.
 */
export interface AdminTokenEntry {
  readonly kind: 'adminToken'
  readonly id: string
  readonly hash: string
  readonly seller?: AccountId
  readonly readOnly: boolean
  readonly description: string
  readonly createdMs: InstantMs
  readonly expiresMs?: InstantMs
  readonly revoked: boolean
}

/**
 * A key pair under which RegisterUsage signs for one product.
 *
 * @property version From 1, without gaps; the highest is the one that sellers are to use.
 * @property publicKey PEM. @property fingerprint SHA-256 of it, hexadecimal.
 * @property secret The private key, encrypted. Its text changes when the master key does.
 * @property rotatedMs When the next version took its place. It still signs.
 */
export interface PublicKeyEntry {
  readonly kind: 'publicKey'
  readonly product: ProductCode
  readonly version: number
  readonly publicKey: string
  readonly fingerprint: string
  readonly createdMs: InstantMs
  readonly secret: string
  readonly rotatedMs?: InstantMs
}

/**
 * That a session of a buyer has asked to run a product, and was let.
 *
 * @property accessKeyId The session: what signed. @property resource What that key runs on, where it says so.
 */
export interface UsageRegistrationEntry {
  readonly kind: 'usageRegistration'
  readonly product: ProductCode
  readonly buyer: AccountId
  readonly accessKeyId: string
  readonly publicKeyVersion: number
  readonly registeredMs: InstantMs
  readonly resource?: string
}

/** What kind of ledger this is. It is set when the ledger is made, and never changed. */
export interface PurposeEntry {
  readonly kind: 'purpose'
  readonly purpose: 'demo' | 'production'
}

export type CatalogEntry =
  SellerEntry | ProductEntry | BuyerEntry | CustomerIdentifierEntry | AgreementEntry

export type ControlEntry =
  | CatalogEntry
  | AccessKeyEntry
  | AdminTokenEntry
  | PurposeEntry
  | PublicKeyEntry
  | UsageRegistrationEntry

/** Entries that hold something encrypted under a master key. */
export type SealedEntry = AccessKeyEntry | PublicKeyEntry

export function isSealed(entry: ControlEntry): entry is SealedEntry {
  return entry.kind === 'accessKey' || entry.kind === 'publicKey'
}

export type EntryKind = ControlEntry['kind']

/** What an entry is stored under, together with its kind. Never given to another thing. */
export function entryKeyOf(entry: ControlEntry): string {
  switch (entry.kind) {
    case 'seller':
    case 'buyer':
      return entry.account
    case 'product':
      return entry.code
    case 'customerIdentifier':
      return customerKeyOf(entry.seller, entry.identifier)
    case 'agreement':
    case 'accessKey':
    case 'adminToken':
      return entry.id
    case 'purpose':
      return 'purpose'
    case 'publicKey':
      return publicKeyKeyOf(entry.product, entry.version)
    case 'usageRegistration':
      return usageRegistrationKeyOf(entry.accessKeyId, entry.product)
  }
}

/** A number has no '/', so the first one always ends it; nor has an access key id. */
export function publicKeyKeyOf(product: ProductCode, version: number): string {
  return `${version}/${product}`
}

export function usageRegistrationKeyOf(accessKeyId: string, product: ProductCode): string {
  return `${accessKeyId}/${product}`
}

/** An account has twelve digits, so the first '/' always ends it. */
export function customerKeyOf(seller: AccountId, identifier: CustomerIdentifier): string {
  return `${seller}/${identifier}`
}

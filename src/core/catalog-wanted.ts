/**
 * What somebody wants the catalog to be, before any rule has looked at it.
 *
 * Names are plain text here; the rules check them. A member that is absent stays as it is, or takes its default
 * where the thing is new. `where` says where the wish was written, for the problems: a path in a file, or an option.
 */
import type { TemporaryKey } from './control-entries.ts'
import type { AccountId, InstantMs, ProductCode } from './usage.ts'

export interface WantedSeller {
  readonly kind: 'seller'
  readonly where: string
  readonly account: string
  readonly name?: string | undefined
  readonly retired?: boolean | undefined
  /** The URL, or `none` to take it away. */
  readonly webhook?: string | undefined
}

export interface WantedBuyer {
  readonly kind: 'buyer'
  readonly where: string
  readonly account: string
  readonly name?: string | undefined
  readonly retired?: boolean | undefined
}

/** @property code Absent: a new product, with a code made for it. */
export interface WantedProduct {
  readonly kind: 'product'
  readonly where: string
  readonly code?: string | undefined
  readonly seller?: string | undefined
  readonly name?: string | undefined
  readonly meteredBy?: 'BatchMeterUsage' | 'MeterUsage' | undefined
  readonly oneResourcePerBuyer?: boolean | undefined
  readonly agreements?: 'single' | 'concurrent' | undefined
  readonly concurrentFromMs?: InstantMs | undefined
  readonly integration?: 'legacy' | 'new' | undefined
  /** `null` takes it away. */
  readonly fulfilmentUrl?: string | null | undefined
  /** All of them; what is not named goes. */
  readonly redirectOrigins?: readonly string[] | undefined
  readonly dimensions?: readonly WantedDimension[] | undefined
  readonly retired?: boolean | undefined
  readonly contract?: boolean | undefined
  readonly revokesTokens?: true | undefined
}

export interface WantedDimension {
  readonly name: string
  readonly description?: string | undefined
  readonly unit?: string | undefined
  readonly price?: string | undefined
  readonly retired?: boolean | undefined
}

/** @property identifier Absent: one is made. @property onlyIfNone Nothing is wanted if the buyer has one at the seller. */
export interface WantedCustomerIdentifier {
  readonly kind: 'customerIdentifier'
  readonly where: string
  readonly seller: string
  readonly identifier?: string | undefined
  readonly onlyIfNone?: boolean | undefined
  readonly buyer: string
}

/** One value, by the name of its type; or `removed`. */
export interface WantedEntitlement {
  readonly dimension: string
  readonly integer?: number | undefined
  readonly double?: number | undefined
  readonly boolean?: boolean | undefined
  readonly string?: string | undefined
  readonly removed?: boolean | undefined
}

/**
 * An agreement is found by its id or its license ARN; with neither it is a new one.
 *
 * @property entitlements All of them. @property entitlementChanges Some; the others stay.
 */
export interface WantedAgreement {
  readonly kind: 'agreement'
  readonly where: string
  readonly id?: string | undefined
  readonly licenseArn?: string | undefined
  readonly product?: string | undefined
  readonly buyer?: string | undefined
  readonly start?: WantedInstant | undefined
  readonly end?: WantedInstant | 'never' | undefined
  readonly status?: 'active' | 'cancelled' | 'suspended' | undefined
  readonly entitlements?: readonly WantedEntitlement[] | undefined
  readonly entitlementChanges?: readonly WantedEntitlement[] | undefined
  readonly revokesTokens?: true | undefined
}

/** @property onlyIfNew Was told relative to now, so wanting it again later must change nothing. */
export interface WantedInstant {
  readonly ms: InstantMs
  readonly onlyIfNew: boolean
}

/** @property secret Encrypted already; wanted only for a key that is new. */
export interface WantedAccessKey {
  readonly kind: 'accessKey'
  readonly where: string
  readonly id: string
  readonly account?: string | undefined
  readonly status?: 'active' | 'disabled' | undefined
  readonly description?: string | undefined
  readonly secret?: string | undefined
  readonly temporary?: TemporaryKey | undefined
  readonly operations?: readonly string[] | undefined
}

/** The same secret under another master key: an access key's, or the private one of a public key. */
export interface WantedReencryption {
  readonly kind: 'reencryption'
  readonly where: string
  /** The access key's, or the fingerprint of the public key. */
  readonly id: string
  readonly secret: string
  readonly publicKeyOf?: ProductCode
}

/** A new key pair of a product, its private key encrypted already. The version is the next one. */
export interface WantedPublicKey {
  readonly kind: 'publicKey'
  readonly where: string
  readonly product: string
  readonly publicKey: string
  readonly fingerprint: string
  readonly secret: string
}

/** Wanted by RegisterUsage alone, which has judged it. */
export interface WantedUsageRegistration {
  readonly kind: 'usageRegistration'
  readonly where: string
  readonly product: ProductCode
  readonly buyer: AccountId
  readonly accessKeyId: string
  readonly publicKeyVersion: number
}

/** @property hash Wanted only for a token that is new. */
export interface WantedAdminToken {
  readonly kind: 'adminToken'
  readonly where: string
  readonly id: string
  readonly hash?: string | undefined
  readonly seller?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly description?: string | undefined
  readonly expiresMs?: InstantMs | undefined
  readonly revoked?: boolean | undefined
}

export interface WantedPurpose {
  readonly kind: 'purpose'
  readonly where: string
  readonly purpose: 'demo' | 'production'
}

export type Wanted =
  | WantedPurpose
  | WantedSeller
  | WantedBuyer
  | WantedProduct
  | WantedCustomerIdentifier
  | WantedAgreement
  | WantedAccessKey
  | WantedReencryption
  | WantedAdminToken
  | WantedPublicKey
  | WantedUsageRegistration

/**
 * What may be metered: sellers, products, buyers and their agreements, as the rules see them.
 *
 * Three bindings are fixed for ever, because keys are built from them: customer identifier → buyer
 * (per seller), license ARN → buyer and product, product → seller. Nothing is deleted, only retired.
 */
import type { Admission } from './admission.ts'
import type { BillingLine } from './billing-line.ts'
import type { PublicKeyEntry, UsageRegistrationEntry } from './control-entries.ts'
import type { Entitlement } from './entitlement.ts'
import type { UsageHour } from './hour.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from './usage.ts'

export interface Product {
  readonly code: ProductCode
  readonly seller: AccountId
  readonly name: string
  /** The one operation that meters it; every other answers InvalidProductCodeException. */
  readonly meteredBy: 'BatchMeterUsage' | 'MeterUsage'
  /**
   * Only with MeterUsage: a buyer runs it on one resource, so keys need no label of one and no label counts. For ever,
   * because hours are kept apart by resource.
   */
  readonly oneResourcePerBuyer?: true
  /**
   * The first hour whose usage is billed by license. Absent: agreements are single. Zero: always
   * concurrent. It can be set once, at least an hour ahead, and earlier hours keep their key (D3).
   */
  readonly concurrentFromHour?: UsageHour
  /** The seller knows buyers by account and license alone. Absent: legacy, buyers have customer identifiers. For ever. */
  readonly integration?: 'new'
  /** Where a buyer's browser brings the registration token; canonical (fulfilment-url.ts). */
  readonly fulfilmentUrl?: string
  /** Origins that the fulfilment URL may send the browser on to. */
  readonly redirectOrigins?: readonly string[]
  readonly dimensions: ReadonlyMap<Dimension, DimensionFacts>
  readonly retired: boolean
  /** Sold by contract: its agreements may have entitlements. Once it is, it stays so. */
  readonly contract?: true
  /** Registration tokens of any buyer that were made up to then are good no more. Never goes back. */
  readonly tokensRevokedMs?: InstantMs
}

export interface DimensionFacts {
  readonly name: Dimension
  readonly description: string
  readonly unit: string
  /** Decimal text with at most three decimals, in US dollars a unit; for show, never computed with. */
  readonly price: string
  readonly retired: boolean
}

export interface Agreement {
  readonly id: AgreementId
  readonly licenseArn: LicenseArn
  readonly product: ProductCode
  readonly buyer: AccountId
  readonly startMs: InstantMs
  /** The last instant whose usage it admits; absent while open-ended. A cancellation sets it. */
  readonly endMs?: InstantMs
  readonly status: 'active' | 'cancelled' | 'suspended'
  /** One a dimension; absent if there is none. Only agreements for contract products have any. */
  readonly entitlements?: readonly Entitlement[]
  /** Registration tokens of it that were made up to then are good no more. Never goes back. */
  readonly tokensRevokedMs?: InstantMs
}

/** All that one buyer ever had of one product. */
export interface Purchases {
  /**
   * What usage is billed to while agreements are single. It is one text, kept: a text that is put
   * together anew for each record would be hashed anew in every look-up that follows.
   */
  readonly billingLine: BillingLine
  /** In order of start; at least one. */
  readonly agreements: readonly Agreement[]
  /**
   * The one answer to everything from an hour on, if there is one, and that hour: see `standingOf`. The hour stands by
   * itself because this is read for each record, from memory that is seldom near.
   */
  readonly standing: Admission | undefined
  readonly standingFromHour: UsageHour
}

/** The look-ups that the rules need, all answered from memory. */
export interface Catalog {
  product(code: ProductCode): Product | undefined
  agreementByLicense(licenseArn: LicenseArn): Agreement | undefined
  /** Undefined if the buyer never had an agreement for the product. */
  purchasesOf(product: ProductCode, buyer: AccountId): Purchases | undefined
  buyerOf(seller: AccountId, customerIdentifier: CustomerIdentifier): AccountId | undefined
  /** In order of version; the last is the current one. */
  publicKeysOf(product: ProductCode): readonly PublicKeyEntry[]
  usageRegistration(accessKeyId: string, product: ProductCode): UsageRegistrationEntry | undefined
  /** Who ever had an agreement for the product, in order of their accounts. */
  buyersOf(product: ProductCode): readonly AccountId[]
  /** How a seller names a buyer; of several names, the one that is given out. */
  customerOf(seller: AccountId, buyer: AccountId): CustomerIdentifier | undefined
}

/** Whether usage of now could be billed to it, or could be once it is resumed or begins. */
export function isLive(agreement: Agreement, nowMs: InstantMs): boolean {
  const { status, endMs } = agreement
  return status !== 'cancelled' && (endMs === undefined || endMs > nowMs)
}

/** Whether buyers of the product have customer identifiers in this hour: a new integration has none, nor have concurrent agreements. */
export function isLegacyAt(
  { integration, concurrentFromHour = Infinity as UsageHour }: IntegrationFacts,
  hour: UsageHour,
): boolean {
  return integration === undefined && hour < concurrentFromHour
}

/** As people write it; what has always been concurrent was never legacy. */
export function integrationOf(product: IntegrationFacts): 'legacy' | 'new' {
  return isLegacyAt(product, 0 as UsageHour) ? 'legacy' : 'new'
}

type IntegrationFacts = Pick<Product, 'integration' | 'concurrentFromHour'>

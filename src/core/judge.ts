/**
 * Judges a batch of usage records before the ledger is asked: decision D11 from the product code on.
 *
 * Each rule looks at all records before the next rule looks at any, because one bad record refuses
 * the whole batch and the order of the rules is what callers see. Nothing here knows a clock or a store.
 */
import {
  type Admission,
  admitLicensed,
  admitSingle,
  admitStanding,
  type Reported,
} from './admission.ts'
import { allocationProblem, tagProblem } from './allocations.ts'
import { billingLineOfLicense, billingLineOfProduct, type HourKey } from './billing-line.ts'
import type { Agreement, Catalog, Product, Purchases } from './catalog.ts'
import { type ErrorCode, type Refusal, refusal } from './errors.ts'
import { type UsageHour, usageHourOf } from './hour.ts'
import type { NamedBy, NewRecord } from './metering-record.ts'
import type { Profile } from './profile.ts'
import { isLicenseAlone, LICENSE_ALONE, NO_PRODUCT_NAMED } from './names.ts'
import type { AccountId, BuyerNames, ProductCode, Region, UsageRecord } from './usage.ts'
import { type Now, windowProblem } from './window.ts'

export interface Batch {
  /** Absent when the licenses name the product. */
  readonly productCode?: ProductCode
  readonly records: readonly UsageRecord[]
}

/** Everything that a judgement may depend on. */
export interface Circumstances {
  readonly seller: AccountId
  readonly region: Region
  readonly catalog: Catalog
  readonly profile: Profile
  readonly now: Now
}

/** One record that no rule of the batch refuses; what is held under its key still comes first (D8). */
export type JudgedRecord = AdmittedRecord | UnadmittedRecord

export interface AdmittedRecord {
  readonly kind: 'admitted'
  readonly usage: UsageRecord
  readonly record: NewRecord
}

export interface UnadmittedRecord {
  readonly kind: 'notSubscribed' | 'outsideLicense'
  readonly usage: UsageRecord
  readonly reason: string
  /** Absent if the buyer is unknown: then nothing can be held. */
  readonly key?: HourKey
}

export type Judgement =
  | { readonly ok: false; readonly refusal: Refusal }
  | { readonly ok: true; readonly product: Product; readonly records: readonly JudgedRecord[] }

export function judgeBatch(batch: Batch, circumstances: Circumstances): Judgement {
  const product = productOf(batch, circumstances)
  if ('message' in product) return { ok: false, refusal: product }
  for (const rule of RULES) {
    let index = 0
    for (const usage of batch.records) {
      const reason = rule.problem(usage, product, circumstances)
      if (reason !== undefined) return { ok: false, refusal: refusal(rule.code, reason, index) }
      index++
    }
  }
  const records = batch.records.map((usage) => judgeRecord(usage, product, circumstances))
  return { ok: true, product, records }
}

/** The one product of the request, by its code or by the first license. */
function productOf(batch: Batch, { catalog, seller }: Circumstances): Product | Refusal {
  if (batch.productCode !== undefined) {
    const product = catalog.product(batch.productCode)
    if (product !== undefined && isMeteredHere(product, seller)) return product
    const reason = product?.seller === seller ? productReason(product) : NO_PRODUCT
    return refusal('InvalidProductCodeException', reason)
  }
  const licenseArn = batch.records[0]?.buyer.licenseArn
  if (licenseArn === undefined) return refusal('InvalidProductCodeException', NO_PRODUCT_NAMED)
  const agreement = catalog.agreementByLicense(licenseArn)
  const product = agreement && catalog.product(agreement.product)
  return product !== undefined && isMeteredHere(product, seller)
    ? product
    : refusal('InvalidLicenseException', FOREIGN_LICENSE, 0)
}

const FOREIGN_LICENSE = 'the license is unknown, or another seller’s'

function isMeteredHere(product: Product, seller: AccountId): boolean {
  return product.seller === seller && !product.retired && product.meteredBy === 'BatchMeterUsage'
}

/** Why a product is not the one to name here, for those who may know that it is there. */
export function productReason({ retired, meteredBy }: Product): string {
  return retired ? 'the product is retired' : `the product is metered by ${meteredBy}`
}

/** Sellers read it, so one sentence is for what is not there and for what is another's. */
const NO_PRODUCT = 'the seller has no such product'

interface Rule<Facts> {
  readonly code: ErrorCode
  problem(usage: UsageRecord, product: Product, circumstances: Facts): string | undefined
}

/** The rules that look at the usage itself, whoever reports it, in the order of D11. */
export const USAGE_RULES: readonly Rule<Pick<Circumstances, 'profile'>>[] = [
  {
    code: 'InvalidUsageDimensionException',
    problem: ({ dimension }, product) => {
      const facts = product.dimensions.get(dimension)
      if (facts === undefined) return 'the product has no such dimension'
      return facts.retired ? 'the dimension is retired' : undefined
    },
  },
  {
    code: 'InvalidTagException',
    problem: ({ allocations }, _product, { profile }) =>
      allocations && tagProblem(allocations, profile),
  },
  {
    code: 'InvalidUsageAllocationsException',
    problem: ({ allocations, quantity }) => allocations && allocationProblem(allocations, quantity),
  },
]

/** In the order of D11. Each code may refuse any record before the next code is looked at. */
const RULES: readonly Rule<Circumstances>[] = [
  { code: 'InvalidLicenseException', problem: licenseProblem },
  {
    code: 'InvalidCustomerIdentifierException',
    problem: ({ buyer: { customerIdentifier } }, product, { catalog, profile }) => {
      if (customerIdentifier === undefined) return
      if (product.integration === 'new')
        return 'the product has the new integration: its buyers have none'
      if (profile.unknownCustomer === 'perRecord') return
      if (catalog.buyerOf(product.seller, customerIdentifier) !== undefined) return
      return 'no buyer has this customer identifier'
    },
  },
  ...USAGE_RULES,
  {
    code: 'TimestampOutOfBoundsException',
    problem: ({ timestampMs }, _product, { now, profile }) => {
      const problem = windowProblem(timestampMs, now, profile)
      return problem && `the timestamp ${problem}`
    },
  },
]

function licenseProblem(
  { buyer, timestampMs }: UsageRecord,
  product: Product,
  { catalog }: Circumstances,
): string | undefined {
  if (buyer.licenseArn === undefined) {
    return isBilledByLicense(product, usageHourOf(timestampMs))
      ? 'the product has concurrent agreements, and the record names no license'
      : undefined
  }
  if (isLicenseAlone(buyer)) return LICENSE_ALONE
  const agreement = catalog.agreementByLicense(buyer.licenseArn)
  if (agreement?.product === product.code) {
    return agreement.buyer === buyer.account ? undefined : 'the license is another buyer’s'
  }
  const sold = agreement && catalog.product(agreement.product)
  return sold?.seller === product.seller ? 'the license is of another product' : FOREIGN_LICENSE
}

/** Whether usage of this hour is billed to the license (D3). */
export function isBilledByLicense(
  product: Pick<Product, 'concurrentFromHour'>,
  hour: UsageHour,
): boolean {
  return product.concurrentFromHour !== undefined && hour >= product.concurrentFromHour
}

function judgeRecord(
  usage: UsageRecord,
  product: Product,
  circumstances: Circumstances,
): JudgedRecord {
  const { catalog, now, profile } = circumstances
  const buyer = buyerOf(usage.buyer, product, catalog)
  if (buyer === undefined) return { kind: 'notSubscribed', usage, reason: 'the buyer is unknown' }
  const hour = usageHourOf(usage.timestampMs)
  const byLicense = isBilledByLicense(product, hour)
  const purchases = catalog.purchasesOf(product.code, buyer)
  const reported = {
    timestampMs: usage.timestampMs,
    receivedAtMs: now.ms,
    lastHourMs: profile.lastHourMs,
  }
  const license = usage.buyer.licenseArn && catalog.agreementByLicense(usage.buyer.licenseArn)
  const key: HourKey = {
    region: circumstances.region,
    billingLine:
      byLicense && license !== undefined
        ? billingLineOfLicense(license.licenseArn)
        : (purchases?.billingLine ?? billingLineOfProduct(product.code, buyer)),
    dimension: usage.dimension,
    hour,
    resource: '',
  }
  const admission = admit(license, purchases, byLicense, hour, reported)
  if (admission.kind !== 'admitted') return { ...admission, usage, key }
  const record = newRecord(key, usage, product, buyer, admission.agreement)
  return { kind: 'admitted', usage, record }
}

function buyerOf(names: BuyerNames, product: Product, catalog: Catalog): AccountId | undefined {
  if (names.customerIdentifier === undefined) return names.account
  return catalog.buyerOf(product.seller, names.customerIdentifier)
}

function admit(
  license: Agreement | undefined,
  purchases: Purchases | undefined,
  byLicense: boolean,
  hour: UsageHour,
  reported: Reported,
): Admission {
  const agreements = purchases?.agreements ?? []
  if (license !== undefined) return admitLicensed(license, agreements, byLicense, reported)
  return admitStanding(purchases, hour) ?? admitSingle(agreements, reported)
}

export function newRecord(
  key: HourKey,
  usage: UsageRecord,
  product: Product,
  buyer: AccountId,
  agreement: Agreement,
): NewRecord {
  const { quantity, timestampMs, allocations } = usage
  const record = {
    region: key.region,
    billingLine: key.billingLine,
    dimension: key.dimension,
    hour: key.hour,
    resource: key.resource,
    product: product.code,
    seller: product.seller,
    buyer,
    agreement: agreement.id,
    licenseArn: agreement.licenseArn,
    namedBy: namedBy(usage.buyer),
    quantity,
    timestampMs,
  }
  return allocations === undefined ? record : { ...record, allocations }
}

function namedBy({ licenseArn, customerIdentifier }: BuyerNames): NamedBy {
  if (licenseArn !== undefined) return 'license'
  return customerIdentifier === undefined ? 'account' : 'customerIdentifier'
}

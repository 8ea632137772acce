/**
 * Builders for tests: each names only what the test is about, and gives everything else a usual value.
 *
 * The usual world: it is noon of 23 November 2026; SELLER sells PRODUCT, metered in `requests`, with single
 * agreements; BUYER has had one since the first of November, and is `customer-1` to the seller.
 */
import { billingLineOfProduct } from '../core/billing-line.ts'
import { CatalogIndex } from '../core/catalog-index.ts'
import type { DimensionFacts } from '../core/catalog.ts'
import type {
  AgreementEntry,
  CatalogEntry,
  CustomerIdentifierEntry,
  ProductEntry,
} from '../core/control-entries.ts'
import { usageHourOf } from '../core/hour.ts'
import type { Notice } from '../core/notice.ts'
import type { Call, NewRecord } from '../core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Allocation,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  Quantity,
  Region,
  UsageRecord,
} from '../core/usage.ts'
import type { Now } from '../core/window.ts'

export const SELLER = '111122223333' as AccountId
export const OTHER_SELLER = '111122224444' as AccountId
export const BUYER = '444455556666' as AccountId
export const OTHER_BUYER = '444455557777' as AccountId
export const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b' as ProductCode
export const CUSTOMER = 'customer-1' as CustomerIdentifier
export const DIMENSION = 'requests' as Dimension
export const REGION = 'us-east-1' as Region
export const NOON = at('2026-11-23T12:00:00.000Z')

/** An instant from ISO 8601 text, to the millisecond. */
export function at(text: string): InstantMs {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new RangeError(`not an instant: ${text}`)
  return ms as InstantMs
}

/** The instant that rules are judged by, with its months. */
export function nowAt(instant: string | InstantMs): Now {
  const ms = typeof instant === 'string' ? at(instant) : instant
  const date = new Date(ms)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return {
    ms,
    monthStartMs: Date.UTC(year, month) as InstantMs,
    previousMonthStartMs: Date.UTC(year, month - 1) as InstantMs,
  }
}

/** The license of the agreement `name`, in the form that AWS gives them. */
export function licenseOf(name: string): LicenseArn {
  return `arn:aws:license-manager::294406891311:license:l-${name}` as LicenseArn
}

export function anAgreement(facts: Partial<Omit<AgreementEntry, 'kind'>> = {}): AgreementEntry {
  const id = facts.id ?? ('agmt-1' as AgreementId)
  return {
    kind: 'agreement',
    id,
    licenseArn: licenseOf(id),
    product: PRODUCT,
    buyer: BUYER,
    startMs: at('2026-11-01T00:00:00.000Z'),
    status: 'active',
    ...facts,
  }
}

export function aDimension(facts: Partial<DimensionFacts> = {}): DimensionFacts {
  const usual = { name: DIMENSION, description: 'Requests', unit: 'request', price: '0.001' }
  return { ...usual, retired: false, ...facts }
}

export function aProduct(facts: Partial<Omit<ProductEntry, 'kind'>> = {}): ProductEntry {
  return {
    kind: 'product',
    code: PRODUCT,
    seller: SELLER,
    name: 'Example',
    meteredBy: 'BatchMeterUsage',
    dimensions: [aDimension()],
    retired: false,
    ...facts,
  }
}

export function aCustomerIdentifier(
  facts: Partial<Omit<CustomerIdentifierEntry, 'kind'>> = {},
): CustomerIdentifierEntry {
  return {
    kind: 'customerIdentifier',
    seller: SELLER,
    identifier: CUSTOMER,
    buyer: BUYER,
    ...facts,
  }
}

/** A catalog of the given entries, or of the usual world if there are none. */
export function aCatalog(...entries: readonly CatalogEntry[]): CatalogIndex {
  const index = new CatalogIndex()
  const usual = [aProduct(), anAgreement(), aCustomerIdentifier()]
  for (const entry of entries.length > 0 ? entries : usual) index.put(entry)
  return index
}

interface UsageFacts {
  readonly buyer?: UsageRecord['buyer']
  readonly dimension?: string
  readonly quantity?: number
  readonly timestampMs?: InstantMs
  readonly allocations?: readonly Allocation[]
}

export function aUsageRecord(facts: UsageFacts = {}): UsageRecord {
  return {
    buyer: facts.buyer ?? { account: BUYER },
    dimension: (facts.dimension ?? DIMENSION) as Dimension,
    quantity: (facts.quantity ?? 1) as Quantity,
    timestampMs: facts.timestampMs ?? NOON,
    ...(facts.allocations && { allocations: facts.allocations }),
  }
}

/** Tags as `key=value` texts; none means the part that has no tags. */
export function anAllocation(quantity: number, ...tags: readonly string[]): Allocation {
  return {
    quantity: quantity as Quantity,
    tags: tags.map((tag) => {
      const [key = '', ...value] = tag.split('=')
      return { key, value: value.join('=') }
    }),
  }
}

/** A record that may be held, for PRODUCT and BUYER. */
export function aRecord(facts: Partial<NewRecord> = {}): NewRecord {
  const timestampMs = facts.timestampMs ?? NOON
  const product = facts.product ?? PRODUCT
  const buyer = facts.buyer ?? BUYER
  return {
    region: REGION,
    billingLine: billingLineOfProduct(product, buyer),
    dimension: DIMENSION,
    hour: usageHourOf(timestampMs),
    resource: '',
    product,
    seller: SELLER,
    buyer,
    agreement: 'agmt-1' as AgreementId,
    licenseArn: licenseOf('agmt-1'),
    namedBy: 'account',
    quantity: 1 as Quantity,
    timestampMs,
    ...facts,
  }
}

export function aCall(facts: Partial<Call> = {}): Call {
  return {
    requestId: '00000000-0000-4000-8000-000000000001',
    operation: 'BatchMeterUsage',
    receivedAtMs: NOON,
    account: SELLER,
    accessKeyId: 'AKIDEXAMPLE',
    address: '127.0.0.1',
    userAgent: 'test',
    profile: 'aws-2025',
    ...facts,
  }
}

/** A notice to SELLER of BUYER's agreement, true at once. */
export function aNotice(facts: Partial<Notice> = {}): Notice {
  return {
    id: '00000000-0000-4000-8000-00000000000a',
    requestId: '00000000-0000-4000-8000-0000000000ff',
    kind: 'licenseUpdated',
    seller: SELLER,
    product: PRODUCT,
    buyer: BUYER,
    agreement: 'agmt-1' as AgreementId,
    licenseArn: licenseOf('agmt-1'),
    acceptedMs: NOON,
    startMs: NOON,
    dueMs: NOON,
    ...facts,
  }
}

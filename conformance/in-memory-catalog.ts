/**
 * The catalog of the service in this process.
 *
 * Written here, apart from the demo's, because conformance needs roles that a demo has no use for: another integration, a
 * product of another seller with a buyer of its own, an agreement that ran out.
 */
import type { AgreementEntry, ControlEntry, ProductEntry } from '../src/core/control-entries.ts'
import type { Entitlement } from '../src/core/entitlement.ts'
import type { UsageHour } from '../src/core/hour.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../src/core/usage.ts'
import type { Bindings, Contract, PublicKey } from './bindings.ts'

export const MS_PER_DAY = 86_400_000

export const SELLER = '210987654321' as AccountId
export const OTHER_SELLER = '210987654322' as AccountId
export const SINGLE = 'conformance0000000single0' as ProductCode
export const CONCURRENT = 'conformance000concurrent0' as ProductCode
export const NEW = 'conformance0000000000new0' as ProductCode
export const FOREIGN = 'conformance00000foreign00' as ProductCode
export const CONTAINER = 'conformance00000container0' as ProductCode
const ONE_RESOURCE = 'conformance0000oneresource' as ProductCode
const CONTRACT = 'conformance000000contract' as ProductCode
export const DIMENSIONS = ['requests', 'gigabytes', 'seats']
const CONTAINER_DIMENSIONS = [...DIMENSIONS, 'hours']

export interface BuyerFacts {
  readonly account: string
  readonly customerIdentifier: string
  readonly licenseArns: readonly [string, ...string[]]
}

function buyerFacts(number: number, licenseCount = 1): BuyerFacts {
  const arn = (license: number) =>
    `arn:aws:license-manager::294406891311:license:l-${`${number}${license}`.padStart(32, '0')}`
  const others = Array.from({ length: licenseCount - 1 }, (_, index) => arn(index + 1))
  return {
    account: `1${String(number).padStart(11, '0')}`,
    customerIdentifier: `CONFORMABC${number}`,
    licenseArns: [arn(0), ...others],
  }
}

export const ACTIVE = [buyerFacts(1), buyerFacts(2), buyerFacts(3)]
export const CANCELLED = buyerFacts(4)
export const SUSPENDED = buyerFacts(5)
export const TWO_LICENSES = buyerFacts(6, 2)
export const FOREIGN_BUYER = buyerFacts(7)
export const CONTAINER_BUYER = buyerFacts(8, 2)
export const LAPSED = buyerFacts(9)
const FIRST = buyerFacts(10)
const SECOND = buyerFacts(11)
const ENDED = buyerFacts(12)
const FIRST_ENDS = daysAgo(-100)

const ENTITLEMENTS: Readonly<Record<'first' | 'second', readonly Entitlement[]>> = {
  first: [
    { dimension: 'requests' as Dimension, integer: 2_147_483_647 },
    { dimension: 'gigabytes' as Dimension, double: 0.5 },
    { dimension: 'seats' as Dimension, boolean: false },
    { dimension: 'plan' as Dimension, string: 'gold é' },
  ],
  second: [{ dimension: 'requests' as Dimension, integer: 0 }],
}

export function entries(): readonly ControlEntry[] {
  return [
    { kind: 'seller', account: SELLER, name: 'Conformance', retired: false },
    { kind: 'seller', account: OTHER_SELLER, name: 'Another seller', retired: false },
    product(SINGLE, SELLER),
    { ...product(CONCURRENT, SELLER), concurrentFromHour: 0 as UsageHour },
    { ...product(NEW, SELLER), integration: 'new' },
    product(FOREIGN, OTHER_SELLER),
    ...ACTIVE.flatMap((buyer) => purchase(buyer, SELLER, SINGLE, { status: 'active' })),
    ...purchase(CANCELLED, SELLER, SINGLE, { status: 'cancelled', endMs: daysAgo(10) }),
    ...purchase(SUSPENDED, SELLER, SINGLE, { status: 'suspended' }),
    ...purchase(TWO_LICENSES, SELLER, CONCURRENT, { status: 'active' }),
    ...purchase(FOREIGN_BUYER, OTHER_SELLER, FOREIGN, { status: 'active' }),
    ...containerEntries(),
    ...contractEntries(),
  ]
}

/** The buyer's first license is for the container, the second for what it runs once. */
function containerEntries(): readonly ControlEntry[] {
  const [container, oneResource = ''] = CONTAINER_BUYER.licenseArns
  const bought = (code: ProductCode, licenseArn: string) =>
    purchase({ ...CONTAINER_BUYER, licenseArns: [licenseArn] }, SELLER, code, { status: 'active' })
  return [
    { ...product(CONTAINER, SELLER, CONTAINER_DIMENSIONS), meteredBy: 'MeterUsage' },
    { ...product(ONE_RESOURCE, SELLER), meteredBy: 'MeterUsage', oneResourcePerBuyer: true },
    ...bought(CONTAINER, container),
    ...bought(ONE_RESOURCE, oneResource),
    ...purchase(LAPSED, SELLER, CONTAINER, { status: 'cancelled', endMs: daysAgo(10) }),
  ]
}

function contractEntries(): readonly ControlEntry[] {
  const { first, second } = ENTITLEMENTS
  const over = { status: 'active', endMs: daysAgo(1), entitlements: second } as const
  return [
    { ...product(CONTRACT, SELLER, [...DIMENSIONS, 'plan']), contract: true },
    ...purchase(FIRST, SELLER, CONTRACT, {
      ...{ status: 'active', endMs: FIRST_ENDS, entitlements: first },
    }),
    ...purchase(SECOND, SELLER, CONTRACT, { status: 'active', entitlements: second }),
    ...purchase(ENDED, SELLER, CONTRACT, over),
  ]
}

export function daysAgo(days: number): InstantMs {
  return (Date.now() - days * MS_PER_DAY) as InstantMs
}

function product(
  code: ProductCode,
  seller: AccountId,
  dimensions: readonly string[] = DIMENSIONS,
): ProductEntry {
  return {
    kind: 'product',
    code,
    seller,
    name: code,
    meteredBy: 'BatchMeterUsage',
    retired: false,
    dimensions: dimensions.map((name) => ({
      name: name as Dimension,
      description: name,
      unit: 'units',
      price: '0.001',
      retired: false,
    })),
  }
}

type AgreementState = Pick<AgreementEntry, 'status' | 'endMs' | 'entitlements'>

function purchase(
  buyer: BuyerFacts,
  seller: AccountId,
  code: ProductCode,
  state: AgreementState,
): readonly ControlEntry[] {
  const account = buyer.account as AccountId
  const identifier = buyer.customerIdentifier as CustomerIdentifier
  return [
    { kind: 'buyer', account, name: account, retired: false },
    { kind: 'customerIdentifier', seller, identifier, buyer: account },
    ...buyer.licenseArns.map((arn): AgreementEntry => ({
      kind: 'agreement',
      id: `agmt-${arn.slice(-8)}` as AgreementId,
      licenseArn: arn as LicenseArn,
      product: code,
      buyer: account,
      startMs: daysAgo(30),
      ...state,
    })),
  ]
}

type FurtherProducts = Pick<Bindings, 'containerProduct' | 'oneResourceProduct' | 'contractProduct'>

export function furtherProducts(publicKeys: readonly PublicKey[]): FurtherProducts {
  const [licenseArn] = CONTAINER_BUYER.licenseArns
  const { first, second } = ENTITLEMENTS
  const expires = new Date(FIRST_ENDS).toISOString()
  return {
    containerProduct: {
      code: CONTAINER,
      dimensions: [...CONTAINER_DIMENSIONS],
      buyer: CONTAINER_BUYER.account,
      licenseArn,
      lapsedBuyer: LAPSED.account,
      publicKeys: publicKeys.map(({ version, publicKey }) => ({ version, publicKey })),
    },
    oneResourceProduct: { code: ONE_RESOURCE, dimensions: [...DIMENSIONS] },
    contractProduct: {
      code: CONTRACT,
      first: { ...contractOf(FIRST, first), expires },
      second: contractOf(SECOND, second),
      ended: buyerOf(ENDED),
    },
  }
}

export function buyerOf({ account, customerIdentifier, licenseArns: [licenseArn] }: BuyerFacts) {
  return { account, customerIdentifier, licenseArn }
}

function contractOf(buyer: BuyerFacts, entitlements: readonly Entitlement[]): Contract {
  return { ...buyerOf(buyer), entitlements: entitlements.map(entitlementOf) }
}

function entitlementOf({ dimension, ...value }: Entitlement): Contract['entitlements'][number] {
  if ('integer' in value) return { dimension, value: { IntegerValue: value.integer } }
  if ('double' in value) return { dimension, value: { DoubleValue: value.double } }
  if ('boolean' in value) return { dimension, value: { BooleanValue: value.boolean } }
  return { dimension, value: { StringValue: value.string } }
}

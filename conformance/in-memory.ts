/**
 * A service of our own in this process, with every role bound and every control at hand, so that no case is skipped.
 *
 * The catalog is written here, apart from the demo's, because conformance needs roles that a demo has no use for:
 * expired, disabled and restricted keys, a second seller, a second Region.
 */
import { randomBytes } from 'node:crypto'
import { CatalogIndex } from '../src/core/catalog-index.ts'
import type {
  AccessKeyEntry,
  AgreementEntry,
  ControlEntry,
  ProductEntry,
} from '../src/core/control-entries.ts'
import type { Profile } from '../src/core/profile.ts'
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
import type { Registration } from '../src/core/registration.ts'
import { masterKeyOf, type MasterKeyRing, ringOf } from '../src/server/keys/master-keys.ts'
import { newLongTermKey, newTemporaryKey } from '../src/server/keys/new-key.ts'
import { sealSecret } from '../src/server/keys/secrets.ts'
import { SigningKeys } from '../src/server/keys/signing-keys.ts'
import { sealRegistration } from '../src/server/registration-tokens.ts'
import type { Observer } from '../src/server/service.ts'
import { startService } from '../src/server/start.ts'
import { MemoryControlStore } from '../src/store/control-memory.ts'
import { MemoryLedger } from '../src/store/memory.ts'
import { hashSessionToken } from '../src/wire/sigv4/index.ts'
import type { Bindings, Key } from './bindings.ts'
import type { Target } from './run.ts'

const MS_PER_DAY = 86_400_000
const LEDGER_REGIONS = ['us-east-1', 'eu-west-1']

const SELLER = '210987654321' as AccountId
const OTHER_SELLER = '210987654322' as AccountId
const SINGLE = 'conformance0000000single0' as ProductCode
const CONCURRENT = 'conformance000concurrent0' as ProductCode
const NEW = 'conformance0000000000new0' as ProductCode
const FOREIGN = 'conformance00000foreign00' as ProductCode
const DIMENSIONS = ['requests', 'gigabytes', 'seats']

export interface InMemoryTarget extends Target {
  /** What the service could not foresee; must stay empty. */
  readonly failures: readonly unknown[]
  close(): Promise<void>
}

/** @param quotas Turns the profile's quotas on: then only the cases about throttling run. */
export async function startInMemory(profile: Profile, quotas = false): Promise<InMemoryTarget> {
  const catalog = new CatalogIndex()
  const master = masterKeyOf(randomBytes(32))
  const failures: unknown[] = []
  let frozenMs: number | undefined
  for (const entry of entries()) catalog.put(entry)
  const keys = makeKeys((id, secret) => sealSecret(master, id, secret, randomBytes))
  for (const { entry } of Object.values(keys)) catalog.put(entry)

  const running = await startService({
    profile,
    regions: LEDGER_REGIONS,
    ledger: new MemoryLedger(() => Date.now() * 1_000),
    catalog,
    masterKeys: ringOf([master]),
    tokenUses: new MemoryControlStore(),
    signingKeys: new SigningKeys('aws-marketplace', 100),
    observer: silentObserver(failures),
    health: () => undefined,
    host: '127.0.0.1',
    port: 0,
    quotas,
    waitingMax: 10_000,
    connectionsMax: 100,
    nowMs: () => frozenMs ?? Date.now(),
  })
  return {
    endpoint: new URL(running.endpoint),
    bindings: {
      ...bindingsOf(profile, keys),
      quotas,
      registrationTokens: tokensOf(ringOf([master])),
    },
    failures,
    controls: {
      freezeClock: async (instantMs) => {
        frozenMs = instantMs
      },
      setAgreement: async (change, licenseArn) => {
        const agreement = catalog.agreementByLicense(licenseArn as LicenseArn)
        if (agreement === undefined) throw new Error(`no agreement has the license ${licenseArn}`)
        const status = change === 'suspend' ? 'suspended' : 'active'
        catalog.put({ ...agreement, kind: 'agreement', status })
      },
    },
    close: () => running.close(1_000),
  }
}

function silentObserver(failures: unknown[]): Observer {
  const ignore = () => undefined
  return {
    answered: ignore,
    settled: ignore,
    refused: ignore,
    failed: (_, error) => failures.push(error),
  }
}

interface BuyerFacts {
  readonly account: string
  readonly customerIdentifier: string
  readonly licenseArns: readonly [string, ...string[]]
}

function buyerFacts(number: number, licenseCount = 1): BuyerFacts {
  const arn = (license: number) =>
    `arn:aws:license-manager::294406891311:license:l-${`${number}${license}`.padStart(32, '0')}`
  const others = Array.from({ length: licenseCount - 1 }, (_, index) => arn(index + 1))
  return {
    account: `10000000000${number}`,
    customerIdentifier: `CONFORMABC${number}`,
    licenseArns: [arn(0), ...others],
  }
}

const ACTIVE = [buyerFacts(1), buyerFacts(2), buyerFacts(3)]
const CANCELLED = buyerFacts(4)
const SUSPENDED = buyerFacts(5)
const TWO_LICENSES = buyerFacts(6, 2)
const FOREIGN_BUYER = buyerFacts(7)

function entries(): readonly ControlEntry[] {
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
  ]
}

function daysAgo(days: number): InstantMs {
  return (Date.now() - days * MS_PER_DAY) as InstantMs
}

function product(code: ProductCode, seller: AccountId): ProductEntry {
  return {
    kind: 'product',
    code,
    seller,
    name: code,
    meteredBy: 'BatchMeterUsage',
    retired: false,
    dimensions: DIMENSIONS.map((name) => ({
      name: name as Dimension,
      description: name,
      unit: 'units',
      price: '0.001',
      retired: false,
    })),
  }
}

type AgreementState = Pick<AgreementEntry, 'status' | 'endMs'>

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

/** Made at this instant, so that cases with a clock may look at both sides of a token's end. */
const TOKEN_MADE_MS = Date.parse('2026-11-23T12:00:00.000Z')

function tokensOf(masterKeys: MasterKeyRing): NonNullable<Bindings['registrationTokens']> {
  const token = (
    { account, customerIdentifier, licenseArns }: BuyerFacts,
    facts: Partial<Registration>,
  ): string => {
    const registration = {
      seller: SELLER,
      product: SINGLE,
      buyer: account as AccountId,
      licenseArn: licenseArns[0] as LicenseArn,
      customerIdentifier: customerIdentifier as CustomerIdentifier,
      issuedMs: Date.now() as InstantMs,
      ...facts,
    }
    return sealRegistration(masterKeys, registration, randomBytes)
  }
  const [active = FOREIGN_BUYER] = ACTIVE
  return {
    active: token(active, {}),
    concurrent: token(TWO_LICENSES, { product: CONCURRENT }),
    otherSeller: token(FOREIGN_BUYER, { seller: OTHER_SELLER, product: FOREIGN }),
    expired: token(active, { issuedMs: daysAgo(1) }),
    ofNoon: token(active, { issuedMs: TOKEN_MADE_MS as InstantMs }),
  }
}

interface MadeKey {
  readonly key: Key
  readonly entry: AccessKeyEntry
}

type Seal = (accessKeyId: string, secret: string) => string

type KeyRoles = Record<keyof Bindings['keys'], MadeKey>

function makeKeys(seal: Seal): KeyRoles {
  const long = (account: AccountId, changes: Partial<AccessKeyEntry> = {}): MadeKey => {
    const { accessKeyId, secretAccessKey } = newLongTermKey(randomBytes)
    const secret = seal(accessKeyId, secretAccessKey)
    return {
      key: { accessKeyId, secretAccessKey },
      entry: { ...keyEntry(accessKeyId, account, secret), ...changes },
    }
  }
  const temporary = (expiresMs: number): MadeKey => {
    const key = newTemporaryKey(randomBytes)
    const { accessKeyId, secretAccessKey, sessionToken } = key
    const sessionTokenHash = hashSessionToken(sessionToken).toString('hex')
    const entry = keyEntry(accessKeyId, SELLER, seal(accessKeyId, secretAccessKey))
    return {
      key: { accessKeyId, secretAccessKey, sessionToken },
      entry: { ...entry, temporary: { expiresMs: expiresMs as InstantMs, sessionTokenHash } },
    }
  }
  return {
    seller: long(SELLER),
    otherSeller: long(OTHER_SELLER),
    disabled: long(SELLER, { status: 'disabled' }),
    restricted: long(SELLER, { operations: ['ResolveCustomer'] }),
    temporary: temporary(Date.now() + MS_PER_DAY),
    expired: temporary(Date.now() - 1_000),
  }
}

function keyEntry(id: string, account: AccountId, secret: string): AccessKeyEntry {
  const createdMs = daysAgo(30)
  return { kind: 'accessKey', id, account, status: 'active', description: '', createdMs, secret }
}

function bindingsOf(profile: Profile, keys: KeyRoles): Bindings {
  const buyer = ({ account, customerIdentifier, licenseArns: [licenseArn] }: BuyerFacts) => ({
    account,
    customerIdentifier,
    licenseArn,
  })
  const { account, customerIdentifier, licenseArns } = TWO_LICENSES
  return {
    region: 'us-east-1',
    secondRegion: 'eu-west-1',
    profile: profile.name === 'aws-2026' ? 'aws-2026' : 'aws-2025',
    authStatus: profile.authStatus,
    keys: {
      seller: keys.seller.key,
      otherSeller: keys.otherSeller.key,
      disabled: keys.disabled.key,
      restricted: keys.restricted.key,
      temporary: keys.temporary.key,
      expired: keys.expired.key,
    },
    product: { code: SINGLE, dimensions: [...DIMENSIONS] },
    concurrentProduct: { code: CONCURRENT, dimensions: [...DIMENSIONS] },
    newProduct: { code: NEW, dimensions: [...DIMENSIONS] },
    otherProduct: { code: FOREIGN, buyer: buyer(FOREIGN_BUYER) },
    buyers: {
      active: ACTIVE.map(buyer),
      cancelled: buyer(CANCELLED),
      suspended: buyer(SUSPENDED),
      concurrent: { account, customerIdentifier, licenseArns: [...licenseArns] },
    },
  }
}

/**
 * A service of our own in this process, with every role bound and every control at hand, so that no case is skipped.
 *
 * Beside the roles of in-memory-catalog.ts: expired, disabled and restricted keys, those of buyers, a second Region.
 */
import { randomBytes } from 'node:crypto'
import { CatalogIndex } from '../src/core/catalog-index.ts'
import type { AccessKeyEntry, ControlEntry, PublicKeyEntry } from '../src/core/control-entries.ts'
import type { Profile } from '../src/core/profile.ts'
import type { AccountId, CustomerIdentifier, InstantMs, LicenseArn } from '../src/core/usage.ts'
import type { Registration } from '../src/core/registration.ts'
import {
  type MasterKey,
  masterKeyOf,
  type MasterKeyRing,
  ringOf,
} from '../src/server/keys/master-keys.ts'
import { newLongTermKey, newTemporaryKey } from '../src/server/keys/new-key.ts'
import { newPublicKey } from '../src/server/keys/public-keys.ts'
import { sealSecret } from '../src/server/keys/secrets.ts'
import { SigningKeys } from '../src/server/keys/signing-keys.ts'
import { sealRegistration } from '../src/server/registration-tokens.ts'
import type { Observer } from '../src/server/service.ts'
import { startService } from '../src/server/start.ts'
import { MemoryControlStore } from '../src/store/control-memory.ts'
import { MemoryLedger } from '../src/store/memory.ts'
import { hashSessionToken } from '../src/wire/sigv4/index.ts'
import type { Bindings, Key } from './bindings.ts'
import {
  ACTIVE,
  type BuyerFacts,
  buyerOf,
  CANCELLED,
  CONCURRENT,
  CONTAINER,
  CONTAINER_BUYER,
  daysAgo,
  DIMENSIONS,
  entries,
  FOREIGN,
  FOREIGN_BUYER,
  furtherProducts,
  LAPSED,
  MS_PER_DAY,
  NEW,
  OTHER_SELLER,
  SELLER,
  SINGLE,
  SUSPENDED,
  TWO_LICENSES,
} from './in-memory-catalog.ts'
import type { Target } from './run.ts'

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
  const roles = await rolesFor(profile, quotas, master)
  for (const entry of roles.entries) catalog.put(entry)
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
    bindings: roles.bindings,
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

export const LEDGER_REGIONS = ['us-east-1', 'eu-west-1'] as const

/** Everything that the cases name, and by which names. */
export interface Roles {
  readonly entries: readonly ControlEntry[]
  readonly bindings: Bindings
}

/** @param master Under which secrets and tokens are sealed. */
export async function rolesFor(
  profile: Profile,
  quotas: boolean,
  master: MasterKey,
): Promise<Roles> {
  const keys = makeKeys((id, secret) => sealSecret(master, id, secret, randomBytes))
  const publicKeys = [await publicKey(master, 1), await publicKey(master, 2)]
  return {
    entries: [...entries(), ...Object.values(keys).map(({ entry }) => entry), ...publicKeys],
    bindings: {
      ...bindingsOf(profile, keys),
      ...furtherProducts(publicKeys),
      quotas,
      registrationTokens: tokensOf(ringOf([master])),
    },
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

/** The first of them was rotated a day ago. */
async function publicKey(master: MasterKey, version: number): Promise<PublicKeyEntry> {
  const pair = await newPublicKey(master, randomBytes)
  const createdMs = daysAgo(3 - version)
  const rotated = version === 1 ? { rotatedMs: daysAgo(1) } : {}
  return { kind: 'publicKey', product: CONTAINER, version, createdMs, ...pair, ...rotated }
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
  const temporary = (
    expiresMs: number,
    account: AccountId = SELLER,
    resource?: string,
  ): MadeKey => {
    const key = newTemporaryKey(randomBytes)
    const { accessKeyId, secretAccessKey, sessionToken } = key
    const sessionTokenHash = hashSessionToken(sessionToken).toString('hex')
    const entry = keyEntry(accessKeyId, account, seal(accessKeyId, secretAccessKey))
    const label = resource === undefined ? {} : { resource }
    return {
      key: { accessKeyId, secretAccessKey, sessionToken },
      entry: {
        ...entry,
        temporary: { expiresMs: expiresMs as InstantMs, sessionTokenHash, ...label },
      },
    }
  }
  const tomorrow = Date.now() + MS_PER_DAY
  const buyer = CONTAINER_BUYER.account as AccountId
  return {
    seller: long(SELLER),
    otherSeller: long(OTHER_SELLER),
    disabled: long(SELLER, { status: 'disabled' }),
    restricted: long(SELLER, { operations: ['ResolveCustomer'] }),
    temporary: temporary(tomorrow),
    expired: temporary(Date.now() - 1_000),
    buyer: temporary(tomorrow, buyer, 'conformance-1'),
    buyerElsewhere: temporary(tomorrow, buyer, 'conformance-2'),
    buyerUnlabelled: long(buyer),
    lapsedBuyer: temporary(tomorrow, LAPSED.account as AccountId, 'conformance-1'),
  }
}

function keyEntry(id: string, account: AccountId, secret: string): AccessKeyEntry {
  const createdMs = daysAgo(30)
  return { kind: 'accessKey', id, account, status: 'active', description: '', createdMs, secret }
}

function bindingsOf(profile: Profile, keys: KeyRoles): Bindings {
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
      buyer: keys.buyer.key,
      buyerElsewhere: keys.buyerElsewhere.key,
      buyerUnlabelled: keys.buyerUnlabelled.key,
      lapsedBuyer: keys.lapsedBuyer.key,
    },
    product: { code: SINGLE, dimensions: [...DIMENSIONS] },
    concurrentProduct: { code: CONCURRENT, dimensions: [...DIMENSIONS] },
    newProduct: { code: NEW, dimensions: [...DIMENSIONS] },
    otherProduct: { code: FOREIGN, buyer: buyerOf(FOREIGN_BUYER) },
    buyers: {
      active: ACTIVE.map(buyerOf),
      cancelled: buyerOf(CANCELLED),
      suspended: buyerOf(SUSPENDED),
      concurrent: { account, customerIdentifier, licenseArns: [...licenseArns] },
    },
  }
}

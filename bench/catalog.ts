/** A catalog as big as a scenario wants it, put straight into the control store: sellers alike, a product each. */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlEntry } from '../src/core/control-entries.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from '../src/core/usage.ts'
import { openMasterKeyFile } from '../src/server/keys/master-key-file.ts'
import type { MasterKey } from '../src/server/keys/master-keys.ts'
import { newLongTermKey } from '../src/server/keys/new-key.ts'
import { sealSecret } from '../src/server/keys/secrets.ts'
import type { ControlStore } from '../src/store/control.ts'
import { SqliteControlStore } from '../src/store/sqlite-control/store.ts'
import type { Caller, KeySpace } from './requests.ts'

export type CatalogSize = Pick<KeySpace, 'buyers' | 'dimensions'>

export const FIRST_BUYER = 100_000_000_000
const FIRST_SELLER = 900_000_000_000
const DAYS_30_MS = 30 * 86_400_000

/** Fills the control store of a folder that has none; gives one caller for each seller. */
export async function seedCatalog(
  folder: string,
  size: CatalogSize,
  sellers = 1,
): Promise<readonly Caller[]> {
  mkdirSync(folder, { recursive: true })
  const keys = openMasterKeyFile(join(folder, 'master.key'))
  if (!keys.ok) throw new Error(keys.problem)
  const control = new SqliteControlStore(join(folder, 'control.db'))
  try {
    return await seedInto(control, keys.ring.current, size, sellers)
  } finally {
    await control.close()
  }
}

/** Fills an empty control store; gives one caller for each seller. */
export async function seedInto(
  control: ControlStore,
  masterKey: MasterKey,
  size: CatalogSize,
  sellers = 1,
): Promise<readonly Caller[]> {
  const made = Array.from({ length: sellers }, (_, seller) => newCaller(masterKey, seller))
  const purpose: ControlEntry = { kind: 'purpose', purpose: 'production' }
  await control.commit({
    upon: 0,
    entries: [
      purpose,
      ...made.flatMap(({ entry }, seller) => sellerEntries(seller, size).concat(entry)),
    ],
    atMs: Date.now() as InstantMs,
    actor: 'user:bench',
    summary: 'the catalog of a bench',
  })
  return made.map(({ caller }) => caller)
}

function newCaller(masterKey: MasterKey, seller: number): { caller: Caller; entry: ControlEntry } {
  const { accessKeyId, secretAccessKey } = newLongTermKey(randomBytes)
  return {
    caller: {
      accessKeyId,
      secretAccessKey,
      productCode: productCodeOf(seller),
      firstBuyer: FIRST_BUYER,
    },
    entry: {
      kind: 'accessKey',
      id: accessKeyId,
      account: sellerAccountOf(seller),
      status: 'active',
      description: 'bench',
      createdMs: Date.now() as InstantMs,
      secret: sealSecret(masterKey, accessKeyId, secretAccessKey, randomBytes),
    },
  }
}

function sellerEntries(seller: number, { buyers, dimensions }: CatalogSize): ControlEntry[] {
  return [
    {
      kind: 'seller',
      account: sellerAccountOf(seller),
      name: `Seller ${seller}`,
      retired: false,
    },
    {
      kind: 'product',
      code: productCodeOf(seller),
      seller: sellerAccountOf(seller),
      name: `Product ${seller}`,
      meteredBy: 'BatchMeterUsage',
      dimensions: Array.from({ length: dimensions }, (_, index) => ({
        name: `dimension-${index}` as Dimension,
        description: '',
        unit: 'Units',
        price: '0.001',
        retired: false,
      })),
      retired: false,
    },
    ...Array.from({ length: buyers }, (_, buyer) =>
      buyerEntries(seller, buyer, seller * buyers + buyer),
    ).flat(),
  ]
}

function buyerEntries(seller: number, buyer: number, serial: number): ControlEntry[] {
  const account = String(FIRST_BUYER + buyer) as AccountId
  return [
    { kind: 'buyer', account, name: `Buyer ${buyer}`, retired: false },
    {
      kind: 'agreement',
      id: agreementIdOf(serial),
      licenseArn: licenseArnOf(serial),
      product: productCodeOf(seller),
      buyer: account,
      startMs: (Date.now() - DAYS_30_MS) as InstantMs,
      status: 'active',
    },
  ]
}

export function productCodeOf(seller: number): ProductCode {
  return `bench${String(seller).padStart(20, '0')}` as ProductCode
}

export function sellerAccountOf(seller: number): AccountId {
  return String(FIRST_SELLER + seller) as AccountId
}

export function agreementIdOf(serial: number): AgreementId {
  return `agmt-${String(serial).padStart(32, '0')}` as AgreementId
}

export function licenseArnOf(serial: number): LicenseArn {
  const license = String(serial).padStart(32, '0')
  return `arn:aws:license-manager::294406891311:license:l-${license}` as LicenseArn
}

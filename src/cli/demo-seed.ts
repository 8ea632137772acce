/** Puts the demo catalog into a ledger, and reads from it what the demo has to tell. */
import type { Product } from '../core/catalog.ts'
import type { AccountId } from '../core/usage.ts'
import { hashAdminToken } from '../server/admin-tokens.ts'
import { type DemoKey, readDemoCatalog, seedDemoCatalog } from '../server/catalog-file/demo.ts'
import { CommandFailure } from './command.ts'
import { type Host, START_FAILED } from './host.ts'

/** As fixed and as public as the demo's access keys; the demo listens on loopback. */
export const DEMO_ADMIN_TOKEN = 'demo-admin-token-0000000000000000'
const DEMO_ADMIN_TOKEN_ID = 'tok-demo'

/** Safe to repeat: what is there already stays as it is. */
export async function seedDemo({ control, masterKeys }: Host): Promise<void> {
  const nowMs = Date.now()
  const problems = await seedDemoCatalog(control, masterKeys, nowMs)
  if (problems.length > 0) throw new CommandFailure(problems.join('\n'), START_FAILED)
  const token = {
    kind: 'adminToken',
    where: 'the demo',
    id: DEMO_ADMIN_TOKEN_ID,
    hash: hashAdminToken(DEMO_ADMIN_TOKEN),
    description: 'Demo token',
  } as const
  const summary = 'the demo token'
  const decision = await control.change({ wanted: [token], nowMs, actor: 'demo', summary })
  const kept = control.index.adminTokenByHash(token.hash)
  if (!decision.ok || kept?.revoked !== false) {
    const advice = 'the demo token of this ledger was revoked; start with another --data'
    throw new CommandFailure(advice, START_FAILED)
  }
}

/** The key of each account that has one: the sellers, and a buyer. */
export function demoKeys(): ReadonlyMap<string, DemoKey> {
  return new Map(readDemoCatalog().keys.map((key) => [key.account, key]))
}

/** What a script needs to use the demo: the first seller's world. */
export interface DemoFacts {
  readonly products: readonly {
    readonly code: string
    readonly dimensions: readonly string[]
    readonly meteredBy: Product['meteredBy']
    readonly contract: boolean
  }[]
  /** One for each active agreement, the first of them with the first product. */
  readonly buyers: readonly {
    readonly awsAccountId: string
    readonly customerIdentifier?: string
    readonly licenseArn: string
    readonly productCode: string
    /** The buyer's own, with which MeterUsage and RegisterUsage are signed. */
    readonly accessKeyId?: string
    readonly secretAccessKey?: string
  }[]
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export function demoFacts({ control: { index } }: Host): DemoFacts {
  const { file, keys } = readDemoCatalog()
  const { code, seller } = file.products?.[0] ?? {}
  // A process has its own before those it reads of others', so the file's order is everybody's.
  const turns = new Map(file.products?.map((product, turn) => [product.code, turn]))
  const turnOf = (product: { code: string }) => turns.get(product.code) ?? turns.size
  const products = [...index.products.values()]
    .filter((product) => product.seller === seller)
    .sort((left, right) => turnOf(left) - turnOf(right))
  const key = keys.find(({ account }) => account === seller)
  if (code === undefined || key === undefined)
    throw new Error('the demo catalog lacks a product or a key')
  const buyers = products.flatMap((product) =>
    [...index.agreementsOfProduct(product.code)]
      .filter(({ status }) => status === 'active')
      .map(({ buyer, licenseArn }) => ({
        awsAccountId: buyer,
        ...customerIdentifierOf(index, product.seller, buyer),
        licenseArn,
        productCode: product.code,
        ...keyOf(buyer, keys),
      })),
  )
  return {
    products: products.map(({ code, dimensions, meteredBy, contract = false }) => ({
      code,
      dimensions: dimensions.map(({ name }) => name),
      meteredBy,
      contract,
    })),
    buyers,
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
  }
}

function keyOf(buyer: AccountId, keys: readonly DemoKey[]): Partial<Omit<DemoKey, 'account'>> {
  const { account, ...key } = keys.find((one) => one.account === buyer) ?? {}
  return account === undefined ? {} : key
}

function customerIdentifierOf(
  { customerIdentifiers }: Host['control']['index'],
  seller: AccountId,
  buyer: AccountId,
): { customerIdentifier?: string } {
  for (const entry of customerIdentifiers.values()) {
    if (entry.seller === seller && entry.buyer === buyer) {
      return { customerIdentifier: entry.identifier }
    }
  }
  return {}
}

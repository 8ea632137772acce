/** What a seed made, as a test needs it: the shape of the ready line of `npm start -- --json`. */
import type { CatalogIndex } from '../core/catalog-index.ts'
import { SandboxRefused } from './refused.ts'
import type { Seed } from './seed.ts'

export interface SandboxProduct {
  readonly code: string
  readonly dimensions: readonly string[]
}

/** One for each agreement that is active by the sandbox's clock, or will be: what has ended takes no usage of now. */
export interface SandboxBuyer {
  readonly awsAccountId: string
  readonly customerIdentifier?: string
  readonly licenseArn: string
  readonly productCode: string
}

/** In the seed's order. */
export function productsOf({ products }: CatalogIndex, seed: Seed): readonly SandboxProduct[] {
  const turns = new Map(seed.products?.map(({ code }, turn) => [code, turn]))
  const turnOf = ({ code }: { code: string }) => turns.get(code) ?? turns.size
  return [...products.values()]
    .sort((left, right) => turnOf(left) - turnOf(right))
    .map(({ code, dimensions }) => ({ code, dimensions: dimensions.map(({ name }) => name) }))
}

export function buyersOf(catalog: CatalogIndex, nowMs: number): readonly SandboxBuyer[] {
  return [...catalog.agreements.values()]
    .filter(({ status, endMs }) => status === 'active' && (endMs === undefined || endMs > nowMs))
    .map(({ buyer, licenseArn, product }) => {
      const seller = catalog.products.get(product)?.seller
      const customer = seller === undefined ? undefined : catalog.customerOf(seller, buyer)
      return {
        awsAccountId: buyer,
        ...(customer !== undefined && { customerIdentifier: customer }),
        licenseArn,
        productCode: product,
      }
    })
}

/** What a client signs with. */
export interface SandboxKey {
  readonly account: string
  /** Sellers sign BatchMeterUsage, ResolveCustomer and GetEntitlements; buyers MeterUsage and RegisterUsage. */
  readonly role: 'seller' | 'buyer'
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary keys. */
  readonly sessionToken?: string
  /** What a temporary key runs on. */
  readonly resource?: string
  readonly description?: string
}

/** As they are written, in their order: the first is the one that a client is made with unless another is asked for. */
export function keysOf({
  accessKeys = [],
  temporaryKeys = [],
  sellers = [],
}: Seed): readonly SandboxKey[] {
  const isSeller = new Set(sellers.map(({ account }) => account))
  return [...accessKeys, ...temporaryKeys].map((key) => {
    const { id, account = '', secret = '', description } = key
    const { sessionToken, resource } = { sessionToken: undefined, resource: undefined, ...key }
    return {
      account,
      role: isSeller.has(account) ? 'seller' : 'buyer',
      accessKeyId: id,
      secretAccessKey: secret,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(resource !== undefined && { resource }),
      ...(description !== undefined && { description }),
    }
  })
}

/** @throws SandboxRefused that names those there are */
export function keyFor(
  keys: readonly SandboxKey[],
  account: string | SandboxBuyer,
  resource?: string,
): SandboxKey {
  const asked = typeof account === 'string' ? account : account.awsAccountId
  const found = keys.find(
    (key) => key.account === asked && (resource === undefined || key.resource === resource),
  )
  if (found !== undefined) return found
  const what = resource === undefined ? asked : `${asked} on ${resource}`
  const known = keys.map((key) => [key.account, key.resource].filter(Boolean).join(' on '))
  throw new SandboxRefused(
    404,
    `There is no key of ${what}. There are keys of: ${[...new Set(known)].join(', ')}.`,
  )
}

/** What a seed made, as a test needs it: the shape of the ready line of `npm start -- --json`. */
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Seed } from './seed.ts'

export interface SandboxProduct {
  readonly code: string
  readonly dimensions: readonly string[]
}

/** One for each active agreement. */
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

export function buyersOf(catalog: CatalogIndex): readonly SandboxBuyer[] {
  return [...catalog.agreements.values()]
    .filter(({ status }) => status === 'active')
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
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly description?: string
}

/** In the seed's order: the first is the one that a client is made with unless another is asked for. */
export function keysOf({ accessKeys = [] }: Seed): readonly SandboxKey[] {
  return accessKeys.map(({ id, account = '', secret = '', description }) => {
    const key = { account, accessKeyId: id, secretAccessKey: secret }
    return description === undefined ? key : { ...key, description }
  })
}

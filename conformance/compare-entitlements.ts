/** Compares a page of entitlements with what the bindings say that the buyers of the contract product have. */
import { isDeepStrictEqual } from 'node:util'
import type { Bindings, Contract } from './bindings.ts'
import type { EntitlementRole, ExpectedEntitlements } from './case.ts'
import { isObject, type Members } from './echo.ts'

/** What the pages before have told. */
export interface Pages {
  readonly shown: Set<string>
  nextToken: string | undefined
}

type ContractProduct = NonNullable<Bindings['contractProduct']>

export function entitlementsDifferences(
  { Entitlements: listed = [], NextToken: next, ...unknown }: Members,
  { entitlements: roles, count, isMore }: ExpectedEntitlements,
  product: ContractProduct | undefined,
  pages: Pages,
): readonly string[] {
  if (product === undefined || !Array.isArray(listed)) return ['Entitlements is not a list']
  const found: string[] = []
  if (Object.keys(unknown).length > 0)
    found.push(`AWS has no member ${Object.keys(unknown).join()}`)
  if ((typeof next === 'string') !== (isMore === true)) found.push(`NextToken is ${String(next)}`)
  pages.nextToken = typeof next === 'string' ? next : undefined
  const wanted = roles.flatMap((role) => entitlementsOf(role, product))
  const shown = count === undefined ? new Set<string>() : pages.shown
  return [...found, ...listDifferences(listed, wanted, count ?? wanted.length, shown)]
}

function listDifferences(
  listed: readonly unknown[],
  wanted: readonly Members[],
  count: number,
  shown: Set<string>,
): string[] {
  const found: string[] = []
  if (listed.length !== count) found.push(`there are ${listed.length}, not ${count}`)
  for (const item of listed) {
    const text = JSON.stringify(item)
    if (!wanted.some((one) => isDeepStrictEqual(one, item))) {
      found.push(`${text} is none of ${JSON.stringify(wanted)}`)
    }
    const name = nameOf(item)
    if (shown.has(name)) found.push(`${text} was shown before`)
    shown.add(name)
  }
  return found
}

function nameOf(item: unknown): string {
  const { LicenseArn: licenseArn, Dimension: dimension } = isObject(item) ? item : {}
  return JSON.stringify([licenseArn, dimension])
}

function entitlementsOf(role: EntitlementRole, product: ContractProduct): readonly Members[] {
  const [name, index] = role.split('.')
  const contract = product[name === 'first' ? 'first' : 'second']
  const all = contract.entitlements.map((one) => wireOf(product.code, contract, one))
  return index === undefined ? all : all.slice(Number(index), Number(index) + 1)
}

/** As AWS JSON says it, and CBOR once it was read. */
export function wireOf(
  productCode: string,
  { account, customerIdentifier, licenseArn, expires }: Contract,
  { dimension, value }: Contract['entitlements'][number],
): Members {
  return {
    ProductCode: productCode,
    Dimension: dimension,
    ...(customerIdentifier !== undefined && { CustomerIdentifier: customerIdentifier }),
    CustomerAWSAccountId: account,
    Value: { ...value },
    ...(expires !== undefined && { ExpirationDate: Date.parse(expires) / 1_000 }),
    LicenseArn: licenseArn,
  }
}

/**
 * Writes the catalog as a file that `catalog apply` takes. Secrets are not in it, and temporary keys end by themselves.
 */
import { stringify } from 'yaml'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import { integrationOf } from '../../core/catalog.ts'
import type { AccessKeyEntry, AgreementEntry, ProductEntry } from '../../core/control-entries.ts'
import { startOfHour } from '../../core/hour.ts'
import type { AccountId } from '../../core/usage.ts'
import { formatInstant } from '../written-instant.ts'
import type { CatalogFile, FileAccessKey, FileAgreement, FileProduct } from './schema.ts'

export function catalogFileOf(index: CatalogIndex): CatalogFile {
  const customers = customersByBuyer(index)
  const party = ({
    account,
    name,
    retired,
  }: {
    account: string
    name: string
    retired: boolean
  }) => ({
    account,
    ...(name !== '' && { name }),
    ...(retired && { retired }),
  })
  return {
    version: 1,
    sellers: [...index.sellers.values()].map((seller) => {
      const { webhook } = seller
      return { ...party(seller), ...(webhook && { webhook: webhook.url }) }
    }),
    products: [...index.products.values()].map(fileProductOf),
    buyers: [...index.buyers.values()].map((buyer) => {
      const customerIdentifiers = customers.get(buyer.account)
      return { ...party(buyer), ...(customerIdentifiers && { customerIdentifiers }) }
    }),
    agreements: [...index.agreements.values()].map(fileAgreementOf),
    accessKeys: [...index.accessKeys.values()]
      .filter(({ temporary }) => temporary === undefined)
      .map(fileKeyOf),
  }
}

export function catalogText(file: CatalogFile): string {
  return stringify(file, { lineWidth: 120, singleQuote: true })
}

function customersByBuyer(
  index: CatalogIndex,
): Map<AccountId, { seller: string; identifier: string }[]> {
  const byBuyer = new Map<AccountId, { seller: string; identifier: string }[]>()
  for (const { buyer, seller, identifier } of index.customerIdentifiers.values()) {
    const present = byBuyer.get(buyer)
    if (present === undefined) byBuyer.set(buyer, [{ seller, identifier }])
    else present.push({ seller, identifier })
  }
  return byBuyer
}

function fileProductOf(product: ProductEntry): FileProduct {
  const { code, seller, name, meteredBy, concurrentFromHour: hour, dimensions } = product
  const { oneResourcePerBuyer, fulfilmentUrl, redirectOrigins, contract, retired } = product
  return {
    code,
    seller,
    ...(name !== '' && { name }),
    meteredBy,
    ...(oneResourcePerBuyer && { oneResourcePerBuyer }),
    agreements: hour === undefined ? 'single' : 'concurrent',
    ...(hour !== undefined && hour > 0 && { concurrentFrom: formatInstant(startOfHour(hour)) }),
    integration: integrationOf(product),
    ...(fulfilmentUrl !== undefined && { fulfilmentUrl }),
    ...(redirectOrigins && { redirectOrigins: [...redirectOrigins] }),
    dimensions: dimensions.map((dimension) => ({
      name: dimension.name,
      ...(dimension.description !== '' && { description: dimension.description }),
      unit: dimension.unit,
      price: dimension.price,
      ...(dimension.retired && { retired: true }),
    })),
    ...(contract && { contract }),
    ...(retired && { retired }),
  }
}

function fileAgreementOf(agreement: AgreementEntry): FileAgreement {
  const { licenseArn, id, product, buyer, startMs, endMs, status, entitlements } = agreement
  return {
    license: licenseArn,
    id,
    product,
    buyer,
    start: formatInstant(startMs),
    ...(endMs !== undefined && { end: formatInstant(endMs) }),
    status,
    ...(entitlements && { entitlements: [...entitlements] }),
  }
}

function fileKeyOf({
  id,
  account,
  status,
  description,
  operations,
}: AccessKeyEntry): FileAccessKey {
  return {
    id,
    account,
    status,
    ...(description !== '' && { description }),
    ...(operations && { operations: [...operations] }),
  }
}

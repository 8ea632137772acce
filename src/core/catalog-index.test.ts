import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CatalogIndex } from './catalog-index.ts'
import type { AgreementEntry, ProductEntry } from './control-entries.ts'
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
} from './usage.ts'

const SELLER = '111122223333' as AccountId
const BUYER = '222233334444' as AccountId
const PRODUCT = 'product' as ProductCode

test('agreements of a buyer stand in order of start, whatever order they came in', () => {
  const index = new CatalogIndex()
  for (const [id, startMs] of [
    ['b', 20],
    ['a', 10],
    ['d', 30],
    ['c', 20],
  ] as const) {
    index.put(agreement(id, startMs))
  }
  assert.deepEqual(idsOf(index), ['a', 'b', 'c', 'd'])
  index.put(agreement('d', 5))
  assert.deepEqual(idsOf(index), ['d', 'a', 'b', 'c'])
})

test('a list that somebody is reading does not change under them', () => {
  const index = new CatalogIndex()
  index.put(agreement('a', 10))
  const before = index.agreementsOf(PRODUCT, BUYER)
  index.put(agreement('a', 20))
  index.put(agreement('b', 30))
  assert.deepEqual(before, [agreement('a', 10)])
})

test('the last state of a thing is found by each of its names', () => {
  const index = new CatalogIndex()
  index.put(agreement('a', 10))
  index.put({ ...agreement('a', 10), status: 'suspended' })
  assert.equal(index.agreementByLicense('arn:a' as LicenseArn)?.status, 'suspended')
  assert.equal(index.agreementsOf(PRODUCT, BUYER)[0]?.status, 'suspended')
  assert.deepEqual([...index.agreementsOfBuyer(BUYER)], [...index.agreementsOfProduct(PRODUCT)])
})

test('customer identifiers are apart by seller', () => {
  const index = new CatalogIndex()
  const identifier = 'CUST' as CustomerIdentifier
  index.put({ kind: 'customerIdentifier', seller: SELLER, identifier, buyer: BUYER })
  assert.equal(index.buyerOf(SELLER, identifier), BUYER)
  assert.equal(index.buyerOf(BUYER, identifier), undefined)
})

test('a product’s dimensions are found by name', () => {
  const index = new CatalogIndex()
  const name = 'requests' as Dimension
  const facts = { name, description: '', unit: 'Units', price: '0', retired: false }
  const product: ProductEntry = {
    kind: 'product',
    code: PRODUCT,
    seller: SELLER,
    name: '',
    meteredBy: 'BatchMeterUsage',
    dimensions: [facts],
    retired: false,
  }
  index.put(product)
  assert.equal(index.product(PRODUCT)?.dimensions.get(name), facts)
  assert.equal(index.product('other' as ProductCode), undefined)
})

function agreement(id: string, startMs: number): AgreementEntry {
  return {
    kind: 'agreement',
    id: `agmt-${id}` as AgreementId,
    licenseArn: `arn:${id}` as LicenseArn,
    product: PRODUCT,
    buyer: BUYER,
    startMs: startMs as InstantMs,
    status: 'active',
  }
}

function idsOf(index: CatalogIndex): string[] {
  return index.agreementsOf(PRODUCT, BUYER).map(({ id }) => id.slice('agmt-'.length))
}

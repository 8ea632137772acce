import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  aCatalog,
  aCustomerIdentifier,
  anAgreement,
  aProduct,
  at,
  BUYER,
  CUSTOMER,
  licenseOf,
  NOON,
  OTHER_BUYER,
  PRODUCT,
} from '../testing/builders.ts'
import type { CatalogIndex } from './catalog-index.ts'
import {
  BUYERS_PER_PAGE_MAX,
  type EntitlementFilter,
  entitlementsOf,
  type EntitlementPlace,
} from './entitled.ts'
import type { Entitlement } from './entitlement.ts'
import type { AccountId, AgreementId, CustomerIdentifier, Dimension, InstantMs } from './usage.ts'

const seats = { dimension: 'seats' as Dimension, integer: 5 }
const plan = { dimension: 'plan' as Dimension, string: 'gold' }

function anEntitled(
  id: string,
  buyer: AccountId,
  facts: Partial<Parameters<typeof anAgreement>[0]> = {},
  entitlements: readonly Entitlement[] = [seats, plan],
) {
  return anAgreement({ id: id as AgreementId, buyer, entitlements, ...facts })
}

/** `agmt-1 seats`, in order, over all pages. */
function entitled(
  catalog: CatalogIndex,
  filter: EntitlementFilter = {},
  { countMax = 25, nowMs = NOON } = {},
): string[] {
  const product = catalog.product(PRODUCT)
  assert.ok(product)
  const found: string[] = []
  let after: EntitlementPlace | undefined
  do {
    const query = { filter, countMax, nowMs, ...(after && { after }) }
    const page = entitlementsOf(catalog, product, query)
    assert.ok(page.items.length <= countMax)
    found.push(...page.items.map((one) => `${one.agreement.id} ${one.entitlement.dimension}`))
    after = page.next
  } while (after !== undefined)
  return found
}

describe('an entitlement is in force', () => {
  const start = at('2026-11-01T00:00:00.000Z')
  const end = at('2026-12-01T00:00:00.000Z')
  const ms = (instant: InstantMs, by: number) => (instant + by) as InstantMs
  const ROWS = [
    ['a millisecond before the start', 'active', ms(start, -1), false],
    ['at the start', 'active', start, true],
    ['at the end', 'active', end, true],
    ['a millisecond after the end', 'active', ms(end, 1), false],
    ['while suspended', 'suspended', NOON, false],
    ['once cancelled', 'cancelled', NOON, false],
  ] as const
  for (const [when, status, nowMs, isInForce] of ROWS) {
    it(`${when}: ${isInForce}`, () => {
      const agreement = anEntitled('agmt-1', BUYER, { status, startMs: start, endMs: end }, [seats])
      const found = entitled(aCatalog(aProduct(), agreement), {}, { nowMs })
      assert.deepEqual(found, isInForce ? ['agmt-1 seats'] : [])
    })
  }

  it('for ever, while the agreement is open-ended', () => {
    const nowMs = at('2999-01-01T00:00:00.000Z')
    assert.deepEqual(entitled(aCatalog(aProduct(), anEntitled('agmt-1', BUYER)), {}, { nowMs }), [
      'agmt-1 plan',
      'agmt-1 seats',
    ])
  })
})

describe('filters', () => {
  const other = 'customer-2' as CustomerIdentifier
  const catalog = aCatalog(
    aProduct(),
    anEntitled('agmt-b', BUYER),
    anEntitled('agmt-a', BUYER, {}, [seats]),
    anEntitled('agmt-c', OTHER_BUYER),
    aCustomerIdentifier(),
    aCustomerIdentifier({ identifier: other, buyer: OTHER_BUYER }),
  )
  const set = (...values: string[]) => new Set(values)
  const A = ['agmt-a seats']
  const B = ['agmt-b plan', 'agmt-b seats']
  const C = ['agmt-c plan', 'agmt-c seats']
  const ROWS: readonly (readonly [string, EntitlementFilter, readonly string[]])[] = [
    ['none', {}, [...A, ...B, ...C]],
    ['an account', { accounts: set(BUYER) }, [...A, ...B]],
    ['either of two accounts', { accounts: set(OTHER_BUYER, BUYER) }, [...A, ...B, ...C]],
    ['an account nobody has', { accounts: set('000000000000') }, []],
    ['an account that is none', { accounts: set('', 'x') }, []],
    ['a customer identifier', { customerIdentifiers: set(other) }, C],
    ['an identifier nobody has', { customerIdentifiers: set('nobody') }, []],
    ['a license', { licenseArns: set(licenseOf('agmt-b')) }, B],
    ['a license nobody has', { licenseArns: set(licenseOf('agmt-x')) }, []],
    ['a dimension', { dimensions: set('plan') }, ['agmt-b plan', 'agmt-c plan']],
    ['a dimension in other letters', { dimensions: set('Plan') }, []],
    [
      'a license and a dimension',
      { licenseArns: set(licenseOf('agmt-b')), dimensions: set('seats') },
      ['agmt-b seats'],
    ],
    [
      'a license and another buyer',
      { licenseArns: set(licenseOf('agmt-b')), accounts: set(OTHER_BUYER) },
      [],
    ],
    [
      'a license and another customer',
      { licenseArns: set(licenseOf('agmt-b')), customerIdentifiers: set(other) },
      [],
    ],
  ]
  for (const [name, filter, wanted] of ROWS) {
    it(name, () => assert.deepEqual(entitled(catalog, filter), wanted))
  }

  it('show nothing of another product', () => {
    const foreign = aProduct({ code: 'another' as typeof PRODUCT })
    const held = anEntitled('agmt-f', BUYER, { product: foreign.code })
    const both = aCatalog(aProduct(), foreign, held)
    for (const filter of [{}, { accounts: set(BUYER) }, { licenseArns: set(held.licenseArn) }]) {
      assert.deepEqual(entitled(both, filter), [])
    }
  })

  it('name a buyer by the identifier that was asked for', () => {
    const second = 'a-second-name' as CustomerIdentifier
    const names = aCatalog(
      aProduct(),
      anEntitled('agmt-1', BUYER, {}, [seats]),
      aCustomerIdentifier(),
      aCustomerIdentifier({ identifier: second }),
    )
    const product = names.product(PRODUCT)
    assert.ok(product)
    const nameBy = (filter: EntitlementFilter) =>
      entitlementsOf(names, product, { filter, countMax: 1, nowMs: NOON }).items[0]
        ?.customerIdentifier
    assert.equal(nameBy({}), second)
    assert.equal(nameBy({ customerIdentifiers: set(CUSTOMER) }), CUSTOMER)
  })

  it('know nobody by an identifier where the product’s integration is new', () => {
    const product = aProduct({ integration: 'new' })
    const names = aCatalog(product, anEntitled('agmt-1', BUYER), aCustomerIdentifier())
    assert.deepEqual(entitled(names, { customerIdentifiers: set(CUSTOMER) }), [])
    const found = names.product(PRODUCT)
    assert.ok(found)
    const { items } = entitlementsOf(names, found, { filter: {}, countMax: 1, nowMs: NOON })
    assert.equal(items[0]?.customerIdentifier, undefined)
  })
})

describe('pages', () => {
  it('of any size hold each entitlement once, whatever there is', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 })
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 25 }), (sizes, countMax) => {
        const agreements = sizes.map((size, index) => {
          const buyer = String(100_000_000_000 + (index % 4)) as AccountId
          const held = Array.from({ length: size }, (_, place) => ({
            ...{ dimension: `d${size - place}` as Dimension, integer: place },
          }))
          return anEntitled(`agmt-${index}`, buyer, {}, held)
        })
        const catalog = aCatalog(aProduct(), ...agreements)
        const found = entitled(catalog, {}, { countMax })
        const all = agreements.flatMap((one) =>
          (one.entitlements ?? []).map(({ dimension }) => `${one.id} ${dimension}`),
        )
        assert.deepEqual([...found].sort(), all.sort())
        assert.deepEqual(found, entitled(catalog))
      }),
    )
  })

  it('look at a bounded number of buyers, so one may be empty and name a next one', () => {
    const buyers = Array.from({ length: BUYERS_PER_PAGE_MAX + 1 }, (_, index) =>
      anEntitled(`agmt-${index}`, String(100_000_000_000 + index) as AccountId, {}, []),
    )
    const last = anEntitled('agmt-last', '999999999999' as AccountId, {}, [seats])
    const catalog = aCatalog(aProduct(), ...buyers, last)
    const product = catalog.product(PRODUCT)
    assert.ok(product)
    const page = entitlementsOf(catalog, product, { filter: {}, countMax: 25, nowMs: NOON })
    assert.deepEqual([page.items.length, page.next !== undefined], [0, true])
    assert.deepEqual(entitled(catalog), ['agmt-last seats'])
  })

  it('go on where they were when something is added before them, or taken away', () => {
    const catalog = aCatalog(aProduct(), anEntitled('agmt-b', BUYER), anEntitled('agmt-c', BUYER))
    const product = catalog.product(PRODUCT)
    assert.ok(product)
    const query = { filter: {}, countMax: 1, nowMs: NOON }
    const { next } = entitlementsOf(catalog, product, query)
    assert.ok(next)
    catalog.put(anEntitled('agmt-a', BUYER))
    catalog.put(anEntitled('agmt-b', BUYER, { status: 'suspended' }))
    const { items } = entitlementsOf(catalog, product, { ...query, after: next })
    assert.deepEqual(items[0]?.agreement.id, 'agmt-c')
  })
})

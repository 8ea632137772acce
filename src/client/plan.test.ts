import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MeteredRecord } from './outcome.ts'
import { aRecord, assertLegal, recordsOf } from './peer.spec.ts'
import { type Item, requestsOf, sentRequestOf, wavesOf } from './plan.ts'
import { sentUsageRecordOf } from './usage-record.ts'

const itemsOf = (records: readonly MeteredRecord[], company: Item['company'] = 'any'): Item[] =>
  records.map((record, index) => ({
    index,
    record: sentUsageRecordOf(record),
    productCode: record.productCode ?? '',
    company,
  }))

/** Places in the input, request by request. */
const placesOf = (items: readonly Item[]) =>
  requestsOf(items).map((request) => request.items.map(({ index }) => index))

const LICENSE = 'arn:aws:license-manager::294406891311:license:l-1'
const identifier = { CustomerAWSAccountId: undefined, CustomerIdentifier: 'one' }

// Which of two neighbours share a request.
const PAIRS: readonly (readonly [
  why: string,
  Partial<MeteredRecord>,
  Partial<MeteredRecord>,
  shared: boolean,
])[] = [
  ['two dimensions', {}, { Dimension: 'gb' }, true],
  ['two buyers', {}, { CustomerAWSAccountId: '222' }, true],
  ['two products', {}, { productCode: 'product-b' }, false],
  ['two ways to name the buyer', {}, identifier, false],
  ['with license and without', {}, { LicenseArn: LICENSE }, false],
  ['two licenses of one product', { LicenseArn: LICENSE }, { LicenseArn: `${LICENSE}2` }, true],
  [
    'licenses of two products',
    { LicenseArn: LICENSE },
    { LicenseArn: `${LICENSE}2`, productCode: 'b' },
    false,
  ],
  ['an empty identifier, which is none', {}, { CustomerIdentifier: '', Dimension: 'gb' }, true],
]

for (const [why, left, right, shared] of PAIRS) {
  test(`${why}: ${shared ? 'one request' : 'two requests'}`, () => {
    assert.equal(requestsOf(itemsOf([aRecord(left), aRecord(right)])).length, shared ? 1 : 2)
  })
}

test('beside a license the product code is not sent', () => {
  const [request] = requestsOf(itemsOf([aRecord({ LicenseArn: LICENSE })]))
  assert.deepEqual(Object.keys(sentRequestOf(request!)), ['UsageRecords'])
})

test('products in turns still fill their requests', () => {
  const records = recordsOf(100).map((one, index) => ({ ...one, productCode: `p${index % 2}` }))
  assert.deepEqual(
    requestsOf(itemsOf(records)).map(({ items }) => items.length),
    [25, 25, 25, 25],
  )
})

test('records that break a rule go alone, old ones among themselves', () => {
  const [a, b, c, d] = itemsOf(recordsOf(4)) as [Item, Item, Item, Item]
  const alone = { ...b, company: 'alone' } as const
  assert.deepEqual(placesOf([a, alone, c, d]), [[0, 2, 3], [1]])
  const old = [b, c].map((item) => ({ ...item, company: 'old' }) as const)
  assert.deepEqual(placesOf([a, ...old, d]), [
    [0, 3],
    [1, 2],
  ])
})

test('a request stays under a million bytes, and is filled up to there', () => {
  const UsageAllocations = Array.from({ length: 40 }, (_, index) => ({
    AllocatedUsageQuantity: 0,
    Tags: ['a', 'b'].map((Key) => ({ Key, Value: String(index).padStart(255, 'ü') })),
  }))
  const requests = requestsOf(itemsOf(recordsOf(25, { Quantity: 0, UsageAllocations })))
  for (const request of requests) assertLegal(sentRequestOf(request))
  const one = Buffer.byteLength(JSON.stringify(requests[0]?.items[0]?.record))
  assert.equal(requests[0]?.items.length, Math.floor(999_900 / one))
})

test('records of one hour key share a wave only if they are equal', () => {
  const first = aRecord({ Quantity: 1 })
  const second = aRecord({ Quantity: 2 })
  const later = aRecord({ Timestamp: new Date('2026-11-23T12:00:00Z') })
  const waves = wavesOf(itemsOf([first, second, first, later, aRecord({ Quantity: 3 })]))
  assert.deepEqual(
    waves.map((wave) => wave.map(({ index }) => index)),
    [[0, 2, 3], [1], [4]],
  )
})

test('every record goes in exactly one request', () => {
  const record = fc.record({
    productCode: fc.constantFrom('a', 'b'),
    Dimension: fc.constantFrom('x', 'y'),
    Quantity: fc.nat(2),
    CustomerAWSAccountId: fc.constantFrom('1', '2', '3'),
  })
  fc.assert(
    fc.property(fc.array(record, { maxLength: 200 }), (records) => {
      const items = itemsOf(records.map(aRecord))
      const places = wavesOf(items).flatMap((wave) => placesOf(wave).flat())
      assert.deepEqual(
        places.sort((left, right) => left - right),
        items.map(({ index }) => index),
      )
    }),
  )
})

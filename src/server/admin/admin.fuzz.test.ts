/** Whatever an operator's token sends, the admin API answers, with a status below 500, and goes on. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { BUYER, openAdmin, OTHERS_BUYER, OWN } from './admin-server.spec.ts'

const RUNS = 400

/** Requests that would be accepted; each run spoils one member of one of them. */
const BODIES: readonly (readonly [method: string, path: string, body: Record<string, unknown>])[] =
  [
    ['POST', '/v1/sellers', { account: '555555555555', name: 'A' }],
    ['PATCH', `/v1/sellers/${OWN}`, { name: 'A', retired: false }],
    ['PATCH', `/v1/buyers/${BUYER}`, { name: 'A', retired: false }],
    ['POST', '/v1/customer-identifiers', { seller: OWN, buyer: BUYER, identifier: 'X' }],
    [
      'POST',
      '/v1/products',
      {
        code: 'fresh',
        seller: OWN,
        name: 'A',
        meteredBy: 'BatchMeterUsage',
        agreements: 'concurrent',
        concurrentFrom: '2026-12-01T00:00Z',
        dimensions: [{ name: 'a', description: 'b', unit: 'c', price: '1', retired: false }],
      },
    ],
    ['PATCH', '/v1/products/own-product', { dimensions: [{ name: 'b' }], retired: false }],
    [
      'POST',
      '/v1/agreements',
      {
        product: 'own-product',
        buyer: OTHERS_BUYER,
        start: '2026-11-01T00:00Z',
        end: '2026-12-01T00:00Z',
        licenseArn: 'arn:aws:license-manager::123456789012:license:l-1',
      },
    ],
    ['PATCH', '/v1/agreements/agmt-own', { end: null }],
    [
      'POST',
      '/v1/access-keys',
      { account: OWN, description: 'a', ttlSeconds: 60, resource: 'r', operations: ['MeterUsage'] },
    ],
    ['POST', '/v1/admin-tokens', { seller: OWN, readOnly: true, description: 'a', ttlSeconds: 60 }],
  ]

const PATHS = ['records', 'refusals', 'buyers', 'agreements', 'customer-identifiers', 'changes']
const NAMES = ['seller', 'product', 'id', 'fromHour', 'from', 'cursor', 'after', 'limit', 'x']

const anyText = fc.string({ unit: 'binary', maxLength: 40 })
const spoiled = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.string({ unit: fc.constantFrom('\0', '\ud800', '\uffff', '/', '"', '\u202e'), maxLength: 5 }),
  fc.constantFrom('x'.repeat(2_000), '1e999', '__proto__', -0, 1e308, '0000-00-00T00:00Z'),
)

const changing = fc
  .constantFrom(...BODIES)
  .chain(([method, path, body]) =>
    fc
      .tuple(fc.constantFrom(...Object.keys(body)), spoiled)
      .map(([member, value]) => ({ method, path, body: { ...body, [member]: value } })),
  )
const reading = fc
  .tuple(
    fc.constantFrom(...PATHS),
    fc.constantFrom(...NAMES),
    fc.oneof(anyText, fc.nat().map(String)),
  )
  .map(([path, name, value]) => {
    const text = encodeURIComponent(value.toWellFormed())
    return { method: 'GET', path: `/v1/${path}?${name}=${text}` }
  })
const naming = fc
  .tuple(fc.constantFrom('products', 'agreements', 'access-keys', 'sellers', 'buyers'), anyText)
  .map(([kind, name]) => {
    return { method: 'GET', path: `/v1/${kind}/${encodeURIComponent(name.toWellFormed())}` }
  })

it('answers anything with a status below 500', async (test) => {
  const { ask } = await openAdmin(test)
  await fc.assert(
    fc.asyncProperty(fc.oneof(changing, reading, naming), async (request) => {
      const { status, text } = await ask({ ...request, as: 'operator' })
      assert.ok(status < 500, text)
    }),
    { numRuns: RUNS },
  )
  assert.equal((await ask({ path: '/healthz' })).status, 200)
})

/** Questions that a sandbox refuses, since an answer to them would look like one to what was meant. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSandbox, type Sandbox, SandboxRefused } from './index.ts'

const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const BUYER = '222233334444'

type Question =
  'records' | 'zeroQuantityRecords' | 'refusals' | 'calls' | 'duplicates' | 'hoursWithoutRecord'

/** As a project without types may ask. */
async function answered(sandbox: Sandbox, question: Question, query: unknown): Promise<unknown> {
  const asked = sandbox as unknown as Record<Question, (query: unknown) => unknown>
  return await asked[question](query)
}

const BY_NAMES: readonly (readonly [Question, object])[] = [
  ['records', {}],
  ['zeroQuantityRecords', {}],
  ['duplicates', {}],
  ['hoursWithoutRecord', { from: 'now' }],
]

const NAMES: readonly (readonly [query: object, message: string])[] = [
  [{ buyer: '222233339999' }, 'There is no buyer "222233339999". There are: 222233334444, '],
  [{ buyer: {} }, 'There is no buyer undefined. There are: '],
  [{ buyer: 222233334444 }, 'There is no buyer 222233334444. There are: '],
  [{ product: 'nope' }, `There is no product "nope". There are: ${PRODUCT}`],
  [{ dimension: 'reqeusts' }, 'There is no dimension "reqeusts". There are: requests, users'],
]

const REFUSED: readonly (readonly [Question, unknown, string])[] = [
  ['records', { customer: BUYER }, 'This question has no "customer". It can have: buyer, product'],
  ['records', null, 'A question is an object, not null. It can have: buyer, product, dimension'],
  ['records', [BUYER], 'A question is an object, not ["222233334444"]. It can have: '],
  ['records', { quantity: '5' }, 'quantity: expected a whole number from 0 on, got "5".'],
  ['records', { hour: 'now', from: 'now' }, 'Either hour says which hour, or from and to'],
  ['records', { hour: 'now', to: 'now' }, 'Either hour says which hour, or from and to'],
  ['zeroQuantityRecords', { quantity: 5 }, 'This question has no "quantity". It can have: '],
  ['zeroQuantityRecords', { hour: 'now', to: 'now' }, 'Either hour says which hour'],
  ['refusals', { hour: 'now' }, 'This question has no "hour". It can have: buyer, product'],
  ['refusals', { buyer: 'x' }, 'buyer: expected an account: twelve digits, '],
  ['refusals', { buyer: {} }, 'buyer: expected an account: twelve digits, '],
  ['refusals', { buyer: 222233334444 }, 'buyer: expected an account: twelve digits, '],
  ['refusals', { product: '' }, 'product: expected a product code: '],
  ['refusals', { code: 5 }, 'code: expected the name of an error or of a status, '],
  [
    'calls',
    { op: 'BatchMeterUsage' },
    'This question has no "op". It can have: operation, account',
  ],
  ['calls', null, 'A question is an object, not null. It can have: operation, account.'],
  ['calls', { operation: 'Meter' }, 'operation: expected one of BatchMeterUsage, '],
  ['calls', { account: 'x' }, 'account: expected an account: twelve digits, '],
  ['duplicates', { hour: 'now' }, 'This question has no "hour". It can have: buyer, product'],
  ['hoursWithoutRecord', undefined, 'A question is an object, not undefined. It can have: '],
  ['hoursWithoutRecord', {}, 'Say from which instant on: from is missing, such as now-24h.'],
  ['hoursWithoutRecord', { from: 'now', hour: 'now' }, 'This question has no "hour".'],
  ...BY_NAMES.flatMap(([question, query]) =>
    NAMES.map(([name, message]) => [question, { ...query, ...name }, message] as const),
  ),
]

describe('a question that nobody can have meant', () => {
  for (const [question, query, message] of REFUSED) {
    it(`is refused: ${question} ${JSON.stringify(query)}`, async (t) => {
      const sandbox = await createSandbox()
      t.after(() => sandbox.close())
      await assert.rejects(answered(sandbox, question, query), (error: unknown) => {
        assert.ok(error instanceof SandboxRefused)
        assert.equal(error.message.slice(0, message.length), message)
        return true
      })
    })
  }
})

describe('a question', () => {
  const answers: readonly (readonly [Question, object])[] = [
    ['records', { buyer: undefined, product: undefined, dimension: undefined }],
    ['refusals', { buyer: '999999999999', product: 'nope', dimension: 'reqeusts' }],
    ['hoursWithoutRecord', { from: 'now', dimension: 'requests', product: PRODUCT }],
  ]
  for (const [question, query] of answers) {
    it(`is answered: ${question} ${JSON.stringify(query)}`, async (t) => {
      const sandbox = await createSandbox()
      t.after(() => sandbox.close())
      assert.deepEqual(await answered(sandbox, question, query), [])
    })
  }

  it('may be about what was there once', async (t) => {
    const sandbox = await createSandbox()
    t.after(() => sandbox.close())
    const dimensions = [{ name: 'users', retired: true }]
    await sandbox.apply({ products: [{ code: PRODUCT, dimensions }] })
    assert.deepEqual(await sandbox.records({ dimension: 'users' }), [])
  })

  it('about another product’s dimension is refused', async (t) => {
    const sandbox = await createSandbox()
    t.after(() => sandbox.close())
    const seller = '111122223333'
    const dimensions = [{ name: 'seats', unit: 'seats', price: '1' }]
    await sandbox.apply({ products: [{ code: 'other', seller, name: 'Other', dimensions }] })
    assert.deepEqual(await sandbox.records({ dimension: 'seats', product: 'other' }), [])
    const asked = sandbox.records({ dimension: 'seats', product: PRODUCT })
    await assert.rejects(asked, /no dimension "seats"\. There are: requests, users\./)
  })
})

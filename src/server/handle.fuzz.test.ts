/**
 * Whatever arrives, signed or not: an answer that AWS could give, no crash, no hang, never 500, and one record an
 * hour key. `FUZZ_RUNS=100000 npm test -- src/server/handle.fuzz.test.ts` looks longer.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ERRORS } from '../core/errors.ts'
import { AWS_2025, AWS_2026 } from '../core/profile.ts'
import type { Registration } from '../core/registration.ts'
import { BUYER, CUSTOMER, licenseOf, NOON, PRODUCT, SELLER } from '../testing/builders.ts'
import { BATCH_METER_USAGE } from '../wire/sigv4/signer.spec.ts'
import { createHandler } from './handle.ts'
import {
  aService,
  MASTER_KEYS,
  NOON_SECONDS,
  signed,
  signedBytes,
  type TestService,
  wireBatch,
  wireRecord,
} from './handle.spec.ts'
import { createWireListener, HTTP_LIMITS } from './http.ts'
import { batchMeterUsage } from './operations/batch-meter-usage.ts'
import { sealRegistration } from './registration-tokens.ts'
import { RawClient } from './raw-client.spec.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
const STATUSES = new Set(['Success', 'CustomerNotSubscribed', 'DuplicateRecord'])

const REGISTRATION: Registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('1'),
  customerIdentifier: CUSTOMER,
  issuedMs: NOON,
}

/** Values that a member may take: good ones, nearly good ones, and anything. */
const oddNumber = fc.constantFrom(
  -0,
  0,
  1,
  1.5,
  -1,
  2 ** 31 - 1,
  2 ** 31,
  1e300,
  1.7e308,
  -1e9,
  NOON_SECONDS,
)
const oddText = fc.constantFrom(
  '',
  '\0',
  '\ud800',
  '__proto__',
  'requests',
  'b',
  BUYER,
  CUSTOMER,
  PRODUCT,
)
const odd = fc.oneof(
  oddNumber,
  oddText,
  fc.constantFrom(null, true, [], {}, [null], [[]]),
  fc.jsonValue({ maxDepth: 3 }),
)
const tag = fc.record(
  {
    Key: fc.oneof(fc.constantFrom('a', 'b', 'c', '~'), odd),
    Value: fc.oneof(fc.constant('v'), odd),
  },
  { requiredKeys: [] },
)
const allocation = fc.record(
  {
    AllocatedUsageQuantity: fc.oneof(fc.nat(3), odd),
    Tags: fc.oneof(fc.array(tag, { maxLength: 7 }), odd),
  },
  { requiredKeys: [] },
)
const record = fc.record(
  {
    Timestamp: fc.oneof(fc.constantFrom(NOON_SECONDS, NOON_SECONDS - 3_600), fc.double(), odd),
    Dimension: fc.oneof(fc.constantFrom('requests', 'b', 'c', 'typo'), odd),
    Quantity: fc.oneof(fc.nat(4), odd),
    CustomerAWSAccountId: fc.oneof(fc.constant(BUYER), odd),
    CustomerIdentifier: fc.oneof(fc.constant(CUSTOMER), odd),
    LicenseArn: fc.oneof(fc.constant(licenseOf('agmt-1')), odd),
    UsageAllocations: fc.oneof(fc.array(allocation, { maxLength: 4 }), odd),
  },
  { requiredKeys: [] },
)
const request = fc.record(
  {
    ProductCode: fc.oneof(fc.constant(PRODUCT), odd),
    UsageRecords: fc.oneof(fc.array(record, { maxLength: 28 }), odd),
  },
  { requiredKeys: [] },
)

describe('any signed body', () => {
  for (const profile of [AWS_2025, AWS_2026]) {
    it(`made of members that are good, nearly good or odd is answered under ${profile.name}`, async () => {
      const test = aService({ profile })
      const run = fc.asyncProperty(request, (body) => assertAnswered(test, JSON.stringify(body)))
      await fc.assert(run, { numRuns: RUNS })
      await assertOneRecordAKey(test)
    })
  }

  it('with one odd member in an otherwise good record is answered', async () => {
    const test = aService()
    const members = [
      'Timestamp',
      'Dimension',
      'Quantity',
      'CustomerAWSAccountId',
      'UsageAllocations',
      'LicenseArn',
    ]
    const run = fc.asyncProperty(fc.constantFrom(...members), odd, (member, value) =>
      assertAnswered(test, JSON.stringify(wireBatch(wireRecord({ [member]: value })))),
    )
    await fc.assert(run, { numRuns: RUNS })
    await assertOneRecordAKey(test)
  })

  it('with any edit to its text is answered', async () => {
    const test = aService()
    const good = JSON.stringify(wireBatch(wireRecord(), wireRecord({ Dimension: 'b' })))
    await fc.assert(
      fc.asyncProperty(editsOf(good), (text) => assertAnswered(test, text)),
      { numRuns: RUNS },
    )
    await assertOneRecordAKey(test)
  })

  it('of ResolveCustomer is answered, whatever stands for its token', async () => {
    const test = aService()
    const token = sealRegistration(MASTER_KEYS, REGISTRATION, randomBytes)
    const body = fc.oneof(
      fc.record({ RegistrationToken: odd }, { requiredKeys: [] }).map((one) => JSON.stringify(one)),
      fc.string({ unit: 'binary', maxLength: 200 }).map(bodyOf),
      editsOf(token).map(bodyOf),
      editsOf(bodyOf(token)),
    )
    const headers = { ...BATCH_METER_USAGE, 'x-amz-target': 'AWSMPMeteringService.ResolveCustomer' }
    const run = fc.asyncProperty(body, async (text) => {
      const answer = await test.handle(signed(text, { headers }))
      assert.deepEqual(test.told.failures, [])
      assert.equal(answer.status, answer.code === '' ? 200 : 400)
      if (answer.code !== '') assert.ok(!answer.text.includes(token.slice(20, 60)), answer.text)
    })
    await fc.assert(run, { numRuns: RUNS })
  })

  it('with any allocations is taken, or refused for one of their three reasons', async () => {
    const test = aService()
    const part = fc.record(
      { AllocatedUsageQuantity: fc.nat(2), Tags: fc.array(tag, { minLength: 1, maxLength: 6 }) },
      { requiredKeys: ['AllocatedUsageQuantity'] },
    )
    const run = fc.asyncProperty(
      fc.nat(4),
      fc.array(part, { minLength: 1, maxLength: 5 }),
      async (Quantity, UsageAllocations) => {
        const answer = await test.send(wireBatch(wireRecord({ Quantity, UsageAllocations })))
        const reasons = [
          '',
          'InvalidTagException',
          'InvalidUsageAllocationsException',
          'ValidationException',
          'SerializationException',
        ]
        assert.ok(reasons.includes(answer.code), answer.text)
      },
    )
    await fc.assert(run, { numRuns: RUNS })
    assert.deepEqual(test.told.failures, [])
  })
})

describe('any bytes on a connection', () => {
  const good = signedBytes(wireBatch(wireRecord())).toString('latin1')
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((given) => Buffer.from(given).toString('latin1')),
    editsOf(good),
    editsOf(good.replace(/content-length: \d+/, 'transfer-encoding: chunked')),
    fc.tuple(editsOf(good), fc.constant(good)).map(([one, other]) => one + other),
  )

  it('are answered or end it, and the listener goes on', async (t) => {
    const test = aService()
    const { service } = test
    const handle = createHandler(service, [batchMeterUsage(service)])
    const limits = { ...HTTP_LIMITS, bodyBytesRefused: AWS_2025.bodyBytesRefused }
    const listener = createWireListener(service, handle, () => undefined, limits)
    listener.server.listen(0, '127.0.0.1')
    await once(listener.server, 'listening')
    t.after(() => listener.close(1))
    const { port } = listener.server.address() as AddressInfo
    const run = fc.asyncProperty(bytes, async (text) => {
      const client = await RawClient.open(port)
      await client.write(Buffer.from(text, 'latin1'))
      client.finish()
      for (
        let answer = await client.answer();
        answer !== undefined;
        answer = await client.answer()
      ) {
        assert.ok(answer.status < 500, `${answer.status} ${answer.body}`)
      }
      client.leave()
    })
    await fc.assert(run, { numRuns: RUNS })
    const client = await RawClient.open(port)
    assert.equal((await client.ask(Buffer.from(good, 'latin1')))?.status, 200)
    client.leave()
    await listener.close(1)
    assert.equal(listener.inFlight(), 0)
    assert.deepEqual(test.told.failures, [])
  })
})

function bodyOf(token: string): string {
  return JSON.stringify({ RegistrationToken: token })
}

async function assertAnswered(test: TestService, body: string): Promise<void> {
  const answer = await test.send(body)
  assert.deepEqual(test.told.failures, [])
  if (answer.code !== '') {
    assert.ok(answer.code in ERRORS, answer.code)
    assert.equal(answer.status, 400)
  } else {
    assert.equal(answer.status, 200)
    assert.ok(answer.statuses.every((status) => STATUSES.has(status)))
  }
}

async function assertOneRecordAKey(test: TestService): Promise<void> {
  const records = await test.ledger.records()
  const keys = records.map(({ billingLine, dimension, hour }) =>
    JSON.stringify([billingLine, dimension, hour]),
  )
  assert.equal(new Set(keys).size, keys.length)
}

/** A text with a piece cut out and another put in its place, up to three times. */
function editsOf(good: string): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.nat(good.length),
    fc.nat(12),
    fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('\r\n', '\0', '"', '{', '[', '1e400', '\\ud800', ': ', ','),
    ),
  )
  return fc
    .array(edit, { minLength: 1, maxLength: 3 })
    .map((edits) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), good),
    )
}

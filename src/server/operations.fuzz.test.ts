/**
 * Every operation of a whole service, over real sockets: whatever stands for one of its members, and whatever its bytes are, the
 * answer is one that AWS could give, and no hour is held twice. `FUZZ_RUNS=100000` looks longer.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { encode } from 'cbor2'
import fc from 'fast-check'
import { ERRORS } from '../core/errors.ts'
import {
  type Names,
  openTwoTenants,
  SESSION,
  type TwoTenants,
  type WireCall,
} from './tenancy.spec.ts'

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
const NOW_SECONDS = Math.floor(Date.now() / 1e3)

/** A good request of each operation, with all of its members. */
const GOOD: Readonly<Record<string, (names: Names) => Readonly<Record<string, unknown>>>> = {
  BatchMeterUsage: ({ single, buyer, dimension }) => ({
    ProductCode: single,
    UsageRecords: [
      {
        Timestamp: NOW_SECONDS,
        Dimension: dimension,
        Quantity: 1,
        CustomerAWSAccountId: buyer,
        UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: [{ Key: 'a', Value: 'b' }] }],
      },
    ],
  }),
  MeterUsage: ({ containers, dimension, clientToken }) => ({
    ProductCode: containers,
    Timestamp: NOW_SECONDS,
    UsageDimension: dimension,
    UsageQuantity: 1,
    DryRun: false,
    UsageAllocations: [{ AllocatedUsageQuantity: 1 }],
    ClientToken: `${clientToken}-2`,
  }),
  RegisterUsage: ({ containers }) => ({
    ProductCode: containers,
    PublicKeyVersion: 1,
    Nonce: 'nonce',
  }),
  ResolveCustomer: ({ registration }) => ({ RegistrationToken: registration }),
  GetEntitlements: ({ product, nextToken }) => ({
    ProductCode: product,
    NextToken: nextToken,
    MaxResults: 1,
  }),
}
/** A page token is for one filter, so the good request has none. */
const MEMBERS_BESIDE = ['Filter']
const BUYERS = new Set(['MeterUsage', 'RegisterUsage'])

/** Of any length about every bound there is, and of any characters: half ones, NUL, line ends. */
const length = fc.oneof(
  fc.nat(300),
  fc.constantFrom(1, 63, 64, 65, 255, 256, 1_024, 4_096, 8_191, 8_192, 8_193, 100_000),
)
const unit = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.constantFrom('A', '+', '/', '=', '\0', '\ud800', '\udc00', 'é', '😀', '\r\n', '"', '\\'),
)
const anyText = fc
  .tuple(length, unit)
  .map(([count, part]) => part.repeat(Math.ceil(count / part.length)).slice(0, count))
const anyValue = fc.oneof(
  { weight: 3, arbitrary: anyText },
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 31, 1e300, [], {}, [null], [[]]),
  fc.jsonValue({ maxDepth: 3 }),
)

describe('any request over a socket', () => {
  let tenants: TwoTenants
  before(async () => {
    tenants = await openTwoTenants()
  })
  after(() => tenants.close())

  it('is tried of each operation that is served', () => {
    assert.deepEqual(Object.keys(GOOD).sort(), [...tenants.operations].sort())
  })

  for (const [operation, bodyOf] of Object.entries(GOOD)) {
    it(`of ${operation} is answered, whatever stands for one of its members`, async () => {
      const good = bodyOf(tenants.names.own)
      assert.equal(await assertAnswered(tenants, operation, good), 200)
      const run = fc.asyncProperty(
        fc.constantFrom(...Object.keys(good), ...MEMBERS_BESIDE),
        anyValue,
        async (member, value) => {
          await assertAnswered(tenants, operation, { ...good, [member]: value })
        },
      )
      await fc.assert(run, { numRuns: RUNS })
      await assertOneRecordAnHour(tenants)
    })

    it(`of ${operation} is answered, with any of its bytes others`, async () => {
      const good = Buffer.from(JSON.stringify(bodyOf(tenants.names.own)))
      const cut = fc.record({ at: fc.nat(good.length), bytes: fc.nat(20) })
      const run = fc.asyncProperty(cut, fc.uint8Array({ maxLength: 20 }), async (hole, put) => {
        const { at, bytes } = hole
        const body = Buffer.concat([good.subarray(0, at), put, good.subarray(at + bytes)])
        await assertAnswered(tenants, operation, body)
      })
      await fc.assert(run, { numRuns: RUNS })
      await assertOneRecordAnHour(tenants)
    })
  }
})

describe('any CBOR over a socket', () => {
  let tenants: TwoTenants
  before(async () => {
    tenants = await openTwoTenants()
  })
  after(() => tenants.close())

  async function answered(body: Uint8Array): Promise<number> {
    const { accessKey } = tenants.names.own
    const bytes = Buffer.from(body)
    const asked = { operation: 'GetEntitlements', body: bytes, signer: accessKey }
    const { status, headers, text } = await tenants.call({ ...asked, cbor: true })
    assert.equal(headers['smithy-protocol'], 'rpc-v2-cbor')
    const isKnown = Object.keys(ERRORS).some((code) => text.includes(code))
    assert.ok(status === 200 || (status === 400 && isKnown), `${status} ${text}`)
    return status
  }

  it('is answered, whatever stands for one of its members, and whatever its bytes are', async () => {
    const good = { ProductCode: tenants.names.own.product, MaxResults: 1 }
    assert.equal(await answered(encode(good)), 200)
    const members = fc.constantFrom('ProductCode', 'MaxResults', 'NextToken', 'Filter')
    const body = fc.oneof(
      fc.tuple(members, anyValue).map(([member, value]) => encode({ ...good, [member]: value })),
      fc.uint8Array({ maxLength: 300 }),
    )
    const run = fc.asyncProperty(body, async (bytes) => {
      await answered(bytes)
    })
    await fc.assert(run, { numRuns: RUNS })
  })
})

async function assertAnswered(
  { call, names }: TwoTenants,
  operation: string,
  body: unknown,
): Promise<number> {
  const { accessKey, sessionKey } = names.own
  const signer: Pick<WireCall, 'signer' | 'sessionToken'> = BUYERS.has(operation)
    ? { signer: sessionKey, ...SESSION }
    : { signer: accessKey }
  const { status, headers, text } = await call({ operation, body, ...signer })
  const said = JSON.parse(text) as { readonly __type?: string }
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
  if (status === 200) return status
  const code = said.__type ?? 'none'
  assert.ok(code in ERRORS && status >= 400 && status < 500, `${status} ${text}`)
  return status
}

/** An id is made of its hour key alone. */
async function assertOneRecordAnHour({ ask }: TwoTenants): Promise<void> {
  const { text } = await ask('own', 'GET', '/v1/records?limit=1000')
  const { records } = JSON.parse(text) as { readonly records: readonly { readonly id: string }[] }
  assert.ok(records.length > 0)
  assert.equal(new Set(records.map(({ id }) => id)).size, records.length)
}

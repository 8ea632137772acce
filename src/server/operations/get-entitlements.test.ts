/** GetEntitlements through the whole pipeline: whose products, whose tokens, and what a page goes on from. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode, encode, Tag } from 'cbor2'
import type { CatalogEntry } from '../../core/control-entries.ts'
import type { AccountId, AgreementId, Dimension, ProductCode } from '../../core/usage.ts'
import {
  aCatalog,
  anAgreement,
  aProduct,
  BUYER,
  OTHER_BUYER,
  OTHER_SELLER,
  PRODUCT,
} from '../../testing/builders.ts'
import { RPC_V2_CBOR } from '../../wire/rpc-v2-cbor.ts'
import { createHandler } from '../handle.ts'
import {
  aService,
  MASTER_KEYS,
  OTHER_SELLERS_KEY_ID,
  RESTRICTED_KEY_ID,
  signed,
  type TestService,
} from '../handle.spec.ts'
import { getEntitlements } from './get-entitlements.ts'

const HEADERS = {
  host: 'entitlement.marketplace.us-east-1.amazonaws.com',
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AWSMPEntitlementService.GetEntitlements',
}
const USAGE_ONLY = 'usage-only' as ProductCode
const FOREIGN = 'foreign' as ProductCode

const entitlements = [
  { dimension: 'seats' as Dimension, integer: 5 },
  { dimension: 'plan' as Dimension, string: 'gold' },
]

const WORLD: readonly CatalogEntry[] = [
  aProduct({ contract: true }),
  aProduct({ code: USAGE_ONLY }),
  aProduct({ code: FOREIGN, seller: OTHER_SELLER, contract: true }),
  agreement('agmt-1', BUYER),
  agreement('agmt-2', OTHER_BUYER),
  agreement('agmt-3', BUYER, FOREIGN),
]

function agreement(id: string, buyer: AccountId, product = PRODUCT) {
  return anAgreement({ id: id as AgreementId, buyer, product, entitlements })
}

interface Answer {
  readonly status: number
  readonly __type?: string
  readonly Entitlements?: readonly { readonly Dimension: string; readonly LicenseArn: string }[]
  readonly NextToken?: string
}

function asking(service: TestService = aService({ catalog: aCatalog(...WORLD) })) {
  return async (body: unknown, signing = {}): Promise<Answer> => {
    const { status, text } = await service.send(body, { headers: HEADERS, ...signing })
    return { status, ...(JSON.parse(text) as Omit<Answer, 'status'>) }
  }
}

describe('GetEntitlements', () => {
  it('answers the seller of the product, and says of all others that there is nothing', async () => {
    const ask = asking()
    const own = await ask({ ProductCode: PRODUCT })
    assert.equal(own.Entitlements?.length, 4)
    const invalid = [
      await ask({ ProductCode: FOREIGN }),
      await ask({ ProductCode: 'nothing' }),
      await ask({ ProductCode: PRODUCT }, { accessKeyId: OTHER_SELLERS_KEY_ID }),
    ]
    const [first] = invalid
    assert.equal(first?.__type, 'InvalidParameterException')
    for (const answer of invalid) assert.deepEqual(answer, first)
  })

  it('tells our own surfaces which product a refused question was about', async () => {
    const service = aService({ catalog: aCatalog(...WORLD) })
    const ask = asking(service)
    for (const body of [
      { ProductCode: 'nothing' },
      { ProductCode: PRODUCT, NextToken: 'made-up' },
    ]) {
      await ask(body)
      assert.equal(service.told.refused.at(-1)?.productCode, body.ProductCode)
    }
  })

  it('refuses a product that is not sold by contract', async () => {
    const { status, __type } = await asking()({ ProductCode: USAGE_ONLY })
    assert.deepEqual([status, __type], [400, 'InvalidParameterException'])
  })

  it('gives tokens that go on, to this seller and for this very question alone', async () => {
    const ask = asking()
    const first = await ask({ ProductCode: PRODUCT, MaxResults: 1 })
    const { NextToken } = first
    assert.ok(NextToken)
    const second = await ask({ ProductCode: PRODUCT, MaxResults: 25, NextToken })
    const seen = [...(first.Entitlements ?? []), ...(second.Entitlements ?? [])]
    assert.equal(new Set(seen.map((one) => JSON.stringify(one))).size, 4)
    assert.equal(second.NextToken, undefined)
    const others: readonly (readonly [object, object?])[] = [
      [{ ProductCode: PRODUCT, NextToken, Filter: { DIMENSION: ['seats'] } }],
      [{ ProductCode: FOREIGN, NextToken }, { accessKeyId: OTHER_SELLERS_KEY_ID }],
      [{ ProductCode: PRODUCT, NextToken: `${NextToken}x` }],
      [
        {
          ProductCode: PRODUCT,
          NextToken: 'v1.aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaa',
        },
      ],
      [{ ProductCode: PRODUCT, NextToken: 'made-up' }],
    ]
    for (const [body, signing] of others) {
      const { __type } = await ask(body, signing)
      assert.equal(__type, 'InvalidParameterException', JSON.stringify(body))
    }
  })

  it('takes a filter in any order of its values for the same question', async () => {
    const ask = asking()
    const by = (...accounts: string[]) => ({
      ProductCode: PRODUCT,
      MaxResults: 1,
      Filter: { CUSTOMER_AWS_ACCOUNT_ID: accounts },
    })
    const { NextToken } = await ask(by(BUYER, OTHER_BUYER))
    const { status } = await ask({ ...by(OTHER_BUYER, BUYER), NextToken })
    assert.equal(status, 200)
  })

  it('shows nobody where a token has stopped', async () => {
    const ask = asking()
    const [one, other] = [
      await ask({ ProductCode: PRODUCT, MaxResults: 1 }),
      await ask({ ProductCode: PRODUCT, MaxResults: 1 }),
    ]
    assert.ok(one.NextToken)
    assert.notEqual(one.NextToken, other.NextToken)
    const bytes = Buffer.from(one.NextToken.split('.').at(-1) ?? '', 'base64url').toString('latin1')
    assert.doesNotMatch(bytes, new RegExp(`${BUYER}|agmt`))
  })

  it('is refused in a Region that is not served as a wrong scope, for it has no other error', async () => {
    const { __type, status } = await asking()({ ProductCode: PRODUCT }, { region: 'eu-west-1' })
    assert.deepEqual([status, __type], [400, 'InvalidSignatureException'])
  })

  it('is a right of its own', async () => {
    const signing = { accessKeyId: RESTRICTED_KEY_ID }
    const { __type } = await asking()({ ProductCode: PRODUCT }, signing)
    assert.equal(__type, 'AccessDeniedException')
  })

  it('is no operation of the metering service, nor is another one of the entitlement service', async () => {
    const ask = asking()
    for (const target of [
      'AWSMPMeteringService.GetEntitlements',
      'AWSMPEntitlementService.BatchMeterUsage',
      'AWSMPEntitlementService',
    ]) {
      const headers = { ...HEADERS, 'x-amz-target': target }
      const { __type } = await ask({ ProductCode: PRODUCT }, { headers })
      assert.equal(__type, 'UnknownOperationException', target)
    }
  })
})

describe('GetEntitlements in CBOR', () => {
  const CBOR = {
    headers: {
      host: HEADERS.host,
      accept: 'application/cbor',
      'content-type': 'application/cbor',
      'smithy-protocol': 'rpc-v2-cbor',
    },
    target: '/service/AWSMPEntitlementService/operation/GetEntitlements',
  }

  /** The answer as a listener would send it. */
  async function ask(body: unknown, signing = {}) {
    const { service } = aService({ catalog: aCatalog(...WORLD) })
    const handle = createHandler(service, [getEntitlements(service, MASTER_KEYS)])
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(encode(body))
    const answer = await handle(signed(bytes, { ...CBOR, ...signing }), { requestId: 'r' })
    assert.equal(answer.protocol, RPC_V2_CBOR)
    assert.ok(Buffer.isBuffer(answer.body))
    const options = { ignoreGlobalTags: true }
    return { status: answer.status, body: decode<Record<string, unknown>>(answer.body, options) }
  }

  it('answers what it answers in JSON', async () => {
    const request = { ProductCode: PRODUCT, Filter: { DIMENSION: ['seats'] }, MaxResults: 1 }
    const json = await asking()(request)
    const { status, body } = await ask(request)
    assert.equal(status, 200)
    assert.deepEqual(body['Entitlements'], json.Entitlements)
    const next = await ask({ ...request, NextToken: body['NextToken'] })
    assert.deepEqual([next.status, next.body['NextToken']], [200, undefined])
    const mixed = await asking()({ ...request, NextToken: body['NextToken'] })
    assert.equal(mixed.status, 200, 'a page in one protocol goes on in the other')
  })

  const REFUSED = [
    ['a wrong body', Buffer.from('ff', 'hex'), {}, 400, 'SerializationException'],
    ['a wrong type', { ProductCode: 1 }, {}, 400, 'SerializationException'],
    [
      'a tag where a map belongs',
      { ProductCode: 'p', Filter: new Tag(1, {}) },
      {},
      400,
      'SerializationException',
    ],
    ['bytes where a text belongs', { ProductCode: Buffer.from('p') }, {}, 400, 'Serialization'],
    ['too great a number', { ProductCode: 'p', MaxResults: 2n ** 63n }, {}, 400, 'Serialization'],
    ['undefined in a list', { ProductCode: 'p', Filter: { DIMENSION: [undefined] } }, {}, 400, ''],
    ['another product', { ProductCode: FOREIGN }, {}, 400, 'InvalidParameterException'],
    ['a wrong secret', {}, { secretAccessKey: 'x' }, 400, 'InvalidSignatureException'],
    ['another method', {}, { method: 'PUT' }, 404, 'UnknownOperationException'],
    ['another path', {}, { target: '/' }, 400, 'UnknownOperationException'],
    [
      'an operation of the metering service',
      {},
      { target: '/service/AWSMPMeteringService/operation/BatchMeterUsage' },
      400,
      'UnknownOperationException',
    ],
    [
      'another content type',
      {},
      { headers: { ...CBOR.headers, 'content-type': 'application/json' } },
      404,
      'UnknownOperationException',
    ],
  ] as const
  for (const [name, body, signing, status, code] of REFUSED) {
    it(`is refused in CBOR for ${name}`, async () => {
      const answer = await ask(body, signing)
      assert.equal(answer.status, status)
      const text = JSON.stringify(answer.body)
      assert.ok(String(answer.body['__type']).startsWith(code), text)
      assert.equal('Message' in answer.body, false)
    })
  }
})

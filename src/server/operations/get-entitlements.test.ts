/** GetEntitlements through the whole pipeline: whose products, whose tokens, and what a page goes on from. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
import {
  aService,
  OTHER_SELLERS_KEY_ID,
  RESTRICTED_KEY_ID,
  type TestService,
} from '../handle.spec.ts'

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

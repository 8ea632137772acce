/** Answers of MeterUsage, RegisterUsage and GetEntitlements, right and wrong in each way, in JSON and in CBOR. */
import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { encode, Tag } from 'cbor2'
import type { Contract, PublicKey } from './bindings.ts'
import type { Expected } from './case.ts'
import { differences, newMemory } from './compare.ts'
import { wireOf } from './compare-entitlements.ts'
import type { Answer, Sent } from './exchange.ts'

const ID = '0a0b0c0d-0000-8000-8000-000000000001'
const CBOR_HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }

const pairs = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2_048 }))
const publicKeys: readonly PublicKey[] = pairs.map(({ publicKey }, index) => ({
  version: index + 1,
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
}))

const first: Contract = {
  account: '100000000010',
  customerIdentifier: 'FIRST',
  licenseArn: 'arn:first',
  entitlements: [
    { dimension: 'seats', value: { IntegerValue: 5 } },
    { dimension: 'plan', value: { StringValue: 'gold' } },
  ],
  expires: '2027-01-01T00:00:00.500Z',
}
const second: Contract = {
  account: '100000000011',
  licenseArn: 'arn:second',
  entitlements: [{ dimension: 'seats', value: { IntegerValue: 1 } }],
}

const memoryOf = () =>
  newMemory({
    containerProduct: { code: 'c', dimensions: ['d'], publicKeys: [...publicKeys] },
    contractProduct: { code: 'contract', first, second },
  })

function sentOf(body: object, isCbor = false): Sent {
  return {
    method: 'POST',
    url: new URL('http://127.0.0.1/'),
    headers: isCbor ? Object.entries(CBOR_HEADERS) : [],
    body: isCbor ? Buffer.from(encode(body)) : Buffer.from(JSON.stringify(body)),
  }
}

function answerOf(body: unknown, isCbor = false, status = 200): Answer {
  const own = isCbor ? CBOR_HEADERS : { 'content-type': 'application/x-amz-json-1.1' }
  return {
    status,
    headers: { ...own, 'x-amzn-requestid': ID },
    body: isCbor ? Buffer.from(encode(body)) : Buffer.from(JSON.stringify(body)),
  }
}

const REQUEST = { ProductCode: 'c', PublicKeyVersion: 2, Nonce: 'n' }
const CLAIMS = {
  ...{ ProductCode: 'c', PublicKeyVersion: 2, Nonce: 'n' },
  ...{ productCode: 'c', publicKeyVersion: 2, nonce: 'n' },
}

function token(changes: object = {}, { key = 1, header = {}, saltLength = 32 } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = Math.floor(Date.now() / 1_000)
  const head = part({ alg: 'PS256', typ: 'JWT', ...header })
  const signed = `${head}.${part({ ...CLAIMS, iat, ...changes })}`
  const privateKey = pairs[key]?.privateKey
  assert.ok(privateKey)
  const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  return `${signed}.${sign('sha256', Buffer.from(signed), options).toString('base64url')}`
}

type Row = readonly [name: string, expected: Expected, body: object, problem?: RegExp]

const CURRENT: Expected = { signedBy: 'current' }
const HELD: Expected = { recordId: 'a' }

const rows: readonly Row[] = [
  ['an id', HELD, { MeteringRecordId: ID }],
  ['no id', HELD, {}, /not a MeteringRecordId alone/],
  ['more than an id', HELD, { MeteringRecordId: ID, More: 1 }, /alone/],
  ['a signature', CURRENT, { Signature: token() }],
  ['one under another key', CURRENT, { Signature: token({}, { key: 0 }) }, /published key/],
  ['one with another salt', CURRENT, { Signature: token({}, { saltLength: 20 }) }, /published/],
  [
    'one of another algorithm',
    CURRENT,
    { Signature: token({}, { header: { alg: 'RS256' } }) },
    /header/,
  ],
  ['one of another nonce', CURRENT, { Signature: token({ nonce: 'm' }) }, /claims/],
  ['one of one spelling', CURRENT, { Signature: token({ productCode: undefined }) }, /claims/],
  ['one of yesterday', CURRENT, { Signature: token({ iat: 1_795_000_000 }) }, /iat/],
  ['one that was cut', CURRENT, { Signature: token().slice(0, -4) }, /published key/],
  ['none', CURRENT, {}, /published key/],
  ['a rotation', CURRENT, { Signature: token(), PublicKeyRotationTimestamp: 5 }, /Rotation/],
  ['no rotation', { signedBy: 'rotated' }, { Signature: token() }, /Rotation/],
]

describe('an answer of MeterUsage or RegisterUsage', () => {
  for (const [name, expected, body, problem] of rows) {
    it(`${name}: ${problem === undefined ? 'is right' : 'is told'}`, () => {
      const found = differences(sentOf(REQUEST), answerOf(body), expected, memoryOf()).join('\n')
      if (problem === undefined) assert.equal(found, '')
      else assert.match(found, problem)
    })
  }
})

const [seats, plan] = first.entitlements.map((one) => wireOf('contract', first, one))
const other = second.entitlements.map((one) => wireOf('contract', second, one))
const ALL: Expected = { entitlements: ['first', 'second'] }
const FIRST: Expected = { entitlements: ['first'] }

const pageRows: readonly Row[] = [
  ['all, in any order', ALL, { Entitlements: [...other, plan, seats] }],
  ['one of them', { entitlements: ['first.1'] }, { Entitlements: [plan] }],
  ['none, and no list', { entitlements: [] }, {}],
  ['one too few', FIRST, { Entitlements: [plan] }, /there are 1, not 2/],
  ['one twice', FIRST, { Entitlements: [plan, plan] }, /shown before/],
  ['somebody else’s', FIRST, { Entitlements: [plan, ...other] }, /none of/],
  ['another value', FIRST, { Entitlements: [plan, { ...seats, Value: {} }] }, /none of/],
  ['no end', FIRST, { Entitlements: [plan, { ...seats, ExpirationDate: undefined }] }, /none of/],
  ['more to come', FIRST, { Entitlements: [plan, seats], NextToken: 'x' }, /NextToken is x/],
  ['no more', { ...FIRST, isMore: true }, { Entitlements: [plan, seats] }, /NextToken is undef/],
  ['a member too many', FIRST, { Entitlements: [plan, seats], Count: 2 }, /no member Count/],
]

/** CBOR tags instants, and has no member that is not there. */
function tagged({ Entitlements: list, ...rest }: Record<string, unknown>): object {
  if (!Array.isArray(list)) return rest
  return {
    ...rest,
    Entitlements: list.map(({ ExpirationDate: date, ...one }: Record<string, unknown>) =>
      date === undefined ? one : { ...one, ExpirationDate: new Tag(1, date) },
    ),
  }
}

describe('an answer of GetEntitlements', () => {
  for (const isCbor of [false, true]) {
    for (const [name, expected, body, problem] of pageRows) {
      it(`${name}${isCbor ? ', in CBOR' : ''}: ${problem === undefined ? 'is right' : 'is told'}`, () => {
        const answer = answerOf(isCbor ? tagged({ ...body }) : body, isCbor)
        const found = differences(sentOf({}, isCbor), answer, expected, memoryOf()).join('\n')
        if (problem === undefined) assert.equal(found, '')
        else assert.match(found, problem)
      })
    }
  }

  it('in the other protocol, or with an instant that is not tagged as one, is told', () => {
    const body = { Entitlements: [plan, seats] }
    const mixed = differences(sentOf({}, true), answerOf(body), FIRST, memoryOf())
    assert.match(mixed.join('\n'), /content-type is .*\n.*smithy-protocol is .*\n.*the body is not/)
    const plainly = differences(sentOf({}, true), answerOf(body, true), FIRST, memoryOf())
    assert.match(plainly.join('\n'), /without tag 1/)
  })

  it('may show in a page what no page before it has shown, and hands its token on', () => {
    const memory = memoryOf()
    const page = (count: number, isMore = false): Expected => ({
      ...{ entitlements: ['first', 'second'], count },
      ...(isMore && { isMore }),
    })
    const show = (body: object, expected: Expected) =>
      differences(sentOf({}), answerOf(body), expected, memory).join()
    assert.equal(show({ Entitlements: [plan, seats], NextToken: 't' }, page(2, true)), '')
    assert.equal(memory.nextToken, 't')
    assert.match(show({ Entitlements: [plan] }, page(1)), /shown before/)
    assert.equal(show({ Entitlements: other }, page(1)), '')
  })
})

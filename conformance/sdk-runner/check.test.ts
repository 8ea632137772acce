import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { checkLines, type Traits } from './check.ts'
import { run } from './process.ts'
import type { SdkStep } from './step.ts'

const ID = '0a0b0c0d-0000-8000-8000-000000000001'
const OTHER_ID = '0a0b0c0d-0000-8000-8000-000000000002'
const REQUEST_ID = '11111111-2222-4333-8444-555555555555'

const plain = {
  name: 'step',
  endpoint: 'http://127.0.0.1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  operation: 'BatchMeterUsage' as const,
  request: { UsageRecords: [{ TimestampMs: 1_500, Dimension: 'd', Quantity: 3 }] },
}
const taken: SdkStep = { ...plain, wanted: { results: [{ status: 'Success', id: 'usage' }] } }
const refused: SdkStep = { ...plain, wanted: { error: 'InvalidTagException', typed: true } }
const answered: SdkStep = { ...plain, wanted: { answer: { ProductCode: 'p', LicenseArn: 'l' } } }
const untyped: SdkStep = { ...plain, wanted: { error: 'ValidationException', typed: false } }

const result = { status: 'Success', id: ID, dimension: 'd', quantity: 3, timestampMs: 1_500 }
const line = { step: 'step', requestId: REQUEST_ID, results: [result], unprocessed: 0 }
const error = (code: string, name: string) => ({
  step: 'step',
  requestId: REQUEST_ID,
  error: { code, class: name, message: '' },
})

type Row = readonly [
  name: string,
  step: SdkStep,
  line: object,
  problem?: RegExp | undefined,
  traits?: Traits,
]

const reported: SdkStep = { ...plain, wanted: { recordId: 'usage' } }
const entitled = (dimension: string) => ({
  ...{ CustomerAWSAccountId: 'account', Dimension: dimension, LicenseArn: 'l' },
  Value: { IntegerValue: 5 },
})
const listed: SdkStep = {
  ...plain,
  wanted: { entitlements: [entitled('a'), entitled('b')], pages: 2 },
}
const pageOf = (pages: number, ...Entitlements: object[]) => told({ Entitlements, pages })
const empty = { ...entitled('a'), Value: { IntegerValue: 5, DoubleValue: null } }

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const register = { ProductCode: 'c', PublicKeyVersion: 1 }
const signed: SdkStep = {
  ...{ ...plain, operation: 'RegisterUsage', request: register },
  publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  wanted: { signedBy: 'current' },
}

function token(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { ...register, productCode: 'c', publicKeyVersion: 1 }
  const iat = Math.floor(Date.now() / 1_000)
  const text = `${part({ alg: 'PS256', typ: 'JWT' })}.${part({ ...claims, iat })}`
  const key = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

const told = (answer: object) => ({ step: 'step', requestId: REQUEST_ID, answer })

const rows: readonly Row[] = [
  ['a right answer', answered, told({ ProductCode: 'p', LicenseArn: 'l', Other: null })],
  ['another member', answered, told({ ProductCode: 'p', LicenseArn: 'x' }), /the answer is/],
  [
    'a member too many',
    answered,
    told({ ProductCode: 'p', LicenseArn: 'l', O: 'o' }),
    /the answer/,
  ],
  ['a member that it has not', answered, told({ ProductCode: 'p' }), /the answer is/],
  [
    'one that it does not know',
    answered,
    told({ ProductCode: 'p' }),
    undefined,
    { unsupported: ['LicenseArn'] },
  ],
  ['results for an answer', answered, line, /no answer but/],
  ['the id of a report', reported, told({ MeteringRecordId: ID })],
  ['another id of a report', reported, told({ MeteringRecordId: OTHER_ID }), /the id of usage/],
  ['an error for a report', reported, error('X', 'X'), /no answer but/],
  ['all entitlements, in any order', listed, pageOf(2, entitled('b'), empty)],
  ['entitlements of one page', listed, pageOf(1, entitled('a'), entitled('b')), /1 pages/],
  ['an entitlement too few', listed, pageOf(2, entitled('a')), /the entitlements are/],
  [
    'pages where the SDK shows none',
    listed,
    told({ Entitlements: [entitled('a'), entitled('b')] }),
    undefined,
    { pages: false },
  ],
  ['a signature', signed, { ...told({ Signature: token() }), verified: true }],
  ['one that was not verified', signed, told({ Signature: token() }), /could not verify/],
  [
    'one that was not verified where the language cannot',
    signed,
    told({ Signature: token() }),
    undefined,
    { verifies: false },
  ],
  [
    'one that was cut',
    signed,
    { ...told({ Signature: token().slice(0, -9) }), verified: true },
    /not of the published key/,
  ],
  [
    'a rotation that is none',
    signed,
    { ...told({ Signature: token(), PublicKeyRotationTimestampMs: 5 }), verified: true },
    /the time of the rotation/,
  ],
  ['a right result', taken, line],
  [
    'another status',
    taken,
    { ...line, results: [{ ...result, status: 'DuplicateRecord' }] },
    /status/,
  ],
  [
    'another id than before',
    taken,
    { ...line, results: [{ ...result, id: OTHER_ID }] },
    /the id of usage/,
  ],
  ['no id', taken, { ...line, results: [{ ...result, id: null }] }, /the id is null/],
  [
    'another quantity in the echo',
    taken,
    { ...line, results: [{ ...result, quantity: 4 }] },
    /came back/,
  ],
  [
    'a cut timestamp',
    taken,
    { ...line, results: [{ ...result, timestampMs: 1_000 }] },
    /came back/,
  ],
  [
    'a cut timestamp where the SDK cuts',
    taken,
    { ...line, results: [{ ...result, timestampMs: 1_000 }] },
    undefined,
    { wholeSeconds: true },
  ],
  ['unprocessed records', taken, { ...line, unprocessed: 1 }, /unprocessed/],
  ['a result too many', taken, { ...line, results: [result, result] }, /2 results/],
  ['an error for a result', taken, error('X', 'X'), /no results/],
  ['no request id', taken, { ...line, requestId: undefined }, /request id/],
  [
    'no request id where the SDK shows none',
    taken,
    { ...line, requestId: undefined },
    undefined,
    { requestIds: false },
  ],
  ['another step', taken, { ...line, step: 'other' }, /instead/],
  [
    'a member that the SDK does not know',
    taken,
    { step: 'step', unsupported: 'LicenseArn' },
    undefined,
    { unsupported: ['LicenseArn'] },
  ],
  [
    'a member that it should know',
    taken,
    { step: 'step', unsupported: 'LicenseArn' },
    /knows no LicenseArn/,
  ],
  ['a typed error', refused, error('InvalidTagException', 'InvalidTagException')],
  [
    'a typed error without its class',
    refused,
    error('InvalidTagException', 'ClientError'),
    /class/,
  ],
  ['another error', refused, error('Other', 'InvalidTagException'), /is Other/],
  ['a result for an error', refused, line, /no InvalidTagException/],
  ['an error without a class', untyped, error('ValidationException', 'Anything')],
]

describe('what an SDK printed', () => {
  for (const [name, step, printed, problem, traits = {}] of rows) {
    it(`${name}: ${problem === undefined ? 'is right' : 'is told'}`, () => {
      const ids = new Map([['usage', ID]])
      const found = checkLines([step], `${JSON.stringify(printed)}\n`, traits, ids).join('\n')
      if (problem === undefined) assert.equal(found, '')
      else assert.match(found, problem)
    })
  }

  it('is told where there is nothing, or too much', () => {
    assert.match(checkLines([taken], '', {}, new Map()).join(), /printed nothing/)
    const twice = `${JSON.stringify(line)}\n`.repeat(2)
    assert.match(checkLines([taken], twice, {}, new Map()).join(), /1 lines more/)
  })
})

describe('a program', () => {
  it('that does not exist ends at once, and says so', async () => {
    const ended = await run({ program: 'no-such-program-anywhere', arguments: [] }, '.')
    assert.equal(ended.exitCode, undefined)
    assert.match(ended.stderr, /ENOENT/)
  })

  it('sees no AWS settings of this machine', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'the machine’s'
    const script = "process.stdout.write(String(process.env['AWS_ACCESS_KEY_ID']))"
    const ended = await run({ program: process.execPath, arguments: ['-e', script] }, '.')
    delete process.env['AWS_ACCESS_KEY_ID']
    assert.equal(ended.stdout, 'undefined')
  })
})

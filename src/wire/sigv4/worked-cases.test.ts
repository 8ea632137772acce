/**
 * The published worked cases of the algorithm: AWS's own test suite for signers, key AKIDEXAMPLE, service
 * `service`, 30 August 2015. Each row is a request and the signature that AWS published for it.
 *
 * Left out: the cases for signers that do not normalise paths, which only S3 takes; the token that is added
 * after signing, which this service does not take.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalPath, canonicalQuery } from './canonical-request.ts'
import { deriveSigningKey } from './signing-key.ts'
import { hashSessionToken } from './session-token.ts'
import { signRequest } from './signer.spec.ts'
import { verifySignature } from './verify.ts'

const ACCESS_KEY_ID = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const AT = '20150830T123600Z'
const NOW_MS = Date.parse('2015-08-30T12:36:00Z')
const POLICY = { service: 'service', regionValid: () => true, skewMsMax: 300_000 }
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const TOKEN = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267'
const LONG_TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI' +
  'eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0' +
  'wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fP' +
  'OLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=='

interface Case {
  readonly name: string
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly token?: string
  readonly signature: string
}

/** A letter outside ASCII, as node:http gives it: one character a byte of UTF-8. */
const ETHIOPIC = Buffer.from('ሴ').toString('latin1')
const FORM = 'application/x-www-form-urlencoded'
const GET_ROOT = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'
const POST_ROOT = '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'

const CASES: readonly Case[] = [
  { name: 'vanilla', signature: GET_ROOT },
  { name: 'POST vanilla', method: 'POST', signature: POST_ROOT },
  {
    name: 'a repeated header',
    headers: [
      ['My-Header1', 'value2'],
      ['My-Header1', 'value2'],
      ['My-Header1', 'value1'],
    ],
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'a repeated header keeps its order',
    headers: ['4', '1', '3', '2'].map((digit) => ['My-Header1', `value${digit}`] as const),
    signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  },
  {
    name: 'a value over several lines',
    headers: [['My-Header1', 'value1\n  value2\n     value3']],
    signature: 'cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd',
  },
  {
    name: 'blanks round and inside values',
    headers: [
      ['My-Header1', ' value1'],
      ['My-Header2', ' "a   b   c" '],
    ],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  { name: 'path /example/..', target: '/example/..', signature: GET_ROOT },
  { name: 'path /a/b/../..', target: '/example1/example2/../..', signature: GET_ROOT },
  { name: 'path /./', target: '/./', signature: GET_ROOT },
  { name: 'path //', target: '//', signature: GET_ROOT },
  {
    name: 'path /./example',
    target: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
  {
    name: 'path //example//',
    target: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'a blank in the path',
    target: '/example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  {
    name: 'a path of unreserved characters',
    target: `/${UNRESERVED}`,
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'a path outside ASCII',
    target: `/${ETHIOPIC}`,
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'a query',
    target: '/?Param1=value1',
    signature: 'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  },
  {
    name: 'a query out of order',
    target: '/?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'a query, encoded and out of order',
    target: '/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1',
    signature: '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
  },
  {
    name: 'a query of unreserved characters',
    target: `/?${UNRESERVED}=${UNRESERVED}`,
    signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  },
  {
    name: 'a query outside ASCII',
    target: `/?${ETHIOPIC}=bar`,
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'POST with a query',
    method: 'POST',
    target: '/?Param1=value1',
    signature: '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  },
  {
    name: 'POST, a header value in capitals',
    method: 'POST',
    headers: [['My-Header1', 'VALUE1']],
    signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  },
  {
    name: 'POST, headers to be sorted',
    method: 'POST',
    headers: [['My-Header1', 'value1']],
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    name: 'a session token',
    token: TOKEN,
    signature: '07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8',
  },
  {
    name: 'POST with a long session token',
    method: 'POST',
    token: LONG_TOKEN,
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
  {
    name: 'POST with a body',
    method: 'POST',
    headers: [
      ['Content-Type', FORM],
      ['Content-Length', '13'],
    ],
    body: 'Param1=value1',
    signature: 'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
  },
  {
    name: 'POST with a body and a charset',
    method: 'POST',
    headers: [
      ['Content-Type', `${FORM}; charset=utf-8`],
      ['Content-Length', '13'],
    ],
    body: 'Param1=value1',
    signature: '328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422',
  },
]

for (const given of CASES) {
  test(`published: ${given.name}`, () => assert.deepEqual(verifyCase(given), 'ok'))

  test(`published: ${given.name}, another signature`, () => {
    const signature = given.signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
    assert.equal(verifyCase({ ...given, signature }), 'the signature is another')
  })
}

function verifyCase(given: Case): string {
  const headers = [['Host', 'example.amazonaws.com'], ...(given.headers ?? []), ['X-Amz-Date', AT]]
  if (given.token !== undefined) headers.push(['X-Amz-Security-Token', given.token])
  // The suite signs the body's hash as a header where it has a body to sign.
  if (given.body !== undefined) headers.push(['x-amz-content-sha256', FORM_BODY_HASH])
  const names = new Set(headers.map(([name = '']) => name.toLowerCase()))
  const signedHeaders = [...names].sort().join(';')
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY_ID}/20150830/us-east-1/service/aws4_request, ` +
    `SignedHeaders=${signedHeaders}, Signature=${given.signature}`
  const request = {
    method: given.method ?? 'GET',
    target: given.target ?? '/',
    rawHeaders: [...headers.flat(), 'Authorization', authorization],
    body: Buffer.from(given.body ?? ''),
  }
  const session =
    given.token === undefined
      ? undefined
      : { tokenHash: hashSessionToken(given.token), expiresAtMs: NOW_MS + 1 }
  const result = verifySignature(request, POLICY, lookup(session), [() => NOW_MS])
  return result.ok ? 'ok' : result.error.reason
}

function lookup(session: { tokenHash: Buffer; expiresAtMs: number } | undefined) {
  const signingKey = (date: string, region: string) =>
    deriveSigningKey(SECRET, { date, region, service: 'service' })
  return { find: () => ({ signer: 'example', session, signingKey }) }
}

// The signer that the other tests use, against the same published signature.
test('the tests’ own signer gets the published signature', () => {
  const request = signRequest({
    method: 'GET',
    headers: { host: 'example.amazonaws.com' },
    body: '',
    at: AT,
    service: 'service',
  })
  assert.ok(request.rawHeaders.at(-1)?.endsWith(`Signature=${GET_ROOT}`))
})

// AWS's guide: each segment is encoded twice, the first time by the sender. Dots are dots only unescaped.
const PATHS: readonly (readonly [received: string, canonical: string])[] = [
  ['', '/'],
  ['/', '/'],
  ['/aws/mp', '/aws/mp'],
  ['/aws/mp/', '/aws/mp/'],
  ['/aws//mp/', '/aws/mp/'],
  ['/aws/./mp', '/aws/mp'],
  ['/aws/../mp', '/mp'],
  ['/..', '/'],
  ['/../../mp', '/mp'],
  ['/aws/..', '/'],
  ['/aws/../', '/'],
  ['/.../..a/a..', '/.../..a/a..'],
  ['/a%20b', '/a%2520b'],
  ['/%2E%2E/mp', '/%252E%252E/mp'],
  ['/a%2Fb', '/a%252Fb'],
  ["/!'()*", '/%21%27%28%29%2A'],
  ['/a:b@c', '/a%3Ab%40c'],
]

for (const [received, canonical] of PATHS) {
  test(`path '${received}' is '${canonical}'`, () =>
    assert.equal(canonicalPath(received), canonical))
}

const QUERIES: readonly (readonly [received: string, canonical: string])[] = [
  ['', ''],
  ['a', 'a='],
  ['a=', 'a='],
  ['=a', '=a'],
  ['b=1&a=2', 'a=2&b=1'],
  ['a=2&a=1', 'a=1&a=2'],
  ['a=1&A=1', 'A=1&a=1'],
  ['a=b=c', 'a=b%3Dc'],
  ['a=%2f', 'a=%2F'],
  ['a=%41', 'a=A'],
  ['a=1+1', 'a=1%2B1'],
  ['a=%zz&b=%4', 'a=%25zz&b=%254'],
  ['a=1&&b=2', 'a=1&b=2'],
  ['a%3D=1&a=2', 'a=2&a%3D=1'],
]

for (const [received, canonical] of QUERIES) {
  test(`query '${received}' is '${canonical}'`, () =>
    assert.equal(canonicalQuery(received), canonical))
}

/** SHA-256 of "Param1=value1". */
const FORM_BODY_HASH = '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e'

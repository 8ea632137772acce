/** Whatever arrives, the verifier answers: never a throw, never `ok` without the secret. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAuthorization } from './authorization.ts'
import { canonicalPath, canonicalQuery } from './canonical-request.ts'
import { headerOf, signRequest, withHeader } from './signer.spec.ts'
import { verify } from './verifying.spec.ts'

const CODES = new Set([
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
])

const good = signRequest()
const authorization = headerOf(good, 'Authorization')

const anyText = fc.string({ unit: 'binary', maxLength: 80 })
const fragment = fc.oneof(
  fc.constantFrom('AWS4-HMAC-SHA256', ' ', ',', ', ', '=', '/', ';', 'Credential=', 'Signature='),
  fc.constantFrom('SignedHeaders=', 'host', 'AKIDEXAMPLE', '20261123', 'us-east-1', 'aws4_request'),
  fc.constantFrom('aws-marketplace', '%', '\0', '__proto__', 'constructor', '0'.repeat(64)),
  anyText,
)
const almostAuthorization = fc.oneof(
  fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.nat(authorization.length), fc.nat(20), anyText)
    .map(([at, cut, text]) => authorization.slice(0, at) + text + authorization.slice(at + cut)),
)
const headerName = fc.oneof(
  fc.constantFrom('Host', 'x-amz-date', 'Date', 'X-Amz-Security-Token', 'x-amz-content-sha256'),
  fc.constantFrom('Authorization', 'x-amz-target', '__proto__', ''),
  anyText,
)
const rawHeaders = fc
  .array(fc.tuple(headerName, fc.oneof(anyText, almostAuthorization)), { maxLength: 12 })
  .chain((pairs) =>
    // A list of odd length cannot come from node:http; it must not throw all the same.
    fc.boolean().map((odd) => (odd ? pairs.flat().slice(0, -1) : pairs.flat())),
  )

test('any Authorization in an otherwise good request is refused with a known code', () => {
  fc.assert(
    fc.property(almostAuthorization, (value) => {
      fc.pre(value.trim() !== authorization)
      const result = verify(withHeader(good, 'Authorization', value))
      // What the edit left whole may still be the same signature, with other blanks.
      if (result.ok) assert.deepEqual(parseAuthorization(value.trim()).defect, undefined)
      else assert.ok(CODES.has(result.error.code))
    }),
    { numRuns: 2_000 },
  )
})

test('any request at all is answered', () => {
  const request = fc.record({
    method: fc.oneof(fc.constant('POST'), anyText),
    target: fc.oneof(fc.webPath(), anyText, fc.constant('/?X-Amz-Algorithm')),
    rawHeaders,
    body: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  })
  fc.assert(
    fc.property(request, (given) => {
      const result = verify(given)
      assert.ok(!result.ok && CODES.has(result.error.code))
      assert.ok(result.error.message.length > 0 && result.error.reason.length > 0)
    }),
    { numRuns: 2_000 },
  )
})

test('any headers beside those of a good request change nothing, or are refused', () => {
  fc.assert(
    fc.property(rawHeaders, (more) => {
      const result = verify({ ...good, rawHeaders: [...good.rawHeaders, ...more] })
      assert.ok(result.ok || CODES.has(result.error.code))
    }),
    { numRuns: 1_000 },
  )
})

test('a canonical path has no empty segment and no dots, and begins with a slash', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const path = canonicalPath(`/${text}`)
      assert.ok(path.startsWith('/'))
      assert.doesNotMatch(path, /\/\/|\/\.\.?(\/|$)/)
    }),
  )
})

test('a canonical query is its own canonical form', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = text.replace(/[^\0-\xff]/g, '')
      const query = canonicalQuery(bytes)
      assert.equal(canonicalQuery(query), query)
    }),
  )
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BUYER, licenseOf, NOON, PRODUCT, SELLER } from '../../testing/builders.ts'
import { MASTER_KEYS, signed } from '../handle.spec.ts'
import { sealRegistration } from '../registration-tokens.ts'
import { SECRET_ACCESS_KEY } from '../../wire/sigv4/signer.spec.ts'
import { bodyLine } from './body-line.ts'

const registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('agmt-1'),
  issuedMs: NOON,
}
const TOKEN = sealRegistration(MASTER_KEYS, registration, randomBytes)

function lineOf(body: string | Buffer): string {
  const target = '/?X-Amz-Signature=0123456789abcdef'
  const request = signed(body, { target, sessionToken: 'a-session-token' })
  const signer = { account: SELLER, accessKeyId: 'AKIDEXAMPLE' }
  const facts = { requestId: 'r-1', operation: 'ResolveCustomer', signer }
  return bodyLine({ atMs: NOON, request, facts, answer: { status: 200, body: '{"a":1}' } })
}

interface Line {
  readonly request: { readonly body?: string; readonly bodyBase64?: string }
}

describe('the line of a request', () => {
  it('has its body and its answer as they were, and who asked', () => {
    const body = '{"UsageRecords": [ 5.0, 1e400 ]}'
    assert.deepEqual(JSON.parse(lineOf(body)), {
      time: '2026-11-23T12:00:00.000Z',
      requestId: 'r-1',
      operation: 'ResolveCustomer',
      account: SELLER,
      accessKeyId: 'AKIDEXAMPLE',
      request: {
        method: 'POST',
        contentType: 'application/x-amz-json-1.1',
        amzTarget: 'AWSMPMeteringService.BatchMeterUsage',
        address: '127.0.0.1',
        target: '/',
        userAgent: 'test',
        body,
      },
      answer: { status: 200, body: '{"a":1}' },
    })
  })

  it('has no signature, no session token and no secret', () => {
    const line = lineOf('{}')
    assert.doesNotMatch(line, /Signature|AWS4-HMAC|a-session-token/)
    assert.equal(line.includes(SECRET_ACCESS_KEY), false)
  })

  const escaped = Array.from(TOKEN, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join(
    '',
  )
  const bodies: readonly (readonly [string, string | Buffer])[] = [
    ['where it belongs', JSON.stringify({ RegistrationToken: TOKEN })],
    ['in another member', JSON.stringify({ ProductCode: TOKEN })],
    ['as the name of a member', JSON.stringify({ [TOKEN]: 1 })],
    ['in a list', JSON.stringify({ Filter: { DIMENSION: [TOKEN] } })],
    ['with escaped slashes', JSON.stringify({ a: TOKEN }).replaceAll('/', '\\/')],
    ['in escapes alone', `{"RegistrationToken":"${escaped}"}`],
    ['under an escaped name', `{"\\u0052egistrationToken":"${TOKEN}"}`],
    ['in what is no JSON', `x=${encodeURIComponent(TOKEN)}`],
    ['in what is no text', Buffer.concat([Buffer.from([0xff, 0x78]), Buffer.from(TOKEN)])],
  ]
  for (const [where, body] of bodies) {
    it(`masks a registration token ${where}`, () => {
      const line = lineOf(body)
      assert.equal(line.includes(TOKEN.slice(0, 60)), false)
      assert.equal(line.includes(Buffer.from(TOKEN).toString('base64').slice(8, 60)), false)
    })
  }

  it('masks a short registration token where one belongs', () => {
    assert.doesNotMatch(lineOf('{"RegistrationToken": "short"}'), /short/)
  })

  it('is one line of JSON whatever the body, which stands there whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const line = lineOf(Buffer.from(bytes))
        assert.equal(line.indexOf('\n'), line.length - 1)
        const { body, bodyBase64 } = (JSON.parse(line) as Line).request
        const kept =
          bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64')
        // A backslash may stand before what is written plainly.
        if (!bytes.includes(0x5c)) assert.deepEqual(kept, Buffer.from(bytes))
      }),
    )
  })
})

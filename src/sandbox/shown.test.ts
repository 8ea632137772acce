import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encode } from 'cbor2'
import fc from 'fast-check'
import type { IncomingRequest } from '../server/service.ts'
import { shownBody, shownRequest } from './shown.ts'

const SECRET = 'a+token/of=one'

describe('a body that is shown', () => {
  it('is the text as it came', () => {
    const body = '{ "Quantity": 5.0, "a": "\\u0041\ufffd" }'
    assert.deepEqual(shownBody(Buffer.from(body)), { body })
  })

  const rows: readonly (readonly [string, unknown, string])[] = [
    ['a token', { RegistrationToken: SECRET, a: 1 }, '{"RegistrationToken":"(masked)","a":1}'],
    ['one in another case', { registrationtoken: SECRET }, '{"registrationtoken":"(masked)"}'],
    ['one in a list', { RegistrationToken: [SECRET] }, '{"RegistrationToken":"(masked)"}'],
    ['a signature', { a: [{ Signature: SECRET }] }, '{"a":[{"Signature":"(masked)"}]}'],
    ['bytes', { a: new TextEncoder().encode(SECRET) }, '{"a":"(14 bytes)"}'],
    ['a long number', { a: 2n ** 63n }, '{"a":"9223372036854775808"}'],
  ]
  for (const [what, value, body] of rows) {
    it(`is JSON for CBOR, that of ${what}`, () => {
      assert.deepEqual(shownBody(Buffer.from(encode(value))), { body, bodyEncoding: 'cbor' })
    })
  }

  it('is only a length where the bytes are neither text nor CBOR', () => {
    const json = Buffer.from(JSON.stringify({ RegistrationToken: SECRET }))
    const cutOff = Buffer.from(encode({ RegistrationToken: SECRET })).subarray(0, -1)
    for (const bytes of [Buffer.concat([json, Buffer.from([0xff])]), cutOff]) {
      const body = `(${bytes.length} bytes)`
      assert.deepEqual(shownBody(bytes), { body, bodyEncoding: 'bytes' })
    }
  })

  it('holds no token, whatever else is in the CBOR', () => {
    const others = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()))
    fc.assert(
      fc.property(others, (other) => {
        const bytes = Buffer.from(encode({ ...other, RegistrationToken: SECRET }))
        assert.equal(shownBody(bytes).body.includes(SECRET), false)
      }),
    )
  })
})

describe('what is shown of a request', () => {
  const request: IncomingRequest = {
    method: 'POST',
    target: '/',
    rawHeaders: [],
    body: Buffer.alloc(0),
    contentType: undefined,
    amzTarget: undefined,
    address: '127.0.0.1',
    userAgent: '',
  }
  const long = 'AbC123+/'.repeat(12)

  const headers: readonly (readonly [name: string, value: string, shown?: string])[] = [
    ['Authorization', `Bearer ${SECRET}`, 'Bearer (masked)'],
    ['authorization', SECRET, '(masked)'],
    ['Authorization', `AWS4-HMAC-SHA256 Credential=a/b, Signature=${SECRET}`],
    ['Authorization', `AWS4-HMAC-SHA256 Credential=a/b, Signature = "x, ${SECRET}"`],
    ['Authorization', `AWS4-HMAC-SHA256 Credential=a/b, signature= ${SECRET}`],
    ['Proxy-Authorization', `Basic ${SECRET}`, '(masked)'],
    ['X-Amz-Security-Token', SECRET, '(masked)'],
    ['cookie', SECRET, '(masked)'],
    ['X-Api-Key', SECRET, '(masked)'],
    ['x-amzn-marketplace-token', SECRET, '(masked)'],
    ['x-note', `see ${long}`],
  ]
  for (const [name, value, shown] of headers) {
    it(`has no secret of the header ${name}: ${value.slice(0, 60)}`, () => {
      const [header] = shownRequest({ ...request, rawHeaders: [name, value] }).headers
      assert.equal(header?.[0], name)
      assert.doesNotMatch(header[1], /a\+token|AbC123/)
      assert.match(header[1], /\(masked\)|\[registration token/)
      if (shown !== undefined) assert.equal(header[1], shown)
    })
  }

  it('has the header of a signature up to that', () => {
    const value = 'AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host;x-amz-date, Signature=ab'
    const { headers } = shownRequest({ ...request, rawHeaders: ['Authorization', value] })
    assert.deepEqual(headers, [['Authorization', value.replace(/ab$/, '(masked)')]])
  })

  for (const [target, shown] of [
    ['/?a=1&X-Amz-Signature=s&b=2', '/?a=1&X-Amz-Signature=(masked)&b=2'],
    ['/?x-amz-security%2Dtoken=s', '/?x-amz-security%2Dtoken=(masked)'],
    ['/?RegistrationToken=s&%=1', '/?RegistrationToken=(masked)&%=1'],
    ['http://me:s@host/?a=b', 'http://(masked)@host/?a=b'],
  ] as const) {
    it(`has no secret of the target ${target}`, () => {
      assert.equal(shownRequest({ ...request, target }).target, shown)
    })
  }

  for (const body of [
    `RegistrationToken=${SECRET}&a=1`,
    `x%2Damzn-marketplace-token=${SECRET}`,
    `--b\r\nContent-Disposition: form-data; name="x-amzn-marketplace-token"\r\n\r\n${SECRET}\r\n--b--`,
    `{'RegistrationToken': '${SECRET}'}`,
    `{"RegistrationToken": "${SECRET}",}`,
    JSON.stringify({ RegistrationToken: { Value: [SECRET] } }),
    JSON.stringify({ note: JSON.stringify({ RegistrationToken: SECRET }) }),
    JSON.stringify({ note: `x-amz-security-token=${SECRET}` }),
    JSON.stringify({ ProductCode: `${SECRET}${long}` }),
  ]) {
    it(`has no secret of the body ${body.slice(0, 60)}`, () => {
      assert.equal(shownBody(Buffer.from(body)).body.includes(SECRET), false)
    })
  }

  it('keeps no more of a long body than what is shown', () => {
    const { body } = shownBody(Buffer.from('x '.repeat(450_000)))
    assert.ok(body === `${'x '.repeat(32_768)}… (900000 characters)`)
    for (const slow of ['x', '=', 'x=', '//', 'x-amz-', 'Signature', '&a', '"', '\\']) {
      shownBody(Buffer.from(slow.repeat(900_000 / slow.length)))
    }
  })
})

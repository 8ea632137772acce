import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encode } from 'cbor2'
import fc from 'fast-check'
import { shownBody } from './shown.ts'

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

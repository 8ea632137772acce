import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import type { Registration } from '../core/registration.ts'
import { BUYER, CUSTOMER, licenseOf, NOON, PRODUCT, SELLER } from '../testing/builders.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { openRegistration, registrationTokenId, sealRegistration } from './registration-tokens.ts'

const KEYS = ringOf([masterKeyOf(randomBytes(32))])
const FACTS: Registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('1'),
  customerIdentifier: CUSTOMER,
  issuedMs: NOON,
}
const sealed = (facts = FACTS) => sealRegistration(KEYS, facts, randomBytes)

describe('a registration token', () => {
  it('opens to what was sealed, for whoever has the master key', () => {
    const token = sealed()
    assert.deepEqual(openRegistration(KEYS, token), FACTS)
    const another = ringOf([masterKeyOf(randomBytes(32)), ...KEYS.keys])
    assert.deepEqual(openRegistration(another, token), FACTS)
  })

  it('is another one each time, and tells nothing of what it says', () => {
    const [one, two] = [sealed(), sealed()]
    assert.notEqual(one, two)
    assert.notEqual(registrationTokenId(one), registrationTokenId(two))
    const read = Buffer.from(one, 'base64').toString('latin1')
    for (const told of [SELLER, BUYER, PRODUCT, CUSTOMER]) assert.ok(!read.includes(told))
  })

  it('holds +, / and =, so that a form decoded twice is noticed', () => {
    for (let length = 1; length <= 60; length++) {
      const token = sealed({ ...FACTS, product: 'p'.repeat(length) as Registration['product'] })
      assert.match(token, /^(?=.*\+)(?=.*\/)[A-Za-z0-9+/]+={1,2}$/)
      assert.equal(openRegistration(KEYS, token.replaceAll('+', ' ')), undefined)
    }
  })

  it('opens under no other master key, and for no other purpose', () => {
    assert.equal(openRegistration(ringOf([masterKeyOf(randomBytes(32))]), sealed()), undefined)
  })

  it('opens in its own spelling alone', () => {
    const token = sealed()
    const others = [
      token.replace(/=+$/, ''),
      `${token}=`,
      `${token}\n`,
      ` ${token}`,
      token.replaceAll('+', '-').replaceAll('/', '_'),
      encodeURIComponent(token),
    ]
    for (const other of others) assert.equal(openRegistration(KEYS, other), undefined)
  })
})

test('with any one character another one it does not open', () => {
  const token = sealed()
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, one) => {
      const altered = token.slice(0, at) + one + token.slice(at + 1)
      assert.equal(openRegistration(KEYS, altered) !== undefined, altered === token)
    }),
    { numRuns: 500 },
  )
})

test('text of any length and characters is no token, and no failure', () => {
  const long = ['', '=', 'A'.repeat(32), 'A'.repeat(8_192), 'A'.repeat(1_000_000), '\0', '\ud83d']
  for (const text of long) assert.equal(openRegistration(KEYS, text), undefined)
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.base64String({ maxLength: 400 })),
      (text) => {
        assert.equal(openRegistration(KEYS, text), undefined)
      },
    ),
  )
})

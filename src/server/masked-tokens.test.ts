import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Dimension, ProductCode } from '../core/usage.ts'
import { aUsageRecord, BUYER, licenseOf, NOON, PRODUCT, SELLER } from '../testing/builders.ts'
import { aRefusal } from './audit/builders.spec.ts'
import { MASTER_KEYS } from './handle.spec.ts'
import { refusedWithoutTokens, withoutTokens } from './masked-tokens.ts'
import { registrationTokenId, sealRegistration } from './registration-tokens.ts'

const registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('agmt-1'),
  issuedMs: NOON,
}
const TOKEN = sealRegistration(MASTER_KEYS, registration, randomBytes)
const MASK = `[registration token ${registrationTokenId(TOKEN)}]`

describe('a text that is kept', () => {
  it('has the name of a token in its place, which is the one in the change log', () => {
    assert.equal(withoutTokens(TOKEN), MASK)
    assert.equal(withoutTokens(`Value '${TOKEN}' at 'x'`), `Value '${MASK}' at 'x'`)
  })

  const hidden = [
    ['cut to the longest member', TOKEN.slice(0, 255)],
    ['cut once more', TOKEN.slice(40, 140)],
    ['form-encoded', encodeURIComponent(TOKEN)],
    ['with blanks for its plus signs, in parts', TOKEN.replaceAll('+', ' ')],
  ] as const
  for (const [what, text] of hidden) {
    it(`does not hold a token that is ${what}`, () => {
      assert.doesNotMatch(withoutTokens(text), /[A-Za-z0-9/=%]{80}/)
    })
  }

  const shown = [
    PRODUCT,
    licenseOf('0123456789abcdef'.repeat(2)),
    'a'.repeat(79),
    'a b'.repeat(100),
  ]
  for (const text of shown) {
    it(`holds other names as they are: ${text.slice(0, 40)}`, () => {
      assert.equal(withoutTokens(text), text)
    })
  }
})

it('a refused record shows a token in none of its members', () => {
  const usage = aUsageRecord({
    dimension: TOKEN,
    buyer: { customerIdentifier: TOKEN as never, account: TOKEN as never },
    allocations: [{ quantity: 1 as never, tags: [{ key: TOKEN, value: TOKEN }] }],
  })
  const productCode = TOKEN as ProductCode
  const { refused } = aRefusal({ productCode, reason: `no product ${TOKEN}`, usage })
  const kept = refusedWithoutTokens(refused)
  assert.equal(JSON.stringify(kept).includes(TOKEN.slice(0, 80)), false)
  assert.deepEqual(
    [kept.productCode, kept.reason, kept.usage?.dimension, kept.usage?.buyer.customerIdentifier],
    [MASK, `no product ${MASK}`, MASK as Dimension, MASK],
  )
})

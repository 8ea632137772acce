import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aCatalog,
  anAgreement,
  aProduct,
  at,
  BUYER,
  licenseOf,
  NOON,
  OTHER_BUYER,
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../testing/builders.ts'
import type { AgreementEntry } from './control-entries.ts'
import { MS_PER_HOUR } from './hour.ts'
import { AWS_2025 } from './profile.ts'
import {
  arrivalOf,
  issuedMsOf,
  judgeRegistration,
  type Registration,
  revocationOf,
  tokensRevokedMs,
  type WantedRevocation,
} from './registration.ts'
import type { AgreementId, InstantMs } from './usage.ts'

const LIFE_MS = AWS_2025.registrationTokenMs
const REGISTRATION: Registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('1'),
  issuedMs: NOON,
}

// Read each row as: a token of this age, shown by this seller, is answered so.
const TABLE = [
  ['new', 0, SELLER, 'ok'],
  ['a millisecond before its end', LIFE_MS - 1, SELLER, 'ok'],
  ['at its end', LIFE_MS, SELLER, 'ExpiredTokenException'],
  ['from the future, after a step of the clock', -9 * LIFE_MS, SELLER, 'ok'],
  ['another seller’s', 0, OTHER_SELLER, 'InvalidTokenException'],
  ['another seller’s, at its end', LIFE_MS, OTHER_SELLER, 'InvalidTokenException'],
] as const

describe('a registration token is judged', () => {
  for (const [name, ageMs, seller, answer] of TABLE) {
    it(`${name}: ${answer}`, () => {
      const nowMs = (NOON + ageMs) as InstantMs
      const judged = judgeRegistration(REGISTRATION, seller, nowMs, AWS_2025)
      assert.equal(judged.ok ? 'ok' : judged.refusal.code, answer)
      // Expired keys have the same name and the status of rights; this is never theirs.
      if (answer === 'ExpiredTokenException')
        assert.equal(!judged.ok && judged.refusal.httpStatus, 400)
    })
  }

  // The token was made at noon. What was made by then is revoked; it is no other seller's business.
  for (const [name, afterMs, seller, answer] of [
    ['of before', -1, SELLER, 'ok'],
    ['of that very instant', 0, SELLER, 'InvalidTokenException'],
    ['of after', 1, SELLER, 'InvalidTokenException'],
    ['of after, shown when it is too old', LIFE_MS, SELLER, 'InvalidTokenException'],
    ['shown by another seller', -1, OTHER_SELLER, 'InvalidTokenException'],
  ] as const) {
    it(`upon a revocation ${name}: ${answer}`, () => {
      const revokedMs = (NOON + afterMs) as InstantMs
      const nowMs = Math.max(NOON, revokedMs) as InstantMs
      const judged = judgeRegistration(REGISTRATION, seller, nowMs, { ...AWS_2025, revokedMs })
      assert.equal(judged.ok ? 'ok' : judged.refusal.code, answer)
    })
  }

  it('that nobody was given: InvalidTokenException, in the words of another seller’s', () => {
    const unknown = judgeRegistration(undefined, SELLER, NOON, AWS_2025)
    const foreign = judgeRegistration(REGISTRATION, OTHER_SELLER, NOON, AWS_2025)
    assert.ok(!unknown.ok && !foreign.ok)
    assert.deepEqual(unknown, foreign)
    assert.equal(unknown.refusal.code, 'InvalidTokenException')
  })
})

const agreement = (id: string, facts: Partial<AgreementEntry>): AgreementEntry =>
  anAgreement({ id: `agmt-${id}` as AgreementId, startMs: hours(-9), ...facts })
const over = agreement('over', { startMs: hours(-9), endMs: NOON })
const early = agreement('early', { startMs: hours(-8) })
const late = agreement('late', { startMs: hours(-1) })
const soon = agreement('soon', { startMs: hours(1) })
const cancelled = agreement('cancelled', { status: 'cancelled', endMs: hours(-1) })
const suspended = agreement('suspended', { status: 'suspended' })

// Read each row as: of these agreements a buyer arrives with that one, asked for by name or not.
const ARRIVALS: readonly (readonly [readonly AgreementEntry[], string | undefined, string])[] = [
  [[early], undefined, 'agmt-early'],
  [[early, late], undefined, 'agmt-late'],
  [[early, late, soon], undefined, 'agmt-late'],
  [[early, late], 'agmt-early', 'agmt-early'],
  [[soon], undefined, 'agmt-soon'],
  [[over, early], undefined, 'agmt-early'],
  [[suspended], undefined, 'agmt-suspended'],
  [[], undefined, 'none'],
  [[over], undefined, 'none'],
  [[over], 'agmt-over', 'none'],
  [[cancelled], undefined, 'none'],
  [[early], 'agmt-late', 'none'],
]

describe('a buyer arrives', () => {
  for (const [agreements, asked, answer] of ARRIVALS) {
    const names = agreements.map(({ id }) => id).join(' and ')
    it(`having ${names || 'nothing'}, with ${asked ?? 'any'}: ${answer}`, () => {
      const index = aCatalog(aProduct(), ...agreements)
      const arrival = arrivalOf(index, { product: PRODUCT, buyer: BUYER, agreement: asked }, NOON)
      assert.equal(arrival.ok ? arrival.agreement.id : 'none', answer)
      if (!arrival.ok) assert.match(arrival.problem, /^buyer .* has no agreement/)
    })
  }

  it('for no product that is not there', () => {
    const arrival = arrivalOf(
      aCatalog(),
      { product: 'none', buyer: BUYER },
      at('2026-11-23T12:00Z'),
    )
    assert.deepEqual(arrival, { ok: false, problem: 'there is no product none' })
  })
})

describe('a token that is made after a revocation', () => {
  // Marks of the product and of the agreement, in milliseconds from noon, and when a token of noon says that it was made.
  const rows = [
    [undefined, undefined, 0],
    [-1, undefined, 0],
    [0, undefined, 1],
    [undefined, 0, 1],
    [9_000, 5, 9_001],
    [5, 9_000, 9_001],
  ] as const
  for (const [ofProduct, ofAgreement, issued] of rows) {
    it(`upon ${ofProduct ?? 'none'} and ${ofAgreement ?? 'none'} is of ${issued}, so it is good`, () => {
      const product = aProduct(markOf(ofProduct))
      const arrived = { product, agreement: agreement('1', markOf(ofAgreement)) }
      const issuedMs = issuedMsOf(arrived, NOON)
      assert.equal(issuedMs, NOON + issued)
      const revokedMs = tokensRevokedMs(product, arrived.agreement)
      const rules = { ...AWS_2025, revokedMs }
      assert.ok(judgeRegistration({ ...REGISTRATION, issuedMs }, SELLER, NOON, rules).ok)
    })
  }
})

describe('a revocation marks', () => {
  const index = aCatalog(
    aProduct(),
    aProduct({ code: 'other' as typeof PRODUCT }),
    early,
    over,
    agreement('theirs', { buyer: OTHER_BUYER }),
    agreement('elsewhere', { product: 'other' as typeof PRODUCT }),
  )
  const rows: readonly (readonly [Omit<WantedRevocation, 'product'>, string])[] = [
    [{}, PRODUCT],
    [{ buyer: BUYER }, 'agmt-over agmt-early'],
    [{ buyer: OTHER_BUYER }, 'agmt-theirs'],
    [{ buyer: BUYER, agreement: 'agmt-early' }, 'agmt-early'],
    [{ agreement: 'agmt-early' }, 'agmt-early'],
    [{ agreement: 'agmt-elsewhere' }, ''],
    [{ buyer: BUYER, agreement: 'agmt-theirs' }, ''],
    [{ agreement: 'agmt-none' }, ''],
    [{ buyer: '000000000000' }, ''],
  ]
  for (const [asked, marked] of rows) {
    it(`for ${JSON.stringify(asked)}: ${marked || 'nothing'}`, () => {
      const wanted = revocationOf(index, { product: PRODUCT, ...asked })
      const names = wanted.map((one) => ('code' in one ? one.code : 'id' in one ? one.id : ''))
      assert.equal(names.join(' '), marked)
    })
  }

  it('for no product: nothing', () => {
    assert.deepEqual(revocationOf(index, { product: 'none' }), [])
  })
})

function markOf(ms: number | undefined): { readonly tokensRevokedMs?: InstantMs } {
  return ms === undefined ? {} : { tokensRevokedMs: (NOON + ms) as InstantMs }
}

function hours(count: number): InstantMs {
  return (NOON + count * MS_PER_HOUR) as InstantMs
}

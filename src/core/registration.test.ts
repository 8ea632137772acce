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
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../testing/builders.ts'
import type { AgreementEntry } from './control-entries.ts'
import { MS_PER_HOUR } from './hour.ts'
import { AWS_2025 } from './profile.ts'
import { arrivalOf, judgeRegistration, type Registration } from './registration.ts'
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

function hours(count: number): InstantMs {
  return (NOON + count * MS_PER_HOUR) as InstantMs
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatBasic, parseBasic, parseHttpDate } from './signing-time.ts'

// Read each row as: this text is this instant, or none.
const ROWS: readonly (readonly [text: string, iso: string | undefined])[] = [
  ['20261123T153000Z', '2026-11-23T15:30:00Z'],
  ['20261231T235959Z', '2026-12-31T23:59:59Z'],
  ['20280229T000000Z', '2028-02-29T00:00:00Z'],
  ['20270229T000000Z', undefined],
  ['21000229T000000Z', undefined],
  ['20000229T000000Z', '2000-02-29T00:00:00Z'],
  ['20260431T000000Z', undefined],
  ['20260430T000000Z', '2026-04-30T00:00:00Z'],
  ['20260101T240000Z', undefined],
  ['20260101T236000Z', undefined],
  ['20260101T235960Z', undefined],
  ['20260001T000000Z', undefined],
  ['20261301T000000Z', undefined],
  ['20260100T000000Z', undefined],
  ['20260132T000000Z', undefined],
  ['00990101T000000Z', undefined],
  ['01000101T000000Z', '0100-01-01T00:00:00Z'],
  ['20261123t153000z', undefined],
  ['20261123T153000Z\n', undefined],
  ['+0261123T153000Z', undefined],
]

for (const [text, iso] of ROWS) {
  test(`${JSON.stringify(text)} is ${iso ?? 'no time'}`, () =>
    assert.equal(parseBasic(text), iso === undefined ? undefined : Date.parse(iso)))
}

test('what is formatted is read back, to the second', () => {
  const noInvalidDate = true
  const date = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate })
  fc.assert(
    fc.property(date, (instant) => {
      const wholeMs = Math.floor(instant.getTime() / 1_000) * 1_000
      assert.equal(parseBasic(formatBasic(instant.getTime())), wholeMs)
      assert.equal(parseHttpDate(instant.toUTCString()), wholeMs)
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatInstant, parseDuration, parseInstant } from './written-instant.ts'

const NOW_MS = Date.parse('2026-11-23T12:34:56.789Z')

const INSTANTS: readonly (readonly [string, string | undefined])[] = [
  ['now', '2026-11-23T12:34:56.789Z'],
  ['now-30d', '2026-10-24T12:34:56.789Z'],
  ['now+1h', '2026-11-23T13:34:56.789Z'],
  ['now+90s', '2026-11-23T12:36:26.789Z'],
  ['now+15m', '2026-11-23T12:49:56.789Z'],
  ['now + 1h', undefined],
  ['now-1w', undefined],
  ['now-99999d', undefined],
  ['now+999999999d', undefined],
  ['2026-12-01T00:00Z', '2026-12-01T00:00:00Z'],
  ['2026-12-01T00:00:00.5Z', '2026-12-01T00:00:00.500Z'],
  ['2026-12-01T01:00+01:00', '2026-12-01T00:00:00Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['9999-12-31T23:59-01:00', undefined],
  ['1970-01-01T00:00Z', '1970-01-01T00:00:00Z'],
  ['1969-12-31T23:59:59Z', undefined],
  ['2024-02-29T00:00Z', '2024-02-29T00:00:00Z'],
  ['2026-02-29T00:00Z', undefined],
  ['2026-13-01T00:00Z', undefined],
  ['2026-12-01T24:00Z', undefined],
  ['2026-12-01T00:60Z', undefined],
  ['2026-12-01T00:00', undefined],
  ['2026-12-01', undefined],
  ['', undefined],
]

for (const [text, answer] of INSTANTS) {
  test(`the instant ${text || 'of no text'} is ${answer ?? 'refused'}`, () => {
    const instant = parseInstant(text, NOW_MS)
    assert.equal(instant && formatInstant(instant.ms), answer)
    if (instant) assert.equal(instant.isRelative, text.startsWith('now'))
  })
}

for (const [text, ms] of [
  ['90s', 90_000],
  ['15m', 900_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['1', undefined],
  ['-1h', undefined],
  ['1.5h', undefined],
] as const) {
  test(`the time ${text} is ${ms ?? 'refused'}`, () => assert.equal(parseDuration(text), ms))
}

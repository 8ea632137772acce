import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instantText, microsecondsText, parseHour, parseInstant } from './instant.ts'

describe('instants', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['2026-11-01T10:00Z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01T10:00:05.123456Z', '2026-11-01T10:00:05.123Z'],
    ['2026-11-01T10:00+02:00', '2026-11-01T08:00:00.000Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2026-02-29T00:00Z', undefined],
    ['2026-11-31T00:00Z', undefined],
    ['2026-11-01T23:59Z', '2026-11-01T23:59:00.000Z'],
    ['2026-11-01T24:00Z', undefined],
    ['2026-11-01T10:00', undefined],
    ['2026-11-01', undefined],
    ['1761990000', undefined],
    ['', undefined],
  ]
  it('are read with their offset, and must exist', () => {
    for (const [text, expected] of rows) {
      const ms = parseInstant(text)
      assert.equal(ms === undefined ? undefined : instantText(ms), expected, text)
    }
  })

  it('are written to the microsecond, before 1970 too', () => {
    assert.equal(microsecondsText(1_000_001), '1970-01-01T00:00:01.000001Z')
    assert.equal(microsecondsText(-1), '1969-12-31T23:59:59.999999Z')
  })

  it('beyond the calendar are shown as milliseconds', () => {
    assert.equal(instantText(8.64e15), '+275760-09-13T00:00:00.000Z')
    assert.equal(instantText(8.64e15 + 1_000), '8640000000001000')
  })
})

describe('hours', () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['1970-01-01T00', 0],
    ['1970-01-01T01', 1],
    ['1970-01-01T01:00', 1],
    ['1970-01-01T01:00:00Z', 1],
    ['1970-01-01T01:30Z', undefined],
    ['1970-01-01T23', 23],
    ['1970-01-01T24', undefined],
    ['1970-01-01', undefined],
  ]
  it('are whole and in UTC', () => {
    for (const [text, expected] of rows) assert.equal(parseHour(text), expected, text)
  })
})

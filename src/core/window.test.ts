/** One row on each side of each edge of the window: CONTRACT rules 86 to 94. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { at, NOON, nowAt } from '../testing/builders.ts'
import { MS_PER_HOUR } from './hour.ts'
import { AWS_2025, AWS_2026, type Profile } from './profile.ts'
import type { InstantMs } from './usage.ts'
import { reportWindowProblem, windowMsOf, windowProblem } from './window.ts'

const PROFILES: Readonly<Record<string, Profile>> = {
  '2025': AWS_2025,
  '2026': AWS_2026,
  '2025 floored': { ...AWS_2025, ageFloorsToHour: true },
  '2026 extended': { ...AWS_2026, monthGraceExtendsWindow: true },
  'no future': { ...AWS_2025, futureMsMax: 0 },
  'one hour': { ...AWS_2025, ageMsMax: MS_PER_HOUR, meterUsageAgeMsMax: MS_PER_HOUR },
  'one hour for batches': { ...AWS_2025, ageMsMax: MS_PER_HOUR },
}

// profile | now | timestamp of the usage | accepted, or the word that our own surfaces must hold
const TABLE = `
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T06:34:56.790Z | accepted
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T06:34:56.789Z | old
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T06:34:56.788Z | old
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T12:34:56.789Z | accepted
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T12:39:56.789Z | accepted
  2025           | 2026-11-23T12:34:56.789Z | 2026-11-23T12:39:56.790Z | future
  2025           | 2026-12-01T05:59:59.999Z | 2026-12-01T00:00:00.000Z | accepted
  2025           | 2026-12-01T05:59:59.999Z | 2026-11-30T23:59:59.999Z | old
  2025           | 2026-12-01T05:59:59.998Z | 2026-11-30T23:59:59.999Z | accepted
  2025           | 2026-11-23T12:00:00.000Z | 1970-01-01T00:00:00.000Z | old
  2025           | 2026-11-23T12:00:00.000Z | 9999-12-31T23:59:59.999Z | future

  2026           | 2026-11-23T12:34:56.789Z | 2026-11-22T12:34:56.790Z | accepted
  2026           | 2026-11-23T12:34:56.789Z | 2026-11-22T12:34:56.789Z | old
  2026           | 2026-11-23T12:34:56.789Z | 2026-11-23T12:39:56.789Z | accepted
  2026           | 2026-11-23T12:34:56.789Z | 2026-11-23T12:39:56.790Z | future
  2026           | 2026-12-01T05:59:59.999Z | 2026-11-30T23:59:59.999Z | accepted
  2026           | 2026-12-01T05:59:59.999Z | 2026-11-30T06:00:00.000Z | accepted
  2026           | 2026-12-01T05:59:59.999Z | 2026-11-30T05:59:59.999Z | old
  2026           | 2026-12-01T06:00:00.000Z | 2026-11-30T23:59:59.999Z | month
  2026           | 2026-12-01T06:00:00.000Z | 2026-12-01T00:00:00.000Z | accepted
  2026           | 2026-12-01T23:59:59.999Z | 2026-12-01T00:00:00.000Z | accepted
  2026           | 2026-12-02T00:00:00.000Z | 2026-12-01T00:00:00.000Z | old
  2026           | 2026-04-01T05:00:00.000Z | 2026-03-31T12:00:00.000Z | accepted
  2026           | 2026-04-01T06:30:00.000Z | 2026-03-31T12:00:00.000Z | month
  2026           | 2027-01-01T05:59:59.999Z | 2026-12-31T23:59:59.999Z | accepted
  2026           | 2027-01-01T06:00:00.000Z | 2026-12-31T23:59:59.999Z | month
  2026           | 2026-11-30T23:59:00.000Z | 2026-12-01T00:01:00.000Z | accepted

  2026 extended  | 2026-12-01T05:59:59.999Z | 2026-11-30T05:59:59.999Z | accepted
  2026 extended  | 2026-12-01T05:59:59.999Z | 2026-11-01T00:00:00.000Z | accepted
  2026 extended  | 2026-12-01T05:59:59.999Z | 2026-10-31T23:59:59.999Z | old
  2026 extended  | 2026-12-01T06:00:00.000Z | 2026-11-30T23:59:59.999Z | month
  2026 extended  | 2027-01-01T05:59:59.999Z | 2026-12-01T00:00:00.000Z | accepted
  2026 extended  | 2027-01-01T05:59:59.999Z | 2026-11-30T23:59:59.999Z | old

  2025 floored   | 2026-11-23T12:34:56.789Z | 2026-11-23T06:00:00.000Z | accepted
  2025 floored   | 2026-11-23T12:34:56.789Z | 2026-11-23T05:59:59.999Z | old
  2025 floored   | 2026-11-23T12:59:59.999Z | 2026-11-23T06:00:00.000Z | accepted
  2025 floored   | 2026-11-23T13:00:00.000Z | 2026-11-23T06:59:59.999Z | old

  no future      | 2026-11-23T12:34:56.789Z | 2026-11-23T12:34:56.789Z | accepted
  no future      | 2026-11-23T12:34:56.789Z | 2026-11-23T12:34:56.790Z | future
  one hour       | 2026-11-23T12:34:56.789Z | 2026-11-23T11:34:56.790Z | accepted
  one hour       | 2026-11-23T12:34:56.789Z | 2026-11-23T11:34:56.789Z | old
`

describe('the window', () => {
  for (const row of TABLE.split('\n').filter((line) => line.trim() !== '')) {
    const [profile = '', now = '', timestamp = '', answer = ''] = row
      .split('|')
      .map((cell) => cell.trim())
    it(`of ${profile} at ${now} answers ${timestamp}: ${answer}`, () => {
      const problem = windowProblem(at(timestamp), nowAt(now), PROFILES[profile]!)
      if (answer === 'accepted') assert.equal(problem, undefined)
      else assert.ok(problem?.includes(answer), problem)
    })
  }

  it('accepts exactly the instants that are less than the limit old and not too far ahead', () => {
    const agesMs = fc.integer({ min: -7 * MS_PER_HOUR, max: 7 * MS_PER_HOUR })
    fc.assert(
      fc.property(agesMs, (ageMs) => {
        const problem = windowProblem((NOON - ageMs) as InstantMs, nowAt(NOON), AWS_2025)
        assert.equal(problem === undefined, ageMs < 6 * MS_PER_HOUR && ageMs >= -300_000)
      }),
    )
  })
})

describe('the window of a MeterUsage report', () => {
  // profile | milliseconds before now | accepted, or the word that our own surfaces must hold
  const TABLE = [
    ['2025', 6 * MS_PER_HOUR - 1, 'accepted'],
    ['2025', 6 * MS_PER_HOUR, 'accepted'],
    ['2025', 6 * MS_PER_HOUR + 1, 'old'],
    ['2026', 6 * MS_PER_HOUR, 'accepted'],
    ['2026', 6 * MS_PER_HOUR + 1, 'old'],
    ['2025', 0, 'accepted'],
    ['2025', -300_000, 'accepted'],
    ['2025', -300_001, 'future'],
    ['no future', 0, 'accepted'],
    ['no future', -1, 'future'],
    ['one hour', MS_PER_HOUR, 'accepted'],
    ['one hour', MS_PER_HOUR + 1, 'old'],
  ] as const
  for (const [name, ageMs, expected] of TABLE) {
    it(`of ${name} finds ${ageMs} ms ${expected}`, () => {
      const problem = reportWindowProblem((NOON - ageMs) as InstantMs, NOON, PROFILES[name]!)
      if (expected === 'accepted') assert.equal(problem, undefined)
      else assert.match(problem ?? '', new RegExp(expected))
    })
  }

  it('knows no end of a month', () => {
    const nowMs = at('2026-12-01T06:00:00.000Z')
    assert.equal(reportWindowProblem(at('2026-12-01T00:00Z'), nowMs, AWS_2026), undefined)
    assert.equal(
      reportWindowProblem(at('2026-11-30T23:59Z'), (nowMs - 60_000) as InstantMs, AWS_2026),
      undefined,
    )
  })
})

describe('the reach of the window', () => {
  const TABLE = [
    ['2025', 6 * MS_PER_HOUR],
    ['2026', 24 * MS_PER_HOUR],
    ['2025 floored', 7 * MS_PER_HOUR],
    ['2026 extended', (31 * 24 + 6) * MS_PER_HOUR],
    ['one hour', MS_PER_HOUR],
    ['one hour for batches', 6 * MS_PER_HOUR],
  ] as const
  for (const [name, ms] of TABLE) {
    it(`of ${name} is ${ms} ms`, () => assert.equal(windowMsOf(PROFILES[name]!), ms))
  }

  it('holds whatever is accepted, at any time', () => {
    const year = fc.integer({ min: at('2027-01-01T00:00Z'), max: at('2029-01-01T00:00Z') })
    const inGrace = fc
      .tuple(fc.nat(23), fc.integer({ min: 0, max: 6 * MS_PER_HOUR }))
      .map(([month, ms]) => Date.UTC(2027, month) + ms)
    const ages = fc.integer({ min: 0, max: 40 * 24 * MS_PER_HOUR })
    const profiles = fc.constantFrom(...Object.values(PROFILES))
    fc.assert(
      fc.property(profiles, fc.oneof(year, inGrace), ages, (profile, nowMs, ageMs) => {
        fc.pre(ageMs > windowMsOf(profile))
        const now = nowAt(nowMs as InstantMs)
        assert.ok(windowProblem((nowMs - ageMs) as InstantMs, now, profile))
      }),
    )
  })
})

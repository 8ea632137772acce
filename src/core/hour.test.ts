import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { at } from '../testing/builders.ts'
import { MS_PER_HOUR, startOfHour, usageHourOf } from './hour.ts'
import type { InstantMs } from './usage.ts'

const TABLE = [
  ['1970-01-01T00:00:00.000Z', 0],
  ['1970-01-01T00:59:59.999Z', 0],
  ['1970-01-01T01:00:00.000Z', 1],
  ['1969-12-31T23:59:59.999Z', -1],
  ['2026-11-23T10:00:00.000Z', 498_730],
  ['2026-11-23T10:59:59.999Z', 498_730],
  ['2026-11-23T11:00:00.000Z', 498_731],
] as const

describe('the usage hour', () => {
  for (const [instant, hour] of TABLE) {
    it(`of ${instant} is ${hour}`, () => {
      assert.equal(usageHourOf(at(instant)), hour)
    })
  }

  it('holds its own start, and every instant less than an hour after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4e12, max: 4e12 }), (ms) => {
        const intoHourMs = ms - startOfHour(usageHourOf(ms as InstantMs))
        assert.ok(intoHourMs >= 0 && intoHourMs < MS_PER_HOUR)
      }),
    )
  })
})

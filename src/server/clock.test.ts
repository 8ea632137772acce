import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { at, nowAt } from '../testing/builders.ts'
import { domainClock } from './clock.ts'

// instant | start of its month | start of the month before
const TABLE = `
  2026-11-23T12:34:56.789Z | 2026-11-01 | 2026-10-01
  2026-11-30T23:59:59.999Z | 2026-11-01 | 2026-10-01
  2026-12-01T00:00:00.000Z | 2026-12-01 | 2026-11-01
  2026-12-31T23:59:59.999Z | 2026-12-01 | 2026-11-01
  2027-01-01T00:00:00.000Z | 2027-01-01 | 2026-12-01
  2028-02-29T12:00:00.000Z | 2028-02-01 | 2028-01-01
  2028-03-01T00:00:00.000Z | 2028-03-01 | 2028-02-01
  1970-01-01T00:00:00.000Z | 1970-01-01 | 1969-12-01
`
const ROWS = TABLE.trim()
  .split('\n')
  .map((row) => row.split('|').map((cell) => cell.trim()))

describe('the domain clock', () => {
  for (const [instant = '', month = '', previous = ''] of ROWS) {
    it(`at ${instant} knows the months of ${month} and ${previous}`, () => {
      const now = domainClock(() => at(instant))()
      assert.deepEqual(now, {
        ms: at(instant),
        monthStartMs: at(`${month}T00:00:00.000Z`),
        previousMonthStartMs: at(`${previous}T00:00:00.000Z`),
      })
    })
  }

  it('knows them whatever it was asked before, forwards and back', () => {
    let ms = 0
    const clock = domainClock(() => ms)
    for (const [instant = ''] of [...ROWS, ...[...ROWS].reverse()]) {
      ms = at(instant)
      assert.deepEqual(clock(), nowAt(instant))
    }
  })

  it('cuts parts of a millisecond', () => {
    assert.equal(domainClock(() => 1_000.9)().ms, 1_000)
  })
})

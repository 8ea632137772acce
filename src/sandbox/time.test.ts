import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { SandboxRefused } from './refused.ts'
import { lengthOf, millisecondsOf } from './time.ts'

const NOW_MS = Date.UTC(2026, 10, 23, 12)
const HOUR_MS = 3_600_000
const LAST_MS = Date.UTC(3883, 0) - 1

/** What somebody's JavaScript may give, whatever the types say. */
const instant = millisecondsOf as (value: unknown, nowMs: number) => number
const length = lengthOf as (value: unknown) => number

describe('an instant', () => {
  for (const [written, ms] of [
    ['2026-11-23T12:00:00Z', NOW_MS],
    ['now', NOW_MS],
    ['now-2h', NOW_MS - 2 * HOUR_MS],
    [new Date(NOW_MS), NOW_MS],
    [runInNewContext(`new Date(${NOW_MS})`), NOW_MS],
    [NOW_MS + 0.9, NOW_MS],
    [0, 0],
    [LAST_MS, LAST_MS],
  ] as const) {
    it(`is ${String(written)}`, () => {
      assert.equal(instant(written, NOW_MS), ms)
    })
  }

  for (const wrong of [
    ...['noon', '', '1795000000000', '2026-02-30T00:00Z', -1, LAST_MS + 1, NaN, Infinity, 10n],
    ...[true, null, undefined, [], {}, new Date(NaN)],
  ]) {
    it(`is not ${inspect(wrong)}`, () => {
      assert.throws(() => instant(wrong, NOW_MS), SandboxRefused)
    })
  }
})

describe('a span of time', () => {
  for (const [span, ms] of [
    [{ hours: 7 }, 7 * HOUR_MS],
    [{ days: 1, minutes: -1, milliseconds: 0.5 }, 24 * HOUR_MS - 60_000],
    [{}, 0],
  ] as const) {
    it(`is ${JSON.stringify(span)}`, () => {
      assert.equal(length(span), ms)
    })
  }

  for (const wrong of [7, '7h', null, undefined, { hour: 7 }, { hours: '7' }, { hours: NaN }]) {
    it(`is not ${inspect(wrong)}, and says what is`, () => {
      assert.throws(() => length(wrong), /no span of time\. Expected such as \{ hours: 7 \}/)
    })
  }
})

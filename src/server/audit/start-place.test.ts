import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MS_PER_HOUR, startOfHour, type UsageHour, usageHourOf } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { aCall, aRecord } from '../../testing/builders.ts'
import { withLedger } from '../../store/sqlite/setting.spec.ts'
import { startPlace } from './start-place.ts'

// Usage of nine hours, each recorded half an hour after it began. An instant is given in hours after the first began.
const rows: readonly (readonly [string, number, number])[] = [
  ['from before all', -5, 0],
  ['from the first record on', 0.5, 0],
  ['from the fifth hour on: the records of the two hours before it too', 5, 4],
  ['from long after all: what was recorded within a day', 20, 1],
]
for (const [what, hours, passed] of rows) {
  test(
    `the reading of what was received ${what} passes over ${passed} records`,
    withLedger(async ({ ledger, clock }) => {
      const first = (usageHourOf((clock.nowUs / 1_000) as InstantMs) + 1) as UsageHour
      for (let count = 0; count < 9; count++) {
        const hour = (first + count) as UsageHour
        clock.nowUs = (startOfHour(hour) + MS_PER_HOUR / 2) * 1_000
        await ledger.hold(aCall(), [aRecord({ hour, timestampMs: startOfHour(hour) })])
      }
      const after = await startPlace(ledger, startOfHour(first) + hours * MS_PER_HOUR)
      const { records } = await ledger.read({ countMax: 100, ...(after && { after }) })
      assert.equal(9 - records.length, passed)
    }),
  )
}

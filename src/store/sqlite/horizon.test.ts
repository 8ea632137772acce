import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aRecord, holdAll, NOON_US } from '../builders.spec.ts'
import { LedgerReader } from './reader.ts'
import { HOUR_US, withLedger } from './setting.spec.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'

const SECOND_US = 1_000_000

/** As the service answers it, and as a command that opens the file itself. */
async function completeUntil(ledger: SqliteLedger): Promise<number> {
  const { completeUntilUs } = await ledger.read({ countMax: 1 })
  const reader = new LedgerReader(ledger.file)
  try {
    assert.equal(reader.read({ countMax: 1 }).completeUntilUs, completeUntilUs)
  } finally {
    reader.close()
  }
  return completeUntilUs
}

describe('up to when a ledger on SQLite is complete', () => {
  it(
    'is when it was opened while it is new and empty',
    withLedger(async ({ ledger }) => assert.equal(await completeUntil(ledger), NOON_US)),
  )

  it(
    'moves on while nobody writes, every five seconds',
    withLedger(async ({ ledger, clock }) => {
      await holdAll(ledger, [aRecord({ buyer: 1 })])
      for (const [passedUs, expectedUs] of [
        [4.9 * SECOND_US, NOON_US + 1],
        [5 * SECOND_US, NOON_US + 5 * SECOND_US],
        [9.9 * SECOND_US, NOON_US + 5 * SECOND_US],
        [HOUR_US, NOON_US + HOUR_US],
      ] as const) {
        clock.nowUs = NOON_US + passedUs
        ledger.maintain()
        assert.equal(await completeUntil(ledger), expectedUs)
      }
    }),
  )

  it(
    'is kept by whatever is recorded later, through a clock that went back and a restart',
    withLedger(async ({ ledger, clock, restart }) => {
      clock.nowUs += HOUR_US
      ledger.maintain()
      const toldUs = await completeUntil(ledger)
      assert.equal(toldUs, NOON_US + HOUR_US)
      clock.nowUs -= 24 * HOUR_US
      await holdAll(ledger, [aRecord({ buyer: 1 })])
      const again = await restart()
      await holdAll(again, [aRecord({ buyer: 2 })])
      const { records } = await again.read({ countMax: 10 })
      assert.deepEqual(
        records.map(({ recordedAtUs }) => recordedAtUs >= toldUs),
        [true, true],
      )
    }),
  )

  it(
    'is when it was closed, for whoever reads a ledger that nobody serves',
    withLedger(async ({ ledger, clock, restart }) => {
      clock.nowUs += SECOND_US
      const again = await restart()
      clock.nowUs -= HOUR_US
      assert.equal(await completeUntil(again), NOON_US + SECOND_US)
      assert.equal(ledger.file, again.file)
    }),
  )
})

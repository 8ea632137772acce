import assert from 'node:assert/strict'
import { copyFileSync, existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { aRecord, holdAll, HOUR, NOON_US, readAll } from '../builders.spec.ts'
import type { Held } from '../ledger.ts'
import { HOUR_US, intact, WINDOW_MS, withLedger } from './setting.spec.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

describe('the index of open hours', () => {
  it(
    'gives up an hour that crosses its limit, and takes no key twice for it',
    withLedger(
      async ({ ledger, restart, notes }) => {
        const keys = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer, quantity: 1 }))
        const added = async (target: SqliteLedger) =>
          (await holdAll(target, keys)).filter((held) => held.added).length
        await holdAll(ledger, keys.slice(0, 5_000))
        assert.equal(ledger.health().figures['index_hours'], 1)
        assert.match(notes[0] ?? '', /index .* over its limit/)
        await holdAll(ledger, [aRecord({ hour: HOUR + 1 })])
        assert.equal(ledger.health().figures['index_hours'], 1, 'a new hour began in memory')
        assert.equal(await added(ledger), 4_000)
        ledger.maintain()
        assert.equal(ledger.health().figures['index_hours'], 0)
        assert.equal(await added(ledger), 0)
        const again = await restart({ indexBytesMax: 1_000_000_000 })
        assert.equal(await added(again), 0)
        assert.equal(again.health().figures['index_hours'], 0, 'an hour went back to memory')
      },
      { indexBytesMax: 20_000 },
    ),
  )

  it(
    'takes no key twice when the clock steps a day forward and back',
    withLedger(async ({ ledger, clock, restart }) => {
      const keys = [HOUR - 1, HOUR, HOUR + 1].map((hour) => aRecord({ hour }))
      await holdAll(ledger, keys.slice(0, 2))
      for (const step of [24, -48, 24]) {
        clock.nowUs += step * HOUR_US
        ledger.maintain()
        const held = await holdAll(ledger, keys)
        assert.equal(
          held.filter(({ added }) => added).length,
          step === 24 && clock.nowUs > NOON_US ? 1 : 0,
        )
        const again = await restart()
        assert.deepEqual(
          (await holdAll(again, keys)).map(({ added }) => added),
          [false, false, false],
        )
        ledger = again
      }
      assert.equal((await readAll(ledger)).length, 3)
    }),
  )

  it(
    'hands hours that left the window to the file, and finds their keys there',
    withLedger(async ({ ledger, clock, restart }) => {
      const keys = Array.from({ length: 5_000 }, (_, buyer) =>
        aRecord({ buyer, quantity: buyer % 9 }),
      )
      const first = await holdAll(ledger, keys)
      clock.nowUs += 24 * HOUR_US
      ledger.maintain()
      assert.equal(ledger.health().figures['index_hours'], 0)
      const repeated = first.map((held) => ({ ...held, added: false }))
      assert.deepEqual(await holdAll(ledger, keys), repeated)
      assert.deepEqual((await holdAll(ledger, [aRecord({ buyer: 6_000 })]))[0]?.added, true)
      const again = await restart({ windowMs: 100 * WINDOW_MS })
      assert.deepEqual(await holdAll(again, keys), repeated, 'after a restart with a wider window')
      await intact(again)
    }),
  )

  it(
    'takes new records of an hour while its keys are on their way to the file, and survives a crash then',
    withLedger(async ({ ledger, clock, directory, options }) => {
      const keys = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer }))
      // The hour before numbers the series, so that the two halves of this one lie between each other.
      const before = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer, hour: HOUR - 1 }))
      await holdAll(ledger, before)
      await holdAll(
        ledger,
        keys.filter((_, index) => index % 2 === 1),
      )
      clock.nowUs += 24 * HOUR_US
      let added = 0
      for (let from = 0; from < keys.length; from += 500) {
        // Ten slices carry both hours over; some records come before their hour's, some after.
        if (from % 1_000 === 0) ledger.maintain(1)
        const held = await holdAll(ledger, keys.slice(from, from + 500))
        added += held.filter((one) => one.added).length
        if (from === 6_000) crashImage(directory)
      }
      assert.equal(added, 4_500)
      await checkAllHeld(ledger)

      const crashed = await SqliteLedger.open({ ...options, file: `${directory}/crash.db` })
      const there = Number(crashed.health().figures['records'])
      assert(there > 13_500 && there < 18_000)
      const late = await holdAll(crashed, keys)
      assert.equal(late.filter((one) => one.added).length, 18_000 - there)
      await checkAllHeld(crashed)
      await crashed.close()

      async function checkAllHeld(target: SqliteLedger): Promise<void> {
        target.maintain()
        assert.equal(target.health().figures['index_hours'], 0)
        const again = await holdAll(target, [...keys, ...before])
        assert(again.every((one) => !one.added))
        await intact(target)
      }
    }),
  )

  it('leaves one record a key through any restarts, clocks, limits and maintenance', async () => {
    const hold = fc.array(
      fc.record({
        buyer: fc.integer({ min: 0, max: 5 }),
        hour: fc.integer({ min: HOUR - 3, max: HOUR }),
        quantity: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ hold }) },
      fc.record({ restartWith: fc.constantFrom(0, 1_000, 1_000_000_000) }),
      fc.record({ maintain: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ hours: fc.integer({ min: -30, max: 30 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        await withLedger(async ({ ledger, clock, restart }) => {
          const model = new Map<string, number>()
          for (const step of steps) {
            if ('hold' in step) checkHeld(await holdAll(ledger, step.hold.map(aRecord)), step.hold)
            if ('restartWith' in step) ledger = await restart({ indexBytesMax: step.restartWith })
            if ('maintain' in step) ledger.maintain(step.maintain)
            if ('hours' in step) clock.nowUs += step.hours * HOUR_US
          }
          assert.equal(ledger.health().figures['records'], model.size)
          await intact(ledger)

          function checkHeld(held: readonly Held[], offers: readonly { quantity: number }[]): void {
            for (const [index, { id, quantity, added }] of held.entries()) {
              assert.equal(added, !model.has(id))
              if (added) model.set(id, offers[index]?.quantity ?? -1)
              assert.equal(quantity, model.get(id))
            }
          }
        })()
      }),
      { numRuns: 25 },
    )
  })
})

/** Copies the files as a crash would leave them. */
function crashImage(directory: string): void {
  for (const end of ['', '-wal']) {
    const file = `${directory}/ledger.db${end}`
    if (existsSync(file)) copyFileSync(file, `${directory}/crash.db${end}`)
  }
}

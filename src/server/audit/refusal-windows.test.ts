import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryControlStore } from '../../store/control-memory.ts'
import type { InstantMs } from '../../core/usage.ts'
import { aRefusal } from './builders.spec.ts'
import { refusalWindows } from './refusal-windows.ts'

const END_MS = 8.64e15
const DAY_MS = 86_400_000

test('every refusal of a span is given once, in windows of time that follow each other', async () => {
  const atMs = fc.integer({ min: 0, max: 20_000 * DAY_MS })
  const crowd = fc.integer({ min: 0, max: 50 })
  const instants = fc.array(fc.oneof(atMs, crowd), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(instants, atMs, fc.integer({ min: 1, max: 20 }), async (all, fromMs, most) => {
      const store = new MemoryControlStore({ countMax: 1_000, ageMsMax: Infinity })
      const refusals = all.map((ms, index) =>
        aRefusal({ atMs: ms as InstantMs, productCode: `product-${index}` }),
      )
      await store.appendRefusals(refusals.map(({ refused }) => refused))
      const given: number[] = []
      let doneMs = fromMs
      for await (const window of refusalWindows(store, { fromMs, beforeMs: END_MS }, most)) {
        const times = window.refusals.map(({ refused }) => refused.atMs as number)
        assert.ok(times.every((ms) => ms >= doneMs && ms < window.untilMs))
        assert.ok(times.length <= most || window.untilMs - doneMs === 1)
        given.push(...times)
        doneMs = window.untilMs
      }
      assert.equal(doneMs, END_MS)
      const wanted = all.filter((ms) => ms >= fromMs)
      assert.deepEqual(given.sort(ascending), wanted.sort(ascending))
    }),
  )
})

function ascending(left: number, right: number): number {
  return left - right
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HourIndex, type IndexEntry } from './hour-index.ts'

const BASE = 1_000_000

describe('the index of an hour', () => {
  it('agrees with a Map after any puts, moves and removals', () => {
    // Both sides of a slab, a table and a directory entry.
    const series = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.constantFrom(15, 16, 16_383, 16_384, 32_768, 5_000_000),
    )
    const put = fc.record({
      series,
      position: fc.constantFrom(BASE, BASE + 1, BASE + 2 ** 31, BASE + 2 ** 32 - 3),
      quantity: fc.constantFrom(0, 1, 2 ** 31 - 1),
      hasAllocations: fc.boolean(),
    })
    const remove = fc.record({ series })
    fc.assert(
      fc.property(fc.array(fc.oneof(put, put, remove)), (steps) => {
        const index = new HourIndex(BASE)
        const model = new Map<number, IndexEntry>()
        for (const step of steps) {
          if ('position' in step) {
            const { series, ...entry } = step
            index.put(series, entry.position, entry.quantity, entry.hasAllocations)
            model.set(series, entry)
          } else {
            index.remove(step.series)
            model.delete(step.series)
          }
        }
        assert.equal(index.count, model.size)
        for (const { series } of steps) assert.deepEqual(index.get(series), model.get(series))
        const sorted = [...model].sort(([left], [right]) => left - right)
        for (const stride of [1, 3, 100]) assert.deepEqual(walkAll(index, stride), sorted)
      }),
    )
  })

  it('still knows positions that lie more than 32 bits behind its base', () => {
    const index = new HourIndex(BASE)
    for (const delta of [2 ** 32 - 3, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 33]) {
      index.put(7, BASE + delta, 1, false)
      assert.equal(index.get(7)?.position, BASE + delta)
    }
    index.remove(7)
    assert.equal(index.get(7), undefined)
  })

  it('takes about 8 bytes a key where series are dense', () => {
    const index = new HourIndex(0)
    for (let series = 0; series < 100_000; series++) index.put(series, series, 1, false)
    assert(index.bytes / index.count < 9, `${index.bytes / index.count} bytes a key`)
  })
})

function walkAll(index: HourIndex, stride: number): [number, IndexEntry][] {
  const entries: [number, IndexEntry][] = []
  let from: number | undefined = 0
  while (from !== undefined) {
    from = index.walk(from, stride, (series, entry) => entries.push([series, entry]))
  }
  return entries
}

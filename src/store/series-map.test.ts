import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BillingLine } from '../core/billing-line.ts'
import type { Dimension, Region } from '../core/usage.ts'
import type { SeriesKey } from './record-id.ts'
import { SeriesMap } from './series-map.ts'

// Few texts, so that keys meet; among them a line that looks like another line with a resource.
const text = fc.constantFrom('', 'a', 'b', 'ab', '["a","b"]', 'a\u0000', '\ud800')
const key = fc.record({
  region: text as fc.Arbitrary<Region>,
  billingLine: text as fc.Arbitrary<BillingLine>,
  dimension: text as fc.Arbitrary<Dimension>,
  resource: text,
})

test('a series is found by all four parts of its key, and by nothing else', () => {
  const step = fc.tuple(fc.constantFrom('set', 'delete', 'get'), key, fc.integer())
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new SeriesMap<number>()
      const model = new Map<string, number>()
      for (const [what, one, value] of steps) {
        if (what === 'set') {
          map.set(one, value)
          model.set(nameOf(one), value)
        } else if (what === 'delete') {
          map.delete(one)
          model.delete(nameOf(one))
        }
        assert.equal(map.get(one), model.get(nameOf(one)))
      }
    }),
  )
})

function nameOf({ region, billingLine, dimension, resource }: SeriesKey): string {
  return JSON.stringify([region, billingLine, dimension, resource])
}

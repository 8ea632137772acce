import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { pageOf } from './page.ts'

it('any pages, joined, are the sorted names', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 50 })
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 12 }), (items, limit) => {
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = pageOf(items, (item) => item, { limit, ...(after !== undefined && { after }) })
        assert.ok(page.items.length <= limit)
        seen.push(...page.items)
        after = page.next
      } while (after !== undefined)
      assert.deepEqual(seen, items.toSorted())
    }),
  )
})

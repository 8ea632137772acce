import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { pageOf, pageOfStored } from './page.ts'

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

it('any pages of a store, joined, are what is wanted of it, in the order of names', async () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(names, fc.integer({ min: 1, max: 12 }), async (items, limit) => {
      const sorted = items.toSorted()
      const wanted = (item: string): boolean => item.length % 2 === 0
      async function* after(name: string): AsyncGenerator<string> {
        yield* sorted.filter((item) => item > name)
      }
      const seen: string[] = []
      let next: string | undefined
      do {
        const query = { limit, ...(next !== undefined && { after: next }) }
        const page = await pageOfStored(after, { nameOf: (item) => item, wanted }, query)
        assert.ok(page.items.length === limit || page.next === undefined)
        seen.push(...page.items)
        next = page.next
      } while (next !== undefined)
      assert.deepEqual(seen, sorted.filter(wanted))
    }),
  )
})

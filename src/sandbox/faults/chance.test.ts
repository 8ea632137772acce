/** What one fault draws. Which calls it strikes by that is in fault-list.test.ts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Chance } from './chance.ts'

describe('a stream of chance', () => {
  it('chooses any of the items, so many, in their order', () => {
    const stream = new Chance(1).next()
    const draws = Array.from({ length: 100 }, () => stream.some(['a', 'b', 'c'], 2).join(''))
    assert.deepEqual([...new Set(draws)].sort(), ['ab', 'ac', 'bc'])
    assert.deepEqual(stream.some(['a', 'b'], 3), ['a', 'b'])
  })

  it('draws every number between two, both of them too', () => {
    const stream = new Chance(1).next()
    const draws = Array.from({ length: 100 }, () => stream.between(3, 5))
    assert.deepEqual([...new Set(draws)].sort(), [3, 4, 5])
  })

  it('is another than the one before', () => {
    const chance = new Chance(1)
    const [one, other] = [chance.next(), chance.next()].map((stream) =>
      Array.from({ length: 20 }, () => stream.between(0, 9)).join(''),
    )
    assert.notEqual(one, other)
  })
})

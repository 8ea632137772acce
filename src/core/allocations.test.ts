/** Tags and allocations: CONTRACT rules 6 and 119 to 125. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anAllocation } from '../testing/builders.ts'
import { allocationProblem, sameAllocations, tagProblem } from './allocations.ts'
import { AWS_2025 } from './profile.ts'
import { type Allocation, QUANTITY_MAX } from './usage.ts'

describe('the characters of a tag', () => {
  // The published class by hand, not by the expression under test: letters, digits, U+0020 to U+003D, `.`, `_`, `:`, `/`, `@`.
  const isAllowed = (code: number): boolean => {
    const character = String.fromCharCode(code)
    return /[a-z]/i.test(character) || (code >= 0x20 && code <= 0x3d) || '._:/@'.includes(character)
  }
  // A whole table of the first 256, and others that a careless class lets in.
  const codes = [...Array(256).keys(), 0x130, 0x212a, 0x2028, 0xd800, 0xdfff, 0xfeff, 0xffff]

  it('are exactly those of the published pattern, in keys', () => {
    for (const code of codes) {
      const tags = [{ key: `a${String.fromCharCode(code)}b`, value: 'v' }]
      assert.equal(problemOf({ tags }) === undefined, isAllowed(code), `U+${code.toString(16)}`)
    }
  })

  it('are the same in values', () => {
    for (const code of codes) {
      const tags = [{ key: 'k', value: String.fromCharCode(code) }]
      assert.equal(problemOf({ tags }) === undefined, isAllowed(code), `U+${code.toString(16)}`)
    }
  })

  function problemOf({ tags }: Pick<Allocation, 'tags'>): string | undefined {
    return tagProblem([{ ...anAllocation(1), tags }], AWS_2025)
  }
})

describe('the tags of a record', () => {
  // Each allocation by its tags. The answer is a word of the problem.
  const TABLE: readonly (readonly [string, readonly (readonly string[])[], string])[] = [
    ['five tags in one allocation', [['a=1', 'b=1', 'c=1', 'd=1', 'e=1']], 'ok'],
    ['six tags in one allocation', [['a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1']], '6 tags;'],
    [
      'five keys over a record',
      [
        ['a=1', 'b=1', 'c=1'],
        ['d=1', 'e=1'],
      ],
      'ok',
    ],
    [
      'six keys over a record',
      [
        ['a=1', 'b=1', 'c=1'],
        ['d=1', 'e=1', 'f=1'],
      ],
      '6 tag keys',
    ],
    ['one key with many values', [['a=1'], ['a=2'], ['a=3'], ['a=4'], ['a=5'], ['a=6']], 'ok'],
    ['keys that differ in case', [['a=1', 'A=1']], 'ok'],
    ['one key twice in an allocation', [['a=1', 'a=2']], 'stands twice'],
    ['one tag twice in an allocation', [['a=1', 'a=1']], 'stands twice'],
    ['no tags at all', [[]], 'ok'],
    ['a bad second allocation', [['a=1'], ['b=#', 'c=~']], 'tag value'],
    ['a bad key', [['{=1']], 'tag key'],
  ]
  for (const [name, tagLists, answer] of TABLE) {
    it(`${name}: ${answer}`, () => {
      const problem = tagProblem(
        tagLists.map((tags) => anAllocation(1, ...tags)),
        AWS_2025,
      )
      if (answer === 'ok') assert.equal(problem, undefined)
      else assert.ok(problem?.includes(answer), problem)
    })
  }

  it('may use more keys where the profile does not count them', () => {
    const allocations = ['a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1'].map((tag) =>
      anAllocation(1, tag),
    )
    assert.equal(tagProblem(allocations, { ...AWS_2025, tagKeysPerRecordMax: Infinity }), undefined)
  })
})

describe('the allocations of a record', () => {
  const TABLE: readonly (readonly [string, number, readonly Allocation[], string])[] = [
    ['one part of all', 5, [anAllocation(5)], 'ok'],
    ['parts that make the quantity', 5, [anAllocation(2, 'a=1'), anAllocation(3, 'a=2')], 'ok'],
    ['one too few', 6, [anAllocation(2, 'a=1'), anAllocation(3, 'a=2')], 'add up to 5'],
    ['one too many', 4, [anAllocation(2, 'a=1'), anAllocation(3, 'a=2')], 'add up to 5'],
    ['nothing of nothing', 0, [anAllocation(0)], 'ok'],
    ['something of nothing', 0, [anAllocation(1)], 'add up to 1'],
    ['one part without tags', 3, [anAllocation(1), anAllocation(2, 'a=1')], 'ok'],
    ['two parts without tags', 3, [anAllocation(1), anAllocation(2)], 'same set of tags'],
    [
      'two parts with the same tags',
      3,
      [anAllocation(1, 'a=1'), anAllocation(2, 'a=1')],
      'same set',
    ],
    [
      'the same tags in another order',
      3,
      [anAllocation(1, 'a=1', 'b=2'), anAllocation(2, 'b=2', 'a=1')],
      'same set of tags',
    ],
    [
      'the same keys with values changed about',
      3,
      [anAllocation(1, 'a=1', 'b=2'), anAllocation(2, 'a=2', 'b=1')],
      'ok',
    ],
    ['a set inside another', 3, [anAllocation(1, 'a=1'), anAllocation(2, 'a=1', 'b=2')], 'ok'],
    // What joins keys and values by a sign must not take these for the same.
    ['signs that could join', 3, [anAllocation(1, 'a=b=c'), anAllocation(2, 'a=b', 'c=c')], 'ok'],
    ['quotes and commas', 3, [anAllocation(1, 'a="),("'), anAllocation(2, 'a="', ')=("')], 'ok'],
  ]
  for (const [name, quantity, allocations, answer] of TABLE) {
    it(`${name}: ${answer}`, () => {
      const problem = allocationProblem(allocations, quantity)
      if (answer === 'ok') assert.equal(problem, undefined)
      else assert.ok(problem?.includes(answer), problem)
    })
  }

  it('are added up exactly, 2,500 times the largest quantity', () => {
    const allocations = Array.from({ length: 2_500 }, (_, index) =>
      anAllocation(QUANTITY_MAX, `n=${index}`),
    )
    const sum = 2_500 * QUANTITY_MAX
    assert.equal(allocationProblem(allocations, sum), undefined)
    assert.match(allocationProblem(allocations, sum - 1) ?? '', new RegExp(`add up to ${sum}`))
    assert.match(allocationProblem(allocations, QUANTITY_MAX) ?? '', /add up to/)
  })
})

describe('two records', () => {
  const one = [anAllocation(1, 'a=1', 'b=2'), anAllocation(2)]
  const TABLE = [
    ['with the same parts in another order', one, [...one].reverse(), true],
    ['with tags in another order', one, [anAllocation(2), anAllocation(1, 'b=2', 'a=1')], true],
    ['with parts of another size', one, [anAllocation(2, 'a=1', 'b=2'), anAllocation(1)], false],
    ['with another tag', one, [anAllocation(1, 'a=1', 'b=3'), anAllocation(2)], false],
    ['with a part more', one, [...one, anAllocation(0, 'c=1')], false],
    ['one of them undivided', one, undefined, false],
    ['both undivided', undefined, undefined, true],
    ['one a single part without tags, the other undivided', [anAllocation(3)], undefined, false],
  ] as const
  for (const [name, left, right, same] of TABLE) {
    it(`${name} are divided ${same ? 'alike' : 'differently'}`, () => {
      assert.equal(sameAllocations(left, right), same)
      assert.equal(sameAllocations(right, left), same)
    })
  }

  it('are divided alike however their parts and tags are shuffled', () => {
    const tag = fc.record({ key: fc.string({ minLength: 1 }), value: fc.string() })
    const tags = fc.uniqueArray(tag, { selector: ({ key }) => key, maxLength: 5 })
    const parts = fc.array(fc.tuple(fc.nat(9), tags), { minLength: 1, maxLength: 8 })
    const shuffled = parts.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc
          .shuffledSubarray(list, { minLength: list.length })
          .map((other) => other.map(([quantity, own]) => [quantity, [...own].reverse()] as const)),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([left, right]) => {
        const build = (list: readonly (readonly [number, Allocation['tags']])[]) =>
          list.map(([quantity, own]) => ({ ...anAllocation(quantity), tags: own }))
        assert.equal(sameAllocations(build(left), build(right)), true)
      }),
    )
  })
})

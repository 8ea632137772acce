import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LineBudget } from './line-budget.ts'

describe('the line budget', () => {
  // Two lines of a kind in ten milliseconds: at, kind, what is said (undefined: kept back).
  const rows: readonly (readonly [number, string, number | undefined])[] = [
    [0, 'a', 0],
    [0, 'a', 0],
    [0, 'a', undefined],
    [0, 'b', 0],
    [9, 'a', undefined],
    [10, 'a', 2],
    [11, 'a', 0],
    [12, 'a', undefined],
    // A clock that is set back opens a new stretch, rather than none for as long as it was set back.
    [1, 'a', 1],
  ]

  it('lets so many lines of a kind through and tells how many it kept back', () => {
    let nowMs = 0
    const budget = new LineBudget({ linesMax: 2, windowMs: 10 }, () => nowMs)
    for (const [atMs, kind, expected] of rows) {
      nowMs = atMs
      assert.equal(budget.take(kind), expected, `at ${atMs} for ${kind}`)
    }
  })

  it('forgets rather than grows', () => {
    const budget = new LineBudget({ linesMax: 1, windowMs: 1_000 }, () => 0)
    for (let kind = 0; kind < 1_000; kind++) assert.equal(budget.take(`kind ${kind}`), 0)
    assert.equal(budget.take('kind 999'), undefined)
    assert.equal(budget.take('one too many'), 0)
    assert.equal(budget.take('kind 999'), 0)
  })
})

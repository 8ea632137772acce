import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Exchange } from './exchange.ts'
import { Journal, JournalBudget } from './journal.ts'

/** @param reasonLength Of what is neither request nor answer. */
function anExchange(journal: Journal, bodyLength = 0, reasonLength = 0): Exchange {
  return {
    number: journal.next(),
    requestId: '',
    at: '',
    machineAt: '',
    milliseconds: 0,
    profile: '',
    request: { method: 'POST', target: '/', headers: [], body: 'x'.repeat(bodyLength) },
    answer: { status: 200, body: '' },
    records: [],
    why: 'x'.repeat(reasonLength),
  }
}

/** Of one with so many letters; a number of one digit. */
function sizeOf(letters: number): number {
  const empty = anExchange(new Journal(new JournalBudget()))
  return 512 + JSON.stringify(empty).length + letters
}

function numbersIn(journal: Journal, after = 0): readonly number[] {
  return journal.after(after).map(({ number }) => number)
}

describe('a journal', () => {
  it('keeps the newest thousand', () => {
    const journal = new Journal(new JournalBudget())
    for (let count = 0; count < 1_001; count++) journal.add(anExchange(journal))
    assert.deepEqual([numbersIn(journal).length, numbersIn(journal)[0]], [1_000, 2])
    assert.deepEqual(numbersIn(journal, 999), [1_000, 1_001])
  })

  it('gives way to others, the oldest of all first', () => {
    const budget = new JournalBudget(3 * sizeOf(1_000))
    const [one, other] = [new Journal(budget), new Journal(budget)]
    one.add(anExchange(one, 1_000))
    other.add(anExchange(other, 1_000))
    one.add(anExchange(one, 1_000))
    assert.deepEqual([numbersIn(one), numbersIn(other)], [[1, 2], [1]])
    other.add(anExchange(other, 1_000))
    assert.deepEqual([numbersIn(one), numbersIn(other)], [[2], [1, 2]])
    one.clear()
    other.add(anExchange(other, 1_000))
    assert.deepEqual(numbersIn(other), [1, 2, 3])
  })

  it('counts every byte that it keeps: 64 MB in all', () => {
    const journal = new Journal(new JournalBudget())
    for (let count = 0; count < 130; count++) journal.add(anExchange(journal, 0, 1_000_000))
    const kept = Math.floor((64 * 1_048_576) / sizeOf(1_000_000))
    assert.deepEqual([kept, numbersIn(journal).length], [67, 67])
  })

  it('leaves its part of the budget to others when it is closed', () => {
    const budget = new JournalBudget(2 * sizeOf(1_000))
    const [one, other] = [new Journal(budget), new Journal(budget)]
    one.add(anExchange(one, 1_000))
    one.close()
    other.add(anExchange(other, 1_000))
    other.add(anExchange(other, 1_000))
    assert.deepEqual([numbersIn(one), numbersIn(other), one.isClosed], [[], [1, 2], true])
  })

  it('wakes who watches, until they leave', () => {
    const journal = new Journal(new JournalBudget())
    let woken = 0
    const leave = journal.watch(() => {
      woken += 1
    })
    journal.add(anExchange(journal))
    journal.close()
    assert.deepEqual([woken, journal.isWatched], [2, true])
    leave()
    journal.add(anExchange(journal))
    assert.deepEqual([woken, journal.isWatched], [2, false])
  })

  it('begins with its oldest for a number that it never had', () => {
    const journal = new Journal(new JournalBudget())
    for (let count = 0; count < 3; count++) journal.add(anExchange(journal))
    assert.deepEqual(
      [0, 2, 3, 4, 99].map((last) => journal.nextAfter(last)?.number),
      [1, 3, undefined, 1, 1],
    )
    assert.deepEqual(
      [0, 2, 3, 4].map((last) => numbersIn(journal, last)),
      [[1, 2, 3], [3], [], [1, 2, 3]],
    )
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Exchange } from './exchange.ts'
import { Journal, JournalBudget } from './journal.ts'

function anExchange(journal: Journal, bodyLength = 0): Exchange {
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
  }
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
    const budget = new JournalBudget(3 * 2_048)
    const [one, other] = [new Journal(budget), new Journal(budget)]
    one.add(anExchange(one, 1_023))
    other.add(anExchange(other, 1_023))
    one.add(anExchange(one, 1_023))
    assert.deepEqual([numbersIn(one), numbersIn(other)], [[1, 2], [1]])
    other.add(anExchange(other, 1_023))
    assert.deepEqual([numbersIn(one), numbersIn(other)], [[2], [1, 2]])
    one.clear()
    other.add(anExchange(other, 1_023))
    assert.deepEqual(numbersIn(other), [1, 2, 3])
  })

  it('tells who watches, until they leave', () => {
    const journal = new Journal(new JournalBudget())
    const seen: number[] = []
    const leave = journal.watch(({ number }) => seen.push(number))
    journal.add(anExchange(journal))
    leave()
    journal.add(anExchange(journal))
    assert.deepEqual(seen, [1])
  })
})

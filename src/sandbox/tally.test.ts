/** How much of what was sent again is remembered. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MeteringRecordId, Quantity, UsageRecord } from '../core/usage.ts'
import type { SettledRecord } from '../server/settle.ts'
import { Tally } from './tally.ts'

const settled = (id: string, outcome: 'repeated' | 'conflicting', quantity = 1): SettledRecord => {
  const held = { id: id as MeteringRecordId, quantity: 1 as Quantity }
  const usage = { quantity: quantity as Quantity } as UsageRecord
  return { outcome, held, usage, reason: '' } as SettledRecord
}

describe('usage that came again', () => {
  it('is remembered of ten thousand records, and counted of those', () => {
    const tally = new Tally()
    for (let id = 0; id < 10_001; id++) tally.settled([settled(`${id}`, 'repeated')])
    assert.equal(tally.resent.size, 10_000)
    tally.settled([settled('0', 'repeated')])
    assert.equal(tally.resent.get('0' as MeteringRecordId)?.repeats, 2)
  })

  it('has its first hundred other quantities, and the number of all', () => {
    const tally = new Tally()
    for (let quantity = 2; quantity <= 103; quantity++) {
      tally.settled([settled('a', 'conflicting', quantity)])
    }
    const { conflicts = [], conflictCount } = tally.resent.get('a' as MeteringRecordId) ?? {}
    assert.deepEqual([conflicts.length, conflicts[0], conflicts.at(-1)], [100, 2, 101])
    assert.equal(conflictCount, 102)
  })

  it('is a copy’s own', () => {
    const tally = new Tally()
    tally.settled([settled('a', 'repeated')])
    const copy = tally.copy()
    tally.settled([settled('a', 'repeated'), settled('b', 'repeated')])
    assert.deepEqual([...copy.resent], [['a', { repeats: 1, conflicts: [], conflictCount: 0 }]])
  })
})

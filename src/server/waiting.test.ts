import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccountId } from '../core/usage.ts'
import { OTHER_SELLER, SELLER } from '../testing/builders.ts'
import { WaitingRecords } from './waiting.ts'

const THIRD = '111122225555' as AccountId

describe('the room for waiting records', () => {
  it('is half of it for one seller, and the rest for others', async () => {
    const waiting = new WaitingRecords(100)
    const finish = [hold(waiting, SELLER, 49)]
    assert.equal(waiting.hasRoomFor(SELLER), true)
    finish.push(hold(waiting, SELLER, 1))
    assert.equal(waiting.hasRoomFor(SELLER), false)
    assert.equal(waiting.hasRoomFor(OTHER_SELLER), true)
    finish.push(hold(waiting, OTHER_SELLER, 49))
    assert.equal(waiting.hasRoomFor(THIRD), true)
    finish.push(hold(waiting, THIRD, 1))
    assert.equal(waiting.hasRoomFor(THIRD), false)
    assert.equal(waiting.count, 100)
    await Promise.all(finish.map((done) => done()))
    assert.equal(waiting.count, 0)
    assert.equal(waiting.hasRoomFor(SELLER), true)
  })

  it('is given back where the work fails', async () => {
    const waiting = new WaitingRecords(2)
    const work = waiting.during(SELLER, 25, () => Promise.reject(new Error('disk on fire')))
    assert.equal(waiting.hasRoomFor(SELLER), false)
    await assert.rejects(work, /disk on fire/)
    assert.equal(waiting.count, 0)
    assert.equal(waiting.hasRoomFor(SELLER), true)
  })

  it('takes a call without records', async () => {
    const waiting = new WaitingRecords(2)
    assert.equal(await waiting.during(SELLER, 0, () => Promise.resolve('done')), 'done')
    assert.equal(waiting.count, 0)
  })
})

/** Keeps records waiting until the function that comes back is called. */
function hold(waiting: WaitingRecords, seller: AccountId, records: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const work = waiting.during(seller, records, () => promise)
  return async () => {
    resolve(undefined)
    await work
  }
}

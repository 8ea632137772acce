import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccountId } from '../core/usage.ts'
import { OTHER_SELLER, SELLER } from '../testing/builders.ts'
import { type Load, WaitingRecords } from './waiting.ts'

const THIRD = '111122225555' as AccountId
const NOTHING: Load = { records: 0, bytes: 0 }

/** What waits is measured both ways, and either alone fills the room. */
const MEASURES: readonly (readonly [name: string, of: (amount: number) => Load])[] = [
  ['records', (records) => ({ records, bytes: 1 })],
  ['bytes', (bytes) => ({ records: 1, bytes })],
]

describe('the room for waiting records', () => {
  for (const [name, of] of MEASURES) {
    it(`is half of its ${name} for one seller, and the rest for others`, async () => {
      const waiting = new WaitingRecords({ records: 100, bytes: 100 })
      const finish = [hold(waiting, SELLER, of(49))]
      assert.equal(waiting.hasRoomFor(SELLER), true)
      finish.push(hold(waiting, SELLER, of(1)))
      assert.equal(waiting.hasRoomFor(SELLER), false)
      assert.equal(waiting.hasRoomFor(OTHER_SELLER), true)
      finish.push(hold(waiting, OTHER_SELLER, of(49)))
      assert.equal(waiting.hasRoomFor(THIRD), true)
      finish.push(hold(waiting, THIRD, of(1)))
      assert.equal(waiting.hasRoomFor(THIRD), false)
      assert.deepEqual(waiting.load, { records: 4, bytes: 4, [name]: 100 })
      await Promise.all(finish.map((done) => done()))
      assert.deepEqual(waiting.load, NOTHING)
      assert.equal(waiting.hasRoomFor(SELLER), true)
    })
  }

  it('is given back where the work fails', async () => {
    const waiting = new WaitingRecords({ records: 2, bytes: 100 })
    const load = { records: 25, bytes: 9_000 }
    const work = waiting.during(SELLER, load, () => Promise.reject(new Error('disk on fire')))
    assert.equal(waiting.hasRoomFor(SELLER), false)
    await assert.rejects(work, /disk on fire/)
    assert.deepEqual(waiting.load, NOTHING)
    assert.equal(waiting.hasRoomFor(SELLER), true)
  })

  it('takes a call without records', async () => {
    const waiting = new WaitingRecords({ records: 2, bytes: 100 })
    const load = { records: 0, bytes: 19 }
    assert.equal(await waiting.during(SELLER, load, () => Promise.resolve('done')), 'done')
    assert.deepEqual(waiting.load, NOTHING)
  })
})

/** Keeps records waiting until the function that comes back is called. */
function hold(waiting: WaitingRecords, seller: AccountId, load: Load): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const work = waiting.during(seller, load, () => promise)
  return async () => {
    resolve(undefined)
    await work
  }
}

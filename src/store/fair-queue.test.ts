import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FairQueue } from './fair-queue.ts'

describe('the fair queue', () => {
  it('serves owners in turn and each owner in order', () => {
    const queue = queueOf('a1 a2 a3 a4 b1 b2 c1')
    assert.deepEqual(queue.take(100), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
    assert(queue.isEmpty)
    assert.equal(queue.size, 0)
  })

  it('drops what is wanted no more, and keeps turns and sizes', () => {
    const queue = queueOf('a1 a2 a3 b1 b2 c1')
    assert.deepEqual(queue.take(1), ['a1'])
    queue.drop((item) => ['a2', 'b1', 'b2'].includes(item))
    assert.equal(queue.size, 2)
    assert.deepEqual(queue.take(2), ['c1', 'a3'])
    assert(queue.isEmpty)
  })

  it('goes on with the owner whose turn it is', () => {
    const queue = queueOf('a1 a2 a3 b1 b2 c1')
    assert.deepEqual(queue.take(2), ['a1', 'b1'])
    assert.equal(queue.size, 4)
    assert.deepEqual(queue.take(2), ['c1', 'a2'])
    queue.push('d', 'd1', 1)
    assert.deepEqual(queue.take(3), ['b2', 'a3', 'd1'])
    assert(queue.isEmpty)
  })

  it('takes one item even if it is too big, and otherwise none that does not fit', () => {
    const queue = new FairQueue<string>()
    queue.push('a', 'big', 10)
    queue.push('a', 'small', 1)
    assert.deepEqual(queue.take(5), ['big'])
    queue.push('b', 'big', 10)
    assert.deepEqual(queue.take(5), ['small'])
    assert.deepEqual(queue.take(10), ['big'])
    assert.deepEqual(queue.take(10), [])
  })

  it('gives a quiet owner its turn at once, however many wait before it', () => {
    const queue = new FairQueue<string>()
    for (let index = 0; index < 10_000; index++) queue.push('loud', `loud ${index}`, 1)
    queue.take(10)
    queue.push('quiet', 'quiet', 1)
    assert(queue.take(10).includes('quiet'))
  })
})

/** 'a1 b1' is an item a1 of owner a and an item b1 of owner b, each of size 1. */
function queueOf(text: string): FairQueue<string> {
  const queue = new FairQueue<string>()
  for (const item of text.split(' ')) queue.push(item.charAt(0), item, 1)
  return queue
}

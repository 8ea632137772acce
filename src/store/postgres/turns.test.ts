import assert from 'node:assert/strict'
import { it } from 'node:test'
import { StoreBusy } from '../busy.ts'
import { Turns } from './turns.ts'

it('so many look at a time; the next has its turn when one has done, whatever became of it', async () => {
  const turns = new Turns(2)
  const looks = Array.from({ length: 4 }, () => Promise.withResolvers<string>())
  const begun: number[] = []
  const answers = looks.map(({ promise }, index) =>
    turns.take(() => {
      begun.push(index)
      return promise
    }),
  )
  await settled()
  assert.deepEqual(begun, [0, 1])
  looks[1]?.reject(new Error('gone'))
  await assert.rejects(answers[1] ?? Promise.resolve(), /gone/)
  await settled()
  assert.deepEqual(begun, [0, 1, 2])
  for (const { resolve } of looks) resolve('page')
  assert.deepEqual(await Promise.all([answers[0], answers[2], answers[3]]), [
    'page',
    'page',
    'page',
  ])
})

it('whose turn does not come is told that the store is busy, and does nothing', async () => {
  const turns = new Turns(1, 20)
  const first = Promise.withResolvers<string>()
  const looking = turns.take(() => first.promise)
  let begun = 0
  const late = turns.take(() => Promise.resolve(begun++))
  await assert.rejects(late, StoreBusy)
  first.resolve('page')
  assert.equal(await looking, 'page')
  assert.equal(await turns.take(() => Promise.resolve('next')), 'next')
  assert.equal(begun, 0)
})

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

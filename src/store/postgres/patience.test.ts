import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Patience } from './patience.ts'

it('those who waited too long are given up, the others are waited for, with one timer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const given: string[] = []
  let overdue = 0
  const patience = new Patience(100, () => overdue++, Date.now)
  const wait = (name: string) => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const done = patience.bound(promise, () => {
      given.push(name)
      resolve('given up')
    })
    return { resolve, done }
  }
  const [first, second] = [wait('first'), wait('second')]
  t.mock.timers.tick(60)
  const third = wait('third')
  first.resolve('in time')
  assert.equal(await first.done, 'in time')
  t.mock.timers.tick(39)
  assert.deepEqual(given, [])
  t.mock.timers.tick(1)
  assert.equal(await second.done, 'given up')
  assert.deepEqual([given, overdue], [['second'], 1])
  t.mock.timers.tick(59)
  assert.deepEqual(given, ['second'])
  t.mock.timers.tick(1)
  assert.equal(await third.done, 'given up')
  assert.deepEqual([given, overdue], [['second', 'third'], 2])
})

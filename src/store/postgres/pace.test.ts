/** When a transaction may start, and how much it takes. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Pace } from './pace.ts'

it('two transactions take all that one or two calls touch, and a third waits', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { pace, start } = aPace(8)
  assert.equal(pace.lanesNext, 16)
  const first = start()
  assert.equal(pace.lanesNext, 16)
  const second = start()
  assert.equal(pace.lanesNext, 0)
  await second.end()
  assert.equal(pace.lanesNext, 16)
  await assert.rejects(first.fail(), /lost/)
  assert.equal(pace.lanesNext, 16)
})

it('those that hang make nobody wait, until there are as many as may be', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { pace, start, slow } = aPace(3)
  const hanging = [start(), start()]
  assert.equal(pace.lanesNext, 0)
  context.mock.timers.tick(50)
  assert.equal(slow.count, 2)
  assert.equal(pace.lanesNext, 16)
  const quick = start()
  assert.equal(pace.lanesNext, 0)
  await quick.end()
  assert.equal(pace.lanesNext, 16)
  for (const one of hanging) await one.end()
  assert.equal(pace.lanesNext, 16)
})

function aPace(countMax: number) {
  const slow = { count: 0 }
  const pace = new Pace({ countMax, onSlow: () => slow.count++ })
  const start = () => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    const done = pace.run(() => promise)
    return {
      end: () => (resolve(undefined), done),
      fail: () => (reject(new Error('lost')), done),
    }
  }
  return { pace, start, slow }
}

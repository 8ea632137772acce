/** Which attempts may run at once. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Bucket } from '../../core/billing-line.ts'
import { Reach, type ReachSettings } from './reach.ts'
import { StandbyAbsent } from './standby.ts'

const LOST = Object.assign(new Error('gone'), { code: 'ECONNRESET' })
const NODE_LOST = Object.assign(new Error('gone'), { code: '08006', severity: 'ERROR' })
const TAKEN = Object.assign(new Error('taken'), { code: '23505', severity: 'ERROR' })

it('buckets that were lost try two at a time, and leave the other places to those that were not', async () => {
  const { reach } = aReach({ attemptsMax: 4, retryMsMax: 0 })
  const lost = [0, 1, 2, 3, 4, 5] as Bucket[]
  for (const bucket of lost) await assert.rejects(reach.run(bucket, () => Promise.reject(LOST)))

  const hanging = Promise.withResolvers<never>()
  let hangingCount = 0
  const attempts = lost.map((bucket) =>
    assert.rejects(
      reach.run(bucket, () => {
        hangingCount++
        return hanging.promise
      }),
    ),
  )
  assert.equal(await reach.run(9 as Bucket, () => Promise.resolve('held')), 'held')
  assert.equal(hangingCount, 2)
  hanging.reject(LOST)
  await Promise.all(attempts)
})

it('one that is reached again frees them all', async () => {
  const { reach } = aReach({ attemptsMax: 4, retryMsMax: 0 })
  const buckets = [0, 1, 2] as Bucket[]
  for (const bucket of buckets) await assert.rejects(reach.run(bucket, () => Promise.reject(LOST)))
  await reach.run(0 as Bucket, () => Promise.resolve())
  const hanging = Promise.withResolvers<string>()
  const attempts = buckets.map((bucket) => reach.run(bucket, () => hanging.promise))
  hanging.resolve('held')
  assert.deepEqual(await Promise.all(attempts), ['held', 'held', 'held'])
})

for (const [what, error, forgotten] of [
  ['a connection, everything', LOST, ['all']],
  ['a node behind the server, its bucket', NODE_LOST, [7]],
  ['nothing, nothing', TAKEN, []],
] as const) {
  it(`what is known is forgotten: with the loss of ${what}`, async () => {
    const { reach, forgot } = aReach({ attemptsMax: 1, retryMsMax: 0 })
    await assert.rejects(reach.run(7 as Bucket, () => Promise.reject(error)))
    assert.deepEqual(forgot, forgotten)
  })
}

it('nothing is tried while there is an obstacle, and all is again when there is none', async () => {
  const obstacles = [new StandbyAbsent(), new StandbyAbsent()]
  const { reach } = aReach({ attemptsMax: 1, retryMsMax: 60_000, obstacle: () => obstacles.pop() })
  let attempts = 0
  const left = await reach.run(7 as Bucket, async () => {
    attempts++
    return obstacles.length
  })
  assert.deepEqual([attempts, left], [1, 0])
})

function aReach(bounds: Omit<ReachSettings, 'book' | 'obstacle'> & Partial<ReachSettings>) {
  const forgot: (Bucket | 'all')[] = []
  const book = {
    forget: () => forgot.push('all'),
    forgetBucket: (bucket: Bucket) => forgot.push(bucket),
  }
  return { reach: new Reach({ obstacle: () => undefined, ...bounds, book }), forgot }
}

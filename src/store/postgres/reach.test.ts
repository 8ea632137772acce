/** Which attempts may run at once. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Bucket } from '../../core/billing-line.ts'
import { onConnection, type Pool } from './connect.ts'
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

it('one that is reached again frees no others than those that failed for the same cause', async () => {
  const { reach } = aReach({ attemptsMax: 4, retryMsMax: 0 })
  const slow = Object.assign(new Error('too slow'), { code: '57014', severity: 'ERROR' })
  const otherNode = Object.assign(new Error('other'), { code: '08006', severity: 'ERROR' })
  const errors = [NODE_LOST, NODE_LOST, otherNode, slow, slow, LOST, LOST]
  const suspects = () => errors.map((_, bucket) => (reach.isSuspect(bucket as Bucket) ? 1 : 0))
  for (const [bucket, error] of errors.entries())
    await assert.rejects(reach.run(bucket as Bucket, () => Promise.reject(error)))
  assert.deepEqual(suspects(), [1, 1, 1, 1, 1, 1, 1])
  await reach.run(4 as Bucket, () => Promise.resolve())
  assert.deepEqual(suspects(), [1, 1, 1, 0, 0, 1, 1])
  await reach.run(5 as Bucket, () => Promise.resolve())
  assert.deepEqual(suspects(), [1, 1, 1, 0, 0, 0, 0])
  await reach.run(0 as Bucket, () => Promise.resolve())
  assert.deepEqual(suspects(), [0, 0, 1, 0, 0, 0, 0])
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

it('no further attempt begins at the deadline of whoever waits, however long the first took', async () => {
  const clock = { ms: 0 }
  const { reach } = aReach({ attemptsMax: 1, retryMsMax: 60_000, nowMs: () => clock.ms })
  let attempts = 0
  const tried = (tookMs: number) => () => {
    attempts++
    clock.ms += tookMs
    return Promise.reject(LOST)
  }
  const deadlineMs = () => 100
  await assert.rejects(reach.run(1 as Bucket, tried(50), { deadlineMs }), LOST)
  assert.equal(attempts, 2)
  await assert.rejects(reach.run(2 as Bucket, tried(1), { deadlineMs }), LOST)
  assert.equal(attempts, 3)
})

it('nor after a wait for a place that lasted until then', async () => {
  const clock = { ms: 0 }
  const { reach } = aReach({ attemptsMax: 1, retryMsMax: 60_000, nowMs: () => clock.ms })
  const other = Promise.withResolvers<string>()
  let attempts = 0
  let holding: Promise<string> | undefined
  const failing = assert.rejects(
    reach.run(
      1 as Bucket,
      () => {
        attempts++
        holding ??= reach.run(2 as Bucket, () => other.promise)
        return Promise.reject(LOST)
      },
      { deadlineMs: () => 100 },
    ),
    LOST,
  )
  while (holding === undefined) await new Promise((resolve) => setImmediate(resolve))
  clock.ms = 100
  other.resolve('held')
  await Promise.all([failing, holding])
  assert.equal(attempts, 1)
})

it('a bucket that failed for as long as anybody tries is tried by one now and then, and the others are told at once', async () => {
  const clock = { ms: 0 }
  const { reach } = aReach({ attemptsMax: 8, retryMsMax: 5_000, nowMs: () => clock.ms })
  let attempts = 0
  const fail = () => {
    attempts++
    clock.ms += 1_000
    return Promise.reject(LOST)
  }
  await assert.rejects(reach.run(3 as Bucket, fail), LOST)
  assert.equal(attempts, 5)
  const failAtOnce = () => {
    attempts++
    return Promise.reject(LOST)
  }
  const callers = () =>
    Promise.all(
      Array.from({ length: 64 }, () => assert.rejects(reach.run(3 as Bucket, failAtOnce), LOST)),
    )
  await callers()
  assert.equal(attempts, 5)
  clock.ms += 500
  await callers()
  assert.equal(attempts, 6)
  assert.equal(await reach.run(4 as Bucket, () => Promise.resolve('held')), 'held')
  clock.ms += 500
  assert.equal(await reach.run(3 as Bucket, () => Promise.resolve('back')), 'back')
  await assert.rejects(reach.run(3 as Bucket, fail), LOST)
  assert.equal(attempts, 11)
})

it('where no connection can be made, all buckets are suspects: those who wait for a place share the failure', async () => {
  const { reach } = aReach({ attemptsMax: 4, retryMsMax: 0 })
  let attempts = 0
  const pool = {
    connect() {
      attempts++
      return Promise.reject(LOST)
    },
  } as unknown as Pool
  const connect = () => onConnection(pool, () => Promise.resolve())
  await assert.rejects(reach.run(0 as Bucket, connect), LOST)
  const hanging = Promise.withResolvers<never>()
  const others = Array.from({ length: 20 }, (_, bucket) =>
    assert.rejects(
      reach.run(bucket as Bucket, () => {
        attempts++
        return hanging.promise
      }),
      LOST,
    ),
  )
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(attempts, 3)
  hanging.reject(LOST)
  await Promise.all(others)
  assert.equal(attempts, 3)
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

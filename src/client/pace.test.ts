import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pace, type Timing } from './pace.ts'

const NEVER = new AbortController().signal

describe('the pace of calls', () => {
  for (const [perSecond, startsMs] of [
    [10, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1_000, 1_000]],
    [2.5, [0, 0, 800, 800, 1_600]],
    [1, [0, 1_000, 2_000]],
    [0.5, [0, 2_000, 4_000]],
    [Infinity, Array<number>(100).fill(0)],
  ] as const) {
    it(`of ${perSecond} a second lets calls begin at ${startsMs.join(', ').slice(0, 50)} ms`, async () => {
      assert.deepEqual(await startsOf(perSecond, startsMs.length), startsMs)
    })
  }

  it('is kept in any second, whenever calls come', async () => {
    const clock = aClock()
    const pace = new Pace(3, clock)
    const starts: number[] = []
    for (const ms of [0, 900, 950, 1_000, 1_100, 1_150, 5_000, 5_000]) {
      clock.ms = Math.max(clock.ms, ms)
      await pace.turn(NEVER)
      starts.push(clock.ms)
    }
    assert.deepEqual(starts, [0, 900, 950, 1_000, 1_900, 1_950, 5_000, 5_000])
  })

  it('holds up nobody whose call is to end', async () => {
    const pace = new Pace(0.001)
    await pace.turn(NEVER)
    const end = new AbortController()
    const turns = [pace.turn(end.signal), pace.turn(end.signal)]
    end.abort()
    await Promise.all([...turns, pace.turn(end.signal)])
  })
})

/** When each of so many calls begins that all ask at once. */
async function startsOf(perSecond: number, count: number): Promise<number[]> {
  const starts: number[] = []
  const sleep = async (ms: number): Promise<void> => void starts.push(ms)
  const pace = new Pace(perSecond, { nowMs: () => 0, sleep })
  for (let asked = 0; asked < count; asked++) {
    await pace.turn(NEVER)
    if (starts.length === asked) starts.push(0)
  }
  return starts
}

/** A clock on which sleeping costs nothing. */
function aClock(): Timing & { ms: number } {
  return {
    ms: 0,
    nowMs() {
      return this.ms
    },
    async sleep(ms) {
      this.ms += ms
    },
  }
}

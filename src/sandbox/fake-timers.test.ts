/**
 * The AWS SDK for JavaScript against a sandbox whose clock is frozen months away, while a test has faked its timers, and while not.
 *
 * Fakes      By the library that Vitest and Jest use for theirs; time stands still until somebody moves it.
 * Left out   A faked `process.nextTick`: Node's own sockets wait on it, so nothing that listens or connects goes on. Vitest does
 *            not fake it unless it is told to, and Jest fakes another one than Node's.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  type MarketplaceMeteringClientConfig,
} from '@aws-sdk/client-marketplace-metering'
import FakeTimers, { type Clock } from '@sinonjs/fake-timers'
import { createSandbox, type Sandbox } from './index.ts'
import { machineNowMs, machineWait } from './machine-clock.ts'

const DAY_MS = 86_400_000

type Fakes = Parameters<typeof FakeTimers.install>[0]

const FAKES: readonly [name: string, fakes: Fakes | undefined][] = [
  ['no fake timers', undefined],
  ['everything faked that Vitest fakes', { toNotFake: ['nextTick', 'queueMicrotask'] }],
  ['microtasks faked too', { toNotFake: ['nextTick'] }],
  ['Date alone faked', { toFake: ['Date'] }],
]

/** Runs with fake timers that begin at `now`. */
async function faking(fakes: Fakes | undefined, now: number, work: (clock?: Clock) => unknown) {
  const clock = fakes && FakeTimers.install({ ...fakes, now })
  try {
    await work(clock)
  } finally {
    clock?.uninstall()
  }
}

async function meter(
  sandbox: Sandbox,
  config: MarketplaceMeteringClientConfig = {},
): Promise<unknown> {
  const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, ...config })
  try {
    return await meterBy(client, sandbox)
  } finally {
    client.destroy()
  }
}

async function meterBy(
  client: MarketplaceMeteringClient,
  { products: [product], buyers: [buyer], clock }: Sandbox,
): Promise<unknown> {
  const record = {
    Timestamp: new Date(clock.now()),
    Dimension: product?.dimensions[0],
    CustomerAWSAccountId: buyer?.awsAccountId,
    Quantity: 1,
  }
  const command = new BatchMeterUsageCommand({ ProductCode: product?.code, UsageRecords: [record] })
  try {
    const { Results } = await client.send(command)
    return Results?.[0]?.Status
  } catch (error) {
    return error instanceof Error ? error.name : error
  }
}

describe('a client that is kept', () => {
  const now = Date.parse('2026-08-23T12:00:00Z')

  it('signs well on, though it sets its clock by the answers and the test moves time', async () => {
    await faking({ toFake: ['Date'] }, now, async (timers) => {
      await using sandbox = await createSandbox({ now })
      const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, maxAttempts: 1 })
      for (let hour = 0; hour < 3; hour++) {
        assert.equal(await meterBy(client, sandbox), 'Success')
        sandbox.clock.advance({ hours: 1 })
        timers?.setSystemTime(sandbox.clock.now())
      }
      await sandbox.reset()
      timers?.setSystemTime(now)
      assert.equal(await meterBy(client, sandbox), 'Success', 'back at the seed')
      client.destroy()
      // What nobody moved to is no time to sign at.
      timers?.setSystemTime(now + 5 * 3_600_000)
      assert.equal(await meter(sandbox, { maxAttempts: 1 }), 'InvalidSignatureException')
    })
  })

  for (const [name, fakes] of FAKES) {
    it(`signs well with real timers after ${name}, and the other way round`, async () => {
      await using sandbox = await createSandbox({ now })
      const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, maxAttempts: 1 })
      for (const faked of [fakes, undefined, fakes]) {
        await faking(faked, now, async () => {
          assert.equal(await meterBy(client, sandbox), 'Success')
        })
      }
      client.destroy()
    })
  }
})

for (const [name, fakes] of FAKES) {
  for (const days of [-91, 91]) {
    describe(`a clock frozen ${days} days away, with ${name}`, () => {
      const now = Math.floor((machineNowMs() + days * DAY_MS) / 1_000) * 1_000

      it('is made, asked, struck, moved, reset and closed', async () => {
        await faking(fakes, now, async (timers) => {
          await using sandbox = await createSandbox({ now })
          sandbox.faults.add({ kind: 'latency', ms: 5 })
          sandbox.faults.add({ kind: 'slow-body', ms: 5 })
          assert.equal(await meter(sandbox), 'Success')
          assert.equal((await sandbox.records())[0]?.recordedAt.slice(0, 19), isoOf(now))
          sandbox.clock.advance({ hours: 7 })
          // What signs goes by the faked time, which is near neither clock any more until it moves along.
          timers?.setSystemTime(sandbox.clock.now())
          assert.equal(await meter(sandbox), 'Success')
          await sandbox.reset()
          timers?.setSystemTime(now)
          assert.equal(sandbox.clock.now(), now)
          assert.deepEqual(await sandbox.records(), [])
          sandbox.snapshot('empty')
          assert.equal(await meter(sandbox), 'Success')
          await sandbox.restore('empty')
          assert.deepEqual(await sandbox.records(), [])
        })
      })

      it('is faked after it was made', async () => {
        await using sandbox = await createSandbox({ now })
        await faking(fakes, now, async () => {
          assert.equal(await meter(sandbox), 'Success')
        })
      })

      it('takes signatures of the machine’s time as well', async () => {
        await faking(fakes, machineNowMs(), async () => {
          await using sandbox = await createSandbox({ now })
          assert.equal(await meter(sandbox), 'Success')
        })
      })
    })
  }
}

describe('the SDK’s own retries, which wait on a timer, under fake ones', () => {
  const [, [, fakes] = []] = FAKES

  it('go on when the test moves its timers', async () => {
    await faking(fakes, machineNowMs(), async (timers) => {
      await using sandbox = await createSandbox()
      sandbox.faults.add({ kind: 'commit-then-drop' })
      sandbox.faults.add({ kind: 'throttle' })
      const answering = meter(sandbox)
      let answer: unknown
      while (answer === undefined) {
        await timers?.tickAsync(1_000)
        answer = await Promise.race([answering, machineWait(1)])
      }
      assert.equal(answer, 'Success')
      assert.equal((await sandbox.records()).length, 1)
    })
  })

  it('are not needed where there are none', async () => {
    await faking(fakes, machineNowMs(), async () => {
      await using sandbox = await createSandbox()
      sandbox.faults.add({ kind: 'throttle' })
      assert.equal(await meter(sandbox, { maxAttempts: 1 }), 'ThrottlingException')
    })
  })
})

function isoOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19)
}

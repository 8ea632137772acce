/** Each kind of fault, as a seller's program meets it: through the AWS SDK for JavaScript, over real sockets. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  type BatchMeterUsageCommandOutput,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox, type Fault, type Sandbox } from '../index.ts'

const NOON = '2026-08-23T12:00:00Z'

async function opened(test: TestContext, maxAttempts?: number) {
  const sandbox = await createSandbox({ now: NOON })
  const client = new MarketplaceMeteringClient({
    ...sandbox.clientConfig,
    ...(maxAttempts !== undefined && { maxAttempts }),
  })
  test.after(async () => {
    client.destroy()
    await sandbox.close()
  })
  return { sandbox, meter: () => told(client.send(batchOf(sandbox))) }
}

/** Usage of both dimensions by the seed's active buyer. */
function batchOf({ products: [product], buyers: [buyer], clock }: Sandbox): BatchMeterUsageCommand {
  const usage = { Timestamp: new Date(clock.now()), CustomerAWSAccountId: buyer?.awsAccountId }
  const UsageRecords = product?.dimensions.map((Dimension, index) => ({
    ...usage,
    Dimension,
    Quantity: index + 1,
  }))
  return new BatchMeterUsageCommand({ ProductCode: product?.code, UsageRecords })
}

/** What the caller sees. @property attempts How often the SDK sent it. */
interface Seen {
  readonly seen: string
  readonly ids: readonly string[]
  readonly attempts: number | undefined
}

async function told(calling: Promise<BatchMeterUsageCommandOutput>): Promise<Seen> {
  try {
    const { Results = [], UnprocessedRecords = [], $metadata } = await calling
    const statuses = Results.map(({ Status = '' }) => Status)
    const seen = [...statuses, ...UnprocessedRecords.map(() => 'unprocessed')].join(' ')
    const ids = Results.map(({ MeteringRecordId = '' }) => MeteringRecordId)
    return { seen, ids, attempts: $metadata.attempts }
  } catch (error) {
    const failure = error as Error & { $metadata?: { attempts?: number } }
    const { name, message, $metadata } = failure
    // The SDK's name for a connection that broke.
    const seen = name === 'TimeoutError' ? message : name
    return { seen, ids: [], attempts: $metadata?.attempts }
  }
}

const BOTH = 'Success Success'

/**
 * @property alone What a caller sees whose SDK sends once, and `held`, how many records are held then.
 * @property retried What one sees whose SDK may send three times, and in how many attempts.
 */
const ROWS: readonly {
  readonly fault: Fault
  readonly alone: string
  readonly held: number
  readonly retried: string
  readonly attempts?: number
}[] = [
  {
    fault: { kind: 'throttle' },
    alone: 'ThrottlingException',
    held: 0,
    retried: BOTH,
    attempts: 2,
  },
  {
    fault: { kind: 'internal-error' },
    alone: 'InternalServiceErrorException',
    held: 0,
    retried: BOTH,
    attempts: 2,
  },
  { fault: { kind: 'reset' }, alone: 'read ECONNRESET', held: 0, retried: BOTH, attempts: 2 },
  {
    fault: { kind: 'commit-then-drop' },
    alone: 'socket hang up',
    held: 2,
    retried: BOTH,
    attempts: 2,
  },
  {
    fault: { kind: 'commit-then-500' },
    alone: 'InternalServiceErrorException',
    held: 2,
    retried: BOTH,
    attempts: 2,
  },
  {
    fault: { kind: 'malformed-answer' },
    alone: 'SyntaxError',
    held: 2,
    retried: 'SyntaxError',
    attempts: 1,
  },
  {
    fault: { kind: 'disabled-region' },
    alone: 'DisabledApiException',
    held: 0,
    retried: 'DisabledApiException',
    attempts: 1,
  },
  {
    fault: { kind: 'unprocessed' },
    alone: 'unprocessed unprocessed',
    held: 0,
    retried: 'unprocessed unprocessed',
    attempts: 1,
  },
  {
    fault: { kind: 'unprocessed', records: [0] },
    alone: 'Success unprocessed',
    held: 1,
    retried: 'Success unprocessed',
    attempts: 1,
  },
  { fault: { kind: 'latency', ms: 30 }, alone: BOTH, held: 2, retried: BOTH, attempts: 1 },
  { fault: { kind: 'slow-body', ms: 30 }, alone: BOTH, held: 2, retried: BOTH, attempts: 1 },
]

describe('a fault that strikes once', () => {
  for (const { fault, alone, held, retried, attempts } of ROWS) {
    const text = JSON.stringify(fault)
    it(`${text}: ${alone}, for an SDK that sends once`, async (t) => {
      const { sandbox, meter } = await opened(t, 1)
      sandbox.faults.add(fault)
      assert.equal((await meter()).seen, alone)
      assert.equal((await sandbox.records()).length, held)
      assert.equal((await meter()).seen, BOTH)
      assert.deepEqual(
        sandbox.faults.list().map(({ fired, left }) => [fired, left]),
        [[1, 0]],
      )
    })

    it(`${text}: ${retried}, for one that retries by itself`, async (t) => {
      const { sandbox, meter } = await opened(t)
      sandbox.faults.add(fault)
      const answer = await meter()
      assert.equal(answer.seen, retried)
      assert.equal(answer.attempts, attempts)
      assert.equal(sandbox.faults.fired().length, 1)
    })
  }
})

describe('a fault until it is cleared', () => {
  for (const [kind, error] of [
    ['throttle', 'ThrottlingException'],
    ['internal-error', 'InternalServiceErrorException'],
  ] as const) {
    it(`is seen through the SDK’s own retries: ${kind}`, async (t) => {
      const { sandbox, meter } = await opened(t)
      const id = sandbox.faults.add({ kind, times: 'untilCleared' })
      assert.deepEqual(await meter(), { seen: error, ids: [], attempts: 3 })
      assert.equal(sandbox.faults.fired().length, 3)
      sandbox.faults.clear(id)
      assert.equal((await meter()).seen, BOTH)
    })
  }
})

describe('committed, then the connection is dropped', () => {
  it('and the SDK’s own retry gets the ids of the first commit', async (t) => {
    const { sandbox, meter } = await opened(t)
    sandbox.faults.add({ operation: 'BatchMeterUsage', kind: 'commit-then-drop', times: 1 })
    const answer = await meter()
    const records = await sandbox.records()
    assert.deepEqual([...answer.ids].sort(), records.map(({ id }) => id).sort())
    assert.equal(records.length, 2)
    const [firing] = sandbox.faults.fired()
    assert.equal(records[0]?.call.requestId, firing?.requestId)
  })
})

describe('a latency', () => {
  it('outlasts a client that gives up: it is served all the same, and its next attempt gets the same ids', async (t) => {
    const { sandbox } = await opened(t)
    const requestHandler = { requestTimeout: 300, throwOnRequestTimeout: true }
    const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, requestHandler })
    sandbox.faults.add({ kind: 'latency', ms: 60_000 })
    const { seen, ids, attempts } = await told(client.send(batchOf(sandbox)))
    assert.deepEqual([seen, attempts], [BOTH, 2])
    const [first] = sandbox.faults.fired()
    const records = await sandbox.records()
    assert.deepEqual(records.map(({ id }) => id).sort(), [...ids].sort())
    assert.equal(records[0]?.call.requestId, first?.requestId)
    client.destroy()
  })
})

describe('an exchange that a fault struck', () => {
  const DELIVERED: readonly (readonly [Fault, string | undefined])[] = [
    [{ kind: 'commit-then-drop' }, 'nothing'],
    [{ kind: 'reset' }, 'nothing'],
    [{ kind: 'malformed-answer' }, 'garbled'],
    [{ kind: 'slow-body', ms: 1 }, 'slowly'],
    [{ kind: 'throttle' }, undefined],
  ]
  for (const [fault, delivered] of DELIVERED) {
    it(`says what arrived of the answer: ${fault.kind}, ${delivered ?? 'all'}`, async (t) => {
      const { sandbox, meter } = await opened(t, 1)
      sandbox.faults.add(fault)
      await meter()
      await meter()
      const shown = sandbox.exchanges().map((exchange) => exchange.delivered)
      assert.deepEqual(shown, [delivered, undefined])
    })
  }

  for (const [share, unprocessed] of [
    [0.5, 1],
    [1, 2],
  ] as const) {
    it(`says of each record that it was left unprocessed: a share of ${share}`, async (t) => {
      const { sandbox, meter } = await opened(t, 1)
      sandbox.faults.add({ kind: 'unprocessed', share })
      await meter()
      const records = sandbox.exchanges()[0]?.records ?? []
      assert.equal(records.length, 2)
      const left = records.filter(({ outcome }) => outcome === 'unavailable')
      assert.deepEqual(
        left.map(({ why }) => why),
        Array.from({ length: unprocessed }, () => 'the fault fault-1 left it unprocessed'),
      )
      const dimensions = records.map(({ usage }) => usage.dimension).sort()
      assert.deepEqual(dimensions, ['requests', 'users'])
    })
  }
})

describe('faults', () => {
  it('end with a reset, and are none of a snapshot’s', async (t) => {
    const { sandbox, meter } = await opened(t)
    sandbox.faults.setSeed(7)
    sandbox.faults.add({ kind: 'throttle', times: 'untilCleared', id: 'mine' })
    sandbox.snapshot('then')
    await sandbox.restore('then')
    assert.equal(sandbox.faults.list()[0]?.id, 'mine')
    await sandbox.reset()
    assert.deepEqual([sandbox.faults.list(), sandbox.faults.fired()], [[], []])
    assert.equal(sandbox.faults.seed, 7)
    await sandbox.restore('then')
    assert.deepEqual(sandbox.faults.list(), [])
    assert.equal((await meter()).attempts, 1)
  })

  it('of one sandbox are none of another’s', async (t) => {
    const [one, other] = await Promise.all([opened(t, 1), opened(t, 1)])
    one.sandbox.faults.add({ kind: 'throttle', times: 'untilCleared' })
    assert.equal((await one.meter()).seen, 'ThrottlingException')
    assert.equal((await other.meter()).seen, BOTH)
  })

  it('strike the buyer that they are meant for', async (t) => {
    const { sandbox, meter } = await opened(t, 1)
    const [buyer] = sandbox.buyers
    const others = sandbox.agreements
      .map((one) => one.buyer)
      .filter((account) => account !== buyer?.awsAccountId)
    assert.ok(buyer && others[0])
    sandbox.faults.add({ kind: 'throttle', buyer: others[0] })
    assert.equal((await meter()).seen, BOTH)
    sandbox.faults.add({ kind: 'throttle', buyer })
    assert.equal((await meter()).seen, 'ThrottlingException')
  })

  it('that are none are refused, over the typed function too', async (t) => {
    const { sandbox } = await opened(t)
    const add = () => sandbox.faults.add({ kind: 'throtle' } as unknown as Fault)
    assert.throws(add, { name: 'SandboxRefused', message: /There are: throttle, internal-error/ })
    await assert.rejects(createSandbox({ faultSeed: -1 }), { message: /faultSeed: expected/ })
  })
})

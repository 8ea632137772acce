/** The sandbox as a seller's tests use it: with the AWS SDK, over a real socket. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  RegisterUsageCommand,
  type UsageRecord,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox, type Sandbox, type SandboxOptions } from './index.ts'

const NOON = '2026-08-23T12:00:00Z'

async function opened(test: TestContext, options: SandboxOptions = { now: NOON }) {
  const sandbox = await createSandbox(options)
  const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, maxAttempts: 1 })
  test.after(async () => {
    client.destroy()
    await sandbox.close()
  })
  return { sandbox, meter: (usage: Partial<UsageRecord> = {}) => meter(client, sandbox, usage) }
}

async function meter(
  client: MarketplaceMeteringClient,
  { products: [product], buyers: [buyer], clock }: Sandbox,
  usage: Partial<UsageRecord>,
): Promise<string> {
  const record = {
    Timestamp: new Date(clock.now()),
    Dimension: product?.dimensions[0] ?? '',
    CustomerAWSAccountId: buyer?.awsAccountId,
    Quantity: 5,
    ...usage,
  }
  const command = new BatchMeterUsageCommand({ ProductCode: product?.code, UsageRecords: [record] })
  try {
    const { Results = [] } = await client.send(command)
    return Results[0]?.Status ?? 'unprocessed'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

describe('a sandbox', () => {
  it('takes usage at an instant months away, and shows what is held', async (t) => {
    const { sandbox, meter } = await opened(t)
    assert.equal(await meter(), 'Success')
    assert.equal(await meter(), 'Success')
    assert.equal(await meter({ Quantity: 6 }), 'DuplicateRecord')
    const [buyer] = sandbox.buyers
    const records = await sandbox.records({ ...(buyer && { buyer }) })
    assert.deepEqual(
      records.map(({ quantity, hour, recordedAt }) => [quantity, hour, recordedAt]),
      [[5, '2026-08-23T12:00:00.000Z', '2026-08-23T12:00:00.000000Z']],
    )
    assert.deepEqual(await sandbox.records({ buyer: '222233335555' }), [])
  })

  it('moves its windows with its clock', async (t) => {
    const { sandbox, meter } = await opened(t)
    const Timestamp = new Date(sandbox.clock.now())
    sandbox.clock.advance({ hours: 6 })
    assert.equal(await meter({ Timestamp }), 'TimestampOutOfBoundsException')
    assert.equal(await meter(), 'Success')
  })

  it('offers no buyer whose agreement has ended by its clock', async () => {
    await using sandbox = await createSandbox({ seed: 'last-hour', now: NOON })
    const offered = () => sandbox.buyers.map(({ awsAccountId }) => awsAccountId)
    sandbox.clock.advance({ minutes: 30, milliseconds: -1 })
    assert.deepEqual(offered(), ['222233336666'])
    sandbox.clock.advance({ milliseconds: 1 })
    assert.deepEqual(offered(), [])
  })

  it('forgets with a reset all but its seed and its snapshots', async (t) => {
    const { sandbox, meter } = await opened(t)
    const { buyers } = sandbox
    await meter()
    sandbox.snapshot('one record')
    await meter({ Dimension: sandbox.products[0]?.dimensions[1] })
    sandbox.clock.advance({ days: 1 })
    await sandbox.reset()
    assert.deepEqual(await sandbox.records(), [])
    assert.equal(sandbox.clock.now(), Date.parse(NOON))
    assert.deepEqual(sandbox.buyers, buyers)
    await sandbox.restore('one record')
    assert.equal((await sandbox.records()).length, 1)
    assert.equal(await meter({ Quantity: 7 }), 'DuplicateRecord')
  })

  it('goes back to the very seed, and to the very snapshot, as often as it is told to', async (t) => {
    const { sandbox, meter } = await opened(t)
    const [buyer] = sandbox.buyers
    const { products, agreements } = sandbox
    assert.ok(buyer)
    for (let round = 0; round < 3; round++) {
      await meter()
      await meter()
      await sandbox.cancelAgreement(buyer)
      await sandbox.reset()
      assert.deepEqual(await sandbox.records(), [])
      assert.deepEqual(sandbox.agreements, agreements)
      assert.deepEqual(sandbox.products, products)
      assert.deepEqual([sandbox.calls(), await sandbox.duplicates()], [[], []])
      assert.deepEqual(sandbox.exchanges(), [])
    }
    await meter()
    await meter()
    sandbox.clock.advance({ hours: 1 })
    sandbox.snapshot('at one')
    const told = async () => [
      ...[await sandbox.records(), await sandbox.duplicates()],
      ...[sandbox.calls(), sandbox.clock.now()],
    ]
    const wanted = await told()
    for (let round = 0; round < 3; round++) {
      await meter({ Quantity: 7 + round })
      sandbox.clock.advance({ hours: 1 })
      await meter()
      await sandbox.restore('at one')
      assert.deepEqual(await told(), wanted)
    }
  })

  it('shows nothing of what was asked before a reset and answered after it', async () => {
    await using sandbox = await createSandbox({ seed: 'ami-container-metering', now: NOON })
    const client = new MarketplaceMeteringClient(sandbox.clientConfigFor('222233334444', 'task-1'))
    const ProductCode = sandbox.products[1]?.code
    // Signing takes a while, so many of them are under way when the first is answered.
    const registrations = Array.from({ length: 30 }, () =>
      client.send(new RegisterUsageCommand({ ProductCode, PublicKeyVersion: 1 })),
    )
    await Promise.race(registrations)
    await sandbox.reset()
    const { length: shown } = sandbox.exchanges()
    await Promise.all(registrations)
    client.destroy()
    // Those that came in behind the reset are of the new world.
    const calls = sandbox.calls().reduce((sum, { count }) => sum + count, 0)
    assert.deepEqual([shown, sandbox.exchanges().length], [0, calls])
  })

  it('remembers a hundred snapshots, and takes a name again for the same one', async (t) => {
    const { sandbox } = await opened(t)
    for (let count = 1; count <= 100; count++) sandbox.snapshot(`${count}`)
    sandbox.snapshot('1')
    assert.throws(() => {
      sandbox.snapshot('101')
    }, /There are 100 snapshots/)
  })

  it('shares nothing with another', async (t) => {
    const [one, other] = await Promise.all([opened(t), opened(t)])
    await one.meter()
    one.sandbox.clock.advance({ hours: 1 })
    assert.deepEqual(await other.sandbox.records(), [])
    assert.equal(other.sandbox.clock.now(), Date.parse(NOON))
  })

  it('runs with the machine’s clock unless it is told an instant', async (t) => {
    const { sandbox, meter } = await opened(t, {})
    assert.ok(Math.abs(sandbox.clock.now() - Date.now()) < 1_000)
    assert.equal(await meter(), 'Success')
  })
})

describe('what there is not', () => {
  const rows: readonly [string, SandboxOptions, RegExp][] = [
    ['a seed', { seed: 'nope' }, /no seed "nope".*saas-subscription/],
    ['a profile', { profile: 'aws-1999' }, /no profile "aws-1999".*aws-2025/],
    ['an instant', { now: 'noon' }, /"noon" is no instant.*2026-11-23T12:00:00Z/],
  ]
  for (const [what, options, message] of rows) {
    it(`is refused: ${what}`, () => assert.rejects(createSandbox(options), { message }))
  }

  it('is refused: a snapshot, and time that goes back', async (t) => {
    const { sandbox } = await opened(t)
    sandbox.snapshot('start')
    for (const name of ['', 'x'.repeat(201), 5, undefined]) {
      assert.throws(() => {
        sandbox.snapshot(name as string)
      }, /names no snapshot: a name has 1 to 200 characters/)
    }
    sandbox.snapshot('x'.repeat(200))
    await assert.rejects(sandbox.restore('nope'), /no snapshot "nope". There are: start/)
    assert.throws(() => {
      sandbox.clock.set('2026-08-23T11:59:59Z')
    }, /goes forward only/)
    assert.throws(() => {
      sandbox.clock.advance({ fortnights: 1 } as object)
    }, /no span of time.*days, hours/)
  })
})

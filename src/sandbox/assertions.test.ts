/** What a test wants to know afterwards, of usage that the AWS SDK sent. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  type UsageRecord,
} from '@aws-sdk/client-marketplace-metering'
import {
  createSandbox,
  type GapQuery,
  type RecordQuery,
  type SandboxOptions,
  type Seed,
} from './index.ts'

const NOON = '2026-08-23T12:00:00Z'
const HOUR_MS = 3_600_000
const SELLER = '111122223333'

async function opened(test: TestContext, options: SandboxOptions = {}) {
  const sandbox = await createSandbox({ now: NOON, ...options })
  const client = new MarketplaceMeteringClient({ ...sandbox.clientConfig, maxAttempts: 1 })
  test.after(async () => {
    client.destroy()
    await sandbox.close()
  })
  /** @returns The status, or the name of the error. */
  const meter = async (hoursAgo: number, Quantity: number, usage: Partial<UsageRecord> = {}) => {
    const record = {
      Timestamp: new Date(sandbox.clock.now() - hoursAgo * HOUR_MS),
      Dimension: 'requests',
      CustomerAWSAccountId: '222233334444',
      Quantity,
      ...usage,
    }
    const ProductCode = sandbox.products[0]?.code
    const command = new BatchMeterUsageCommand({ ProductCode, UsageRecords: [record] })
    try {
      return (await client.send(command)).Results?.[0]?.Status
    } catch (error) {
      return error instanceof Error ? error.name : String(error)
    }
  }
  return { sandbox, meter }
}

// Read each row as: of records of 9, 10 and 11 o'clock (5, 0 and 7 requests) this query finds these quantities.
const FOUND: readonly (readonly [string, RecordQuery, readonly number[]])[] = [
  ['nothing asked', {}, [5, 0, 7]],
  ['an hour by any instant in it', { hour: '2026-08-23T10:59:59Z' }, [0]],
  ['an hour relative to now', { hour: 'now-1h' }, [7]],
  ['from an instant in an hour', { from: '2026-08-23T10:30:00Z' }, [0, 7]],
  ['to the beginning of an hour', { to: '2026-08-23T10:00:00Z' }, [5]],
  ['to a moment in an hour', { to: '2026-08-23T10:00:01Z' }, [5, 0]],
  ['a quantity', { quantity: 7 }, [7]],
  ['a dimension', { dimension: 'users' }, []],
]

describe('records held', () => {
  for (const [what, query, quantities] of FOUND) {
    it(`are found: ${what}`, async (t) => {
      const { sandbox, meter } = await opened(t)
      for (const [hoursAgo, quantity] of [
        [3, 5],
        [2, 0],
        [1, 7],
      ] as const) {
        assert.equal(await meter(hoursAgo, quantity), 'Success')
      }
      const records = await sandbox.records(query)
      assert.deepEqual(
        records.map(({ quantity }) => quantity),
        quantities,
      )
      const zeros = await sandbox.zeroQuantityRecords()
      assert.deepEqual(
        zeros.map(({ hour }) => hour),
        ['2026-08-23T10:00:00.000Z'],
      )
    })
  }
})

describe('records of a buyer with several agreements', () => {
  it('are those of all, or of one by its license', async (t) => {
    const { sandbox, meter } = await opened(t, {
      seed: 'concurrent-agreements',
      profile: 'aws-2025',
    })
    const own = sandbox.buyers.filter(({ awsAccountId }) => awsAccountId === '222233334444')
    assert.equal(own.length, 2)
    for (const { licenseArn: LicenseArn } of own) {
      const [product] = sandbox.products
      const Dimension = product?.dimensions[0]
      assert.equal(await meter(1, 5, { Dimension, LicenseArn }), 'Success')
    }
    const [buyer] = own
    assert.equal((await sandbox.records({ buyer })).length, 2)
    const license = buyer?.licenseArn
    const records = await sandbox.records({ license })
    assert.deepEqual(
      records.map(({ licenseArn }) => licenseArn),
      [license],
    )
    await assert.rejects(sandbox.records({ license: 'x' }), /no license "x"\. There are: arn:aws/)
  })
})

describe('what was not taken', () => {
  it('is told with why, equal ones counted, by code and buyer and instant', async (t) => {
    const { sandbox, meter } = await opened(t)
    await meter(1, 5)
    assert.equal(await meter(1, 6), 'DuplicateRecord')
    assert.equal(await meter(1, 6), 'DuplicateRecord')
    sandbox.clock.advance({ minutes: 5 })
    assert.equal(await meter(7, 5), 'TimestampOutOfBoundsException')
    const former = { CustomerAWSAccountId: undefined, CustomerIdentifier: 'X03SANDBOXFO' }
    assert.equal(await meter(1, 5, former), 'CustomerNotSubscribed')
    const shown = (await sandbox.refusals()).map(({ code, reason, count }) => [code, reason, count])
    assert.deepEqual(shown, [
      ['DuplicateRecord', 'the hour is held with the quantity 5', 2],
      ['TimestampOutOfBoundsException', shown[1]?.[1], 1],
      ['CustomerNotSubscribed', 'no agreement covers the time of the usage', 1],
    ])
    const codes = async (query: object) => (await sandbox.refusals(query)).map(({ code }) => code)
    assert.deepEqual(await codes({ code: 'DuplicateRecord' }), ['DuplicateRecord'])
    assert.deepEqual(await codes({ buyer: '222233336666' }), ['CustomerNotSubscribed'])
    assert.deepEqual(await codes({ to: 'now-1m' }), ['DuplicateRecord'])
    assert.deepEqual(await codes({ product: 'another' }), [])
    assert.equal((await codes({ product: sandbox.products[0] })).length, 3)
    assert.deepEqual(await codes({ from: 'now', dimension: 'users' }), [])
    await assert.rejects(
      sandbox.refusals({ code: 'Nope' }),
      /code: expected the name of an error.*got "Nope"/,
    )
  })

  it('is remembered however far the clock is moved', async (t) => {
    const { sandbox, meter } = await opened(t)
    await meter(7, 5)
    sandbox.clock.advance({ days: 31 })
    await meter(7, 6)
    assert.equal((await sandbox.refusals()).length, 2)
  })

  for (const kind of ['throttle', 'internal-error', 'disabled-region', 'reset'] as const) {
    it(`is no call that the fault ${kind} struck`, async (t) => {
      const { sandbox, meter } = await opened(t)
      sandbox.faults.add({ kind })
      assert.notEqual(await meter(1, 5), 'Success')
      assert.deepEqual(await sandbox.refusals(), [])
      assert.match(sandbox.exchanges()[0]?.why ?? '', /^the fault fault-1 \(/)
    })
  }

  it('is what was refused by itself before the fault, and not what is held', async (t) => {
    const { sandbox, meter } = await opened(t)
    sandbox.faults.add({ kind: 'commit-then-500', times: 2 })
    await meter(1, 5)
    assert.deepEqual(await sandbox.refusals(), [])
    await meter(1, 6)
    const codes = (await sandbox.refusals()).map(({ code }) => code)
    assert.deepEqual(codes, ['DuplicateRecord'])
  })

  it('is forgotten by a reset, and comes back with a snapshot', async (t) => {
    const { sandbox, meter } = await opened(t)
    await meter(7, 5)
    sandbox.snapshot('refused')
    await sandbox.reset()
    assert.deepEqual([await sandbox.refusals(), sandbox.calls()], [[], []])
    await sandbox.restore('refused')
    assert.equal((await sandbox.refusals()).length, 1)
    assert.equal(sandbox.calls().length, 1)
  })
})

describe('calls made', () => {
  it('are counted by operation, by who signed and by outcome', async (t) => {
    const { sandbox, meter } = await opened(t)
    await meter(1, 5)
    await meter(1, 5)
    await meter(7, 5)
    await fetch(sandbox.endpoint, { method: 'POST', body: 'x' })
    const operation = 'BatchMeterUsage'
    assert.deepEqual(sandbox.calls(), [
      { operation, account: SELLER, count: 2 },
      { operation, account: SELLER, errorCode: 'TimestampOutOfBoundsException', count: 1 },
      { errorCode: 'UnknownOperationException', count: 1 },
    ])
    assert.equal(sandbox.calls({ operation }).length, 2)
    assert.deepEqual(sandbox.calls({ account: '222233334444' }), [])
    assert.throws(
      () => sandbox.calls({ operation: 'Meter' }),
      /operation: expected one of BatchMeterUsage.*got "Meter"/,
    )
  })
})

describe('duplicates sent', () => {
  it('are the records that came again, with the same quantity and with others', async (t) => {
    const { sandbox, meter } = await opened(t)
    for (const quantity of [5, 5, 6, 7, 5]) await meter(1, quantity)
    await meter(2, 1)
    const shown = (await sandbox.duplicates()).map(
      ({ record, repeats, conflicts, conflictCount }) => {
        return [record.hour, record.quantity, repeats, conflicts, conflictCount]
      },
    )
    assert.deepEqual(shown, [['2026-08-23T11:00:00.000Z', 5, 2, [6, 7], 2]])
    assert.deepEqual(await sandbox.duplicates({ dimension: 'users' }), [])
    sandbox.snapshot('sent again')
    await sandbox.reset()
    assert.deepEqual(await sandbox.duplicates(), [])
    await sandbox.restore('sent again')
    assert.equal((await sandbox.duplicates()).length, 1)
  })
})

// Read each row as: with records of requests at 9 and 11 o'clock, these hours are without.
const GAPS: readonly (readonly [string, GapQuery, readonly string[]])[] = [
  ['over hours', { from: 'now-3h' }, ['10']],
  ['from within an hour', { from: '2026-08-23T09:59:59Z' }, ['10']],
  ['to within an hour', { from: 'now-2h', to: '2026-08-23T12:00:01Z' }, ['10', '12']],
  ['to the beginning of one', { from: 'now-2h', to: '2026-08-23T11:00:00Z' }, ['10']],
  ['with none between', { from: '2026-08-23T11:00:00Z' }, []],
]

describe('hours without a record', () => {
  const requests = { buyer: '222233334444', dimension: 'requests' }
  for (const [what, query, hours] of GAPS) {
    it(`are told: ${what}`, async (t) => {
      const { sandbox, meter } = await opened(t)
      await meter(3, 5)
      await meter(1, 0)
      const gaps = await sandbox.hoursWithoutRecord({ ...requests, ...query })
      assert.deepEqual(
        gaps.flatMap((gap) => gap.hours.map((hour) => hour.slice(11, 13))),
        hours,
      )
    })
  }

  it('are hours that are over, unless somebody says otherwise', async (t) => {
    const { sandbox } = await opened(t, { now: '2026-08-23T12:30:00Z' })
    const gaps = await sandbox.hoursWithoutRecord({ ...requests, from: 'now-1h' })
    assert.deepEqual(
      gaps.flatMap(({ hours }) => hours),
      ['2026-08-23T11:00:00.000Z'],
    )
  })

  it('are those that an agreement covers, of every buyer and dimension', async (t) => {
    const { sandbox } = await opened(t, { seed: 'last-hour' })
    const shown = (await sandbox.hoursWithoutRecord({ from: 'now-3h', to: 'now+2h' })).map(
      ({ buyer, dimension, hours }) => [buyer, dimension, hours.length],
    )
    assert.deepEqual(shown, [
      ['222233334444', 'requests', 3],
      ['222233335555', 'requests', 1],
      ['222233336666', 'requests', 4],
    ])
  })

  it('are none of what a contract entitles to, unless somebody names it', async (t) => {
    const { sandbox } = await opened(t, { seed: 'saas-contract' })
    const shown = async (query: object) =>
      (await sandbox.hoursWithoutRecord({ from: 'now-1h', ...query })).map(
        ({ buyer, dimension }) => `${buyer.slice(-4)} ${dimension}`,
      )
    assert.deepEqual(await shown({}), ['4444 api_calls', '5555 api_calls'])
    assert.deepEqual(await shown({ dimension: 'sso' }), ['4444 sso', '5555 sso'])
  })

  it('are none of a dimension that is retired, or of another product', async (t) => {
    const { sandbox } = await opened(t)
    const code = sandbox.products[0]?.code ?? ''
    await sandbox.apply({ products: [{ code, dimensions: [{ name: 'users', retired: true }] }] })
    const asked = (query: object) => sandbox.hoursWithoutRecord({ from: 'now-1h', ...query })
    assert.deepEqual(
      (await asked({})).map(({ dimension }) => dimension),
      ['requests'],
    )
    assert.deepEqual(await asked({ dimension: 'users' }), [])
  })

  it('are told by license where usage is billed so', async (t) => {
    const { sandbox } = await opened(t, { seed: 'concurrent-agreements' })
    const query = { from: 'now-1h', dimension: 'seats', buyer: '222233334444' }
    const gaps = await sandbox.hoursWithoutRecord(query)
    const licenses = sandbox.buyers
      .filter(({ awsAccountId }) => awsAccountId === '222233334444')
      .map(({ licenseArn }) => licenseArn)
    assert.deepEqual(
      gaps.map(({ licenseArn }) => licenseArn),
      licenses,
    )
  })

  it('are none of what a contract entitles to whole, or of an agreement that never began, however long the time', async (t) => {
    const seed = {
      version: 1 as const,
      sellers: [{ account: SELLER }],
      buyers: [{ account: '222233334444' }],
      products: [
        { code: 'whole', seller: SELLER, contract: true, dimensions: [{ name: 'seats' }] },
        { code: 'api', seller: SELLER, dimensions: [{ name: 'requests' }] },
      ],
      agreements: [
        {
          ...{ id: 'agmt-whole', product: 'whole', buyer: '222233334444', start: 'now-1h' },
          entitlements: [{ dimension: 'seats', integer: 5 }],
        },
        { id: 'agmt-never', product: 'api', buyer: '222233334444', start: 'now+40m' },
      ],
    }
    const { sandbox } = await opened(t, { seed })
    await sandbox.cancelAgreement('agmt-never')
    assert.deepEqual(await sandbox.hoursWithoutRecord({ from: 'now', to: '2400-01-01T00:00Z' }), [])
  })

  it('are not counted without end', async (t) => {
    const { sandbox } = await opened(t, { seed: 'large-catalog' })
    await assert.rejects(sandbox.hoursWithoutRecord({ from: 'now-30d' }), /more than 500000 hours/)
    const one = { buyer: '222255550001', product: sandbox.products[0]?.code ?? '' }
    const gaps = await sandbox.hoursWithoutRecord({ from: 'now-30d', ...one })
    assert.deepEqual(
      gaps.map(({ hours }) => hours.length),
      [720, 720],
    )
  })
})

describe('more than fits a page of what is kept', () => {
  const COUNT = 10_001
  const [seller, buyer, product] = [SELLER, '222233334444', 'many-dimensions']
  const dimensions = Array.from({ length: COUNT }, (_, index) => ({
    name: `d${index}`,
    unit: 'Units',
    price: '0',
  }))
  const seed: Seed = {
    version: 1,
    now: NOON,
    sellers: [{ account: seller }],
    products: [{ code: product, seller, name: 'Many', dimensions }],
    buyers: [{ account: buyer }],
    agreements: [{ id: 'agmt-many', product, buyer, start: 'now-30d' }],
    accessKeys: [{ id: 'AKIAMANYMANYMANYMANY', account: seller, secret: 'a-secret-of-a-test-key' }],
    usage: dimensions.map(({ name }) => ({
      agreement: 'agmt-many',
      dimension: name,
      quantity: 5,
      timestamp: 'now-1h',
    })),
  }

  it('is told whole: records, and refusals', async (t) => {
    const { sandbox } = await opened(t, { seed })
    assert.equal((await sandbox.records()).length, COUNT)
    const client = new MarketplaceMeteringClient(sandbox.clientConfig)
    t.after(() => {
      client.destroy()
    })
    const Timestamp = new Date(sandbox.clock.now() - HOUR_MS)
    const usage = { Timestamp, CustomerAWSAccountId: buyer, Quantity: 6 }
    for (let first = 0; first < COUNT; first += 25) {
      const UsageRecords = dimensions
        .slice(first, first + 25)
        .map(({ name }) => ({ ...usage, Dimension: name }))
      await client.send(new BatchMeterUsageCommand({ ProductCode: product, UsageRecords }))
    }
    const refusals = await sandbox.refusals()
    assert.deepEqual([refusals.length, refusals[0]?.usage?.dimension], [COUNT, 'd0'])
  })
})

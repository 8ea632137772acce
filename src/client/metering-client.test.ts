import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MarketplaceMeteringClient } from '@aws-sdk/client-marketplace-metering'
import { AWS_2025 } from '../core/profile.ts'
import { MeteringClient } from './metering-client.ts'
import type { Progress, Warning } from './outcome.ts'
import {
  aRecord,
  clientOf,
  ledgerScript,
  NOW,
  recordsOf,
  refusedWith,
  resultOf,
  type Script,
  sendTo,
  startPeer,
  statusesOf,
  taken,
} from './peer.spec.ts'

const HOUR = Date.parse('2026-11-23T11:00:00Z') / 3_600_000

const QUOTAS = { BatchMeterUsage: 0.001 }
const SLOW = {
  'its option': { requestsPerSecond: 0.001 },
  'its profile': { profile: { ...AWS_2025, quotas: QUOTAS }, requestsPerSecond: undefined },
} as const

describe('send', () => {
  it('answers nothing for no records, without a call', async () => {
    const { outcomes, calls } = await sendTo(ledgerScript(), [])
    assert.deepEqual([outcomes, calls.length], [[], 0])
  })

  it('cuts 60 records into 25, 25 and 10, and gives each its own outcome', async () => {
    const { outcomes, calls } = await sendTo(ledgerScript(), recordsOf(60))
    assert.deepEqual(calls.map((call) => call.UsageRecords.length).sort(), [10, 25, 25])
    const ids = outcomes.map((one) => (one.status === 'success' ? one.meteringRecordId : undefined))
    assert.deepEqual(
      ids,
      Array.from({ length: 60 }, (_, index) => `id of ${100_000_000_000 + index} requests ${HOUR}`),
    )
  })

  it('takes an async iterable', async () => {
    async function* records() {
      yield* recordsOf(3)
    }
    const { outcomes } = await sendTo(ledgerScript(), records())
    assert.deepEqual(statusesOf(outcomes), ['success', 'success', 'success'])
  })

  it('uses an SDK client of the caller’s', async () => {
    await using peer = await startPeer(ledgerScript())
    const sdk = new MarketplaceMeteringClient({
      endpoint: peer.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    })
    using client = clientOf(peer, { client: sdk, config: undefined })
    assert.deepEqual(statusesOf(await client.send([aRecord()], { now: NOW })), ['success'])
    sdk.destroy()
  })

  it('tells every status of the model', async () => {
    const statuses: Record<string, string> = {
      a: 'Success',
      b: 'DuplicateRecord',
      c: 'CustomerNotSubscribed',
      d: 'New',
    }
    const script: Script = ({ UsageRecords }) => ({
      body: {
        Results: UsageRecords.map((one) => resultOf(one, statuses[one.Dimension], '')),
      },
    })
    const records = Object.keys(statuses).map((Dimension) => aRecord({ Dimension }))
    const { outcomes } = await sendTo(script, records)
    assert.deepEqual(statusesOf(outcomes), ['success', 'duplicate', 'notSubscribed', 'unknown'])
  })

  it('matches results whatever their order and whatever else the echo leaves out', async () => {
    const script: Script = ({ UsageRecords }) => ({
      body: {
        Results: UsageRecords.map((one) =>
          resultOf({ ...one, Timestamp: Math.floor(one.Timestamp) }),
        ).reverse(),
      },
    })
    const { outcomes } = await sendTo(script, recordsOf(5))
    const ids = outcomes.map((one) => 'meteringRecordId' in one && one.meteringRecordId)
    assert.deepEqual(
      ids,
      Array.from({ length: 5 }, (_, index) => `id of ${100_000_000_000 + index} requests ${HOUR}`),
    )
  })

  it('shares results out among equal records', async () => {
    const script: Script = ({ UsageRecords }) => ({
      body: {
        Results: UsageRecords.map((one, index) => resultOf(one, 'Success', `id ${index}`)),
      },
    })
    const { outcomes, calls } = await sendTo(script, [
      aRecord(),
      aRecord(),
      aRecord({ Dimension: 'gb' }),
    ])
    assert.equal(calls.length, 1)
    const ids = outcomes.map((one) => 'meteringRecordId' in one && one.meteringRecordId)
    assert.deepEqual(ids, ['id 0', 'id 1', 'id 2'])
  })

  it('keeps to the calls allowed at once', async () => {
    const slow: Script = async ({ UsageRecords }) => {
      await new Promise((resolve) => setImmediate(resolve))
      return taken(UsageRecords)
    }
    const { callsAtOnceMax, calls } = await sendTo(slow, recordsOf(500), { callsMax: 3 })
    assert.equal(calls.length, 20)
    assert.ok(callsAtOnceMax <= 3, `${callsAtOnceMax} at once`)
  })

  for (const [name, options] of Object.entries(SLOW)) {
    it(`keeps to the pace of ${name}, over all its sends, until it is told to end`, async () => {
      await using peer = await startPeer(ledgerScript())
      using client = clientOf(peer, options)
      const end = new AbortController()
      const sent = { now: NOW, signal: end.signal, onProgress: () => end.abort() }
      const sends = [client.send(recordsOf(60), sent), client.send(recordsOf(10), sent)]
      const outcomes = (await Promise.all(sends)).flat()
      assert.equal(peer.calls.length, 1, 'the next call is due in a quarter of an hour')
      const left = outcomes.filter(({ status }) => status !== 'success')
      assert.equal(left.length, 70 - (peer.calls[0]?.UsageRecords.length ?? 0))
      assert.ok(left.every((one) => one.status === 'unprocessed' && one.attempts === 0))
    })
  }

  it('reports progress up to the last record', async () => {
    await using peer = await startPeer(ledgerScript())
    using client = clientOf(peer)
    const seen: Progress[] = []
    await client.send(recordsOf(30), { now: NOW, onProgress: (one) => seen.push(one) })
    assert.deepEqual(seen.at(-1), { settledCount: 30, totalCount: 30, callCount: 2 })
  })
})

describe('records of one hour with different content', () => {
  const first = aRecord({ Quantity: 5 })
  const second = aRecord({ Quantity: 6, Timestamp: new Date('2026-11-23T11:59:00Z') })

  it('go in different requests, and the first given wins', async () => {
    const { outcomes, calls } = await sendTo(ledgerScript(), [first, second, first])
    assert.deepEqual(
      calls.map((call) => call.UsageRecords.map((one) => one.Quantity)),
      [[5, 5], [6]],
    )
    assert.deepEqual(statusesOf(outcomes), ['success', 'duplicate', 'success'])
  })

  it('wins even where the first is left unprocessed at first', async () => {
    const script = ledgerScript({ isUnprocessed: (one, call) => one.Quantity === 5 && call < 2 })
    const { outcomes } = await sendTo(script, [first, second])
    assert.deepEqual(statusesOf(outcomes), ['success', 'duplicate'])
  })

  it('are held back while the first is not settled', async () => {
    const script = ledgerScript({ isUnprocessed: (one) => one.Quantity === 5 })
    const { outcomes, calls } = await sendTo(script, [first, second], { attemptsMax: 2 })
    assert.deepEqual(statusesOf(outcomes), ['unprocessed', 'unprocessed'])
    assert.ok(calls.every((call) => call.UsageRecords.every((one) => one.Quantity === 5)))
  })

  it('follow where the first is refused', async () => {
    const script = ledgerScript({
      bad: (one) => (one.Quantity === 5 ? 'InvalidLicenseException' : undefined),
    })
    const { outcomes } = await sendTo(script, [first, second])
    assert.deepEqual(statusesOf(outcomes), ['refused', 'success'])
  })
})

describe('what is told on the way', () => {
  it('an old record is a warning and is still sent, apart from the others', async () => {
    await using peer = await startPeer(ledgerScript())
    using client = clientOf(peer)
    const warnings: Warning[] = []
    const old = aRecord({ Timestamp: new Date('2026-11-23T06:34:56Z'), Dimension: 'gb' })
    const outcomes = await client.send([aRecord(), old], {
      now: NOW,
      onWarning: (one) => warnings.push(one),
    })
    assert.deepEqual(statusesOf(outcomes), ['success', 'success'])
    assert.deepEqual(
      warnings.map(({ kind, index }) => [kind, index]),
      [['outsideWindow', 1]],
    )
    assert.equal(peer.calls.length, 2)
  })

  it('a record that would be overtaken is a warning', async () => {
    await using peer = await startPeer(ledgerScript())
    using client = clientOf(peer)
    const warnings: Warning[] = []
    const records = [aRecord(), aRecord(), aRecord({ Quantity: 2 })]
    await client.send(records, { now: NOW, onWarning: (one) => warnings.push(one) })
    assert.deepEqual(
      warnings.map(({ kind, index }) => [kind, index]),
      [['sameHour', 2]],
    )
  })

  it('a callback that throws ends the call with what it threw', async () => {
    await using peer = await startPeer(ledgerScript())
    using client = clientOf(peer, { callsMax: 1 })
    const onProgress = () => {
      throw new Error('mine')
    }
    await assert.rejects(client.send(recordsOf(100), { now: NOW, onProgress }), /mine/)
    assert.equal(peer.calls.length, 1)
  })
})

describe('records that break a rule', () => {
  it('go alone, so the good ones need no halving', async () => {
    const records = [
      ...recordsOf(3),
      aRecord({ CustomerIdentifier: 'both' }),
      aRecord({ Quantity: -1 }),
    ]
    const sizes: number[] = []
    const script: Script = ({ UsageRecords }) => {
      sizes.push(UsageRecords.length)
      const isBad = UsageRecords.some((one) => one.CustomerIdentifier ?? one.Quantity === -1)
      return isBad ? refusedWith('ValidationException') : taken(UsageRecords)
    }
    const { outcomes } = await sendTo(script, records)
    assert.deepEqual(sizes.sort(), [1, 1, 3])
    assert.deepEqual(statusesOf(outcomes), ['success', 'success', 'success', 'refused', 'refused'])
  })

  it('are refused unsent where the SDK cannot write them, or they are 1 MB', async () => {
    const UsageAllocations = Array.from({ length: 2_000 }, (_, index) => ({
      AllocatedUsageQuantity: 0,
      Tags: [1, 2, 3].map((key) => ({ Key: `k${key}`, Value: `${index}`.padStart(250) })),
    }))
    const records = [
      aRecord({ Timestamp: new Date(NaN) }),
      aRecord({ Quantity: 0, UsageAllocations }),
      aRecord(),
    ]
    const { outcomes, calls } = await sendTo(ledgerScript(), records)
    assert.equal(calls.length, 1)
    assert.deepEqual(
      outcomes.map((one) => (one.status === 'refused' && !one.isSent ? one.errorName : one.status)),
      ['SerializationException', 'RequestEntityTooLargeException', 'success'],
    )
  })
})

describe('options', () => {
  const LIMITS = ['callsMax', 'attemptsMax', 'backOffMsMin', 'backOffMsMax', 'callMsMax']
  for (const name of LIMITS) {
    it(`${name} is a whole number from 1 on`, () => {
      for (const value of [0, -1, 1.5, NaN, 2 ** 31]) {
        assert.throws(() => new MeteringClient({ [name]: value }), RangeError)
      }
      new MeteringClient({ [name]: 1 }).close()
    })
  }

  it('requestsPerSecond is a number that a pace can be kept by', () => {
    for (const value of [0, -1, NaN, 0.000_9, 100_001, -Infinity]) {
      assert.throws(() => new MeteringClient({ requestsPerSecond: value }), /requestsPerSecond/)
    }
    for (const requestsPerSecond of [0.001, 2.5, 100_000, Infinity]) {
      new MeteringClient({ requestsPerSecond }).close()
    }
  })

  it('an unknown profile is refused at once', () => {
    const options = JSON.parse('{"profile":"aws-1999"}') as { profile: 'aws-2025' }
    assert.throws(() => new MeteringClient(options), /aws-2025, aws-2026/)
  })
})

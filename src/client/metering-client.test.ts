import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MarketplaceMeteringClient } from '@aws-sdk/client-marketplace-metering'
import { MeteringClient } from './metering-client.ts'
import type { Outcome, Progress, Warning } from './outcome.ts'
import {
  aRecord,
  clientOf,
  ledgerScript,
  NOW,
  type PeerRecord,
  recordsOf,
  refusedWith,
  resultOf,
  type Script,
  startPeer,
  taken,
} from './peer.spec.ts'

const statusesOf = (outcomes: readonly Outcome[]) => outcomes.map(({ status }) => status)
const HOUR = Date.parse('2026-11-23T11:00:00Z') / 3_600_000
const account = (record: PeerRecord) => record.CustomerAWSAccountId ?? ''

async function sendTo(
  script: Script,
  records: Parameters<ReturnType<typeof clientOf>['send']>[0],
  options: Parameters<typeof clientOf>[1] = {},
) {
  await using peer = await startPeer(script)
  using client = clientOf(peer, options)
  const outcomes = await client.send(records, { now: NOW })
  return { outcomes, calls: [...peer.calls], callsAtOnceMax: peer.callsAtOnceMax() }
}

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

describe('unprocessed records', () => {
  it('are sent again, alone, until they are taken', async () => {
    const script = ledgerScript({
      isUnprocessed: (one, call) => account(one).endsWith('7') && call < 3,
    })
    const { outcomes, calls } = await sendTo(script, recordsOf(10))
    assert.deepEqual(new Set(statusesOf(outcomes)), new Set(['success']))
    assert.deepEqual(
      calls.map((call) => call.UsageRecords.length),
      [10, 1, 1, 1],
    )
  })

  it('are given back as unprocessed once the attempts are used up', async () => {
    const script = ledgerScript({ isUnprocessed: (one) => account(one).endsWith('7') })
    const { outcomes, calls } = await sendTo(script, recordsOf(10), { attemptsMax: 3 })
    assert.equal(calls.length, 3)
    assert.deepEqual(outcomes[7], {
      status: 'unprocessed',
      attempts: 3,
      message: 'the service left it unprocessed',
    })
    assert.equal(outcomes.filter(({ status }) => status === 'success').length, 9)
  })

  it('are all the records of a throttled request', async () => {
    const script: Script = ({ UsageRecords }, call) =>
      call < 2 ? refusedWith('ThrottlingException') : taken(UsageRecords)
    const { outcomes, calls } = await sendTo(script, recordsOf(2))
    assert.deepEqual([statusesOf(outcomes), calls.length], [['success', 'success'], 3])
  })

  it('name the throttle when it never ends', async () => {
    const { outcomes } = await sendTo(() => refusedWith('ThrottlingException'), [aRecord()], {
      attemptsMax: 2,
    })
    assert.deepEqual(outcomes, [
      { status: 'unprocessed', attempts: 2, message: 'ThrottlingException: Rate exceeded' },
    ])
  })

  it('are unknown where the answer never names them', async () => {
    const script: Script = () => ({ body: { Results: [], UnprocessedRecords: [] } })
    const { outcomes, calls } = await sendTo(script, [aRecord()], { attemptsMax: 2 })
    assert.equal(calls.length, 2)
    assert.equal(outcomes[0]?.status, 'unknown')
  })
})

describe('a refused request', () => {
  const RECORD_ERRORS = [
    'ValidationException',
    'SerializationException',
    'InvalidLicenseException',
    'InvalidCustomerIdentifierException',
    'InvalidUsageDimensionException',
    'InvalidTagException',
    'InvalidUsageAllocationsException',
    'TimestampOutOfBoundsException',
  ] as const
  for (const code of RECORD_ERRORS) {
    it(`is halved on ${code} until the bad record stands alone`, async () => {
      const bad = (one: PeerRecord) => (account(one).endsWith('3') ? code : undefined)
      const { outcomes } = await sendTo(ledgerScript({ bad }), recordsOf(9))
      const expected = outcomes.map((_, index) => (index === 3 ? 'refused' : 'success'))
      assert.deepEqual(statusesOf(outcomes), expected)
      const refused = outcomes[3]
      assert.ok(refused?.status === 'refused' && refused.errorName === code && refused.isSent)
    })
  }

  it('costs at most 11 calls for one bad record of 25, wherever it stands', async () => {
    for (let place = 0; place < 25; place++) {
      const bad = (one: PeerRecord) =>
        account(one) === String(100_000_000_000 + place) ? 'InvalidTagException' : undefined
      const { outcomes, calls } = await sendTo(ledgerScript({ bad }), recordsOf(25))
      assert.ok(calls.length <= 11, `${calls.length} calls for place ${place}`)
      assert.equal(
        outcomes.findIndex(({ status }) => status === 'refused'),
        place,
      )
      assert.equal(outcomes.filter(({ status }) => status === 'success').length, 24)
    }
  })

  it('costs 49 calls where all 25 are bad, and never more', async () => {
    const { outcomes, calls } = await sendTo(
      ledgerScript({ bad: () => 'InvalidTagException' }),
      recordsOf(25),
    )
    assert.equal(calls.length, 49)
    assert.ok(outcomes.every(({ status }) => status === 'refused'))
  })

  it('is halved on a bare 413, as a front end may answer', async () => {
    const script: Script = ({ UsageRecords }) =>
      UsageRecords.length > 2 ? { status: 413 } : taken(UsageRecords)
    const { outcomes } = await sendTo(script, recordsOf(5))
    assert.ok(outcomes.every(({ status }) => status === 'success'))
  })

  it('is not halved for its product code, and other products go on', async () => {
    const script: Script = (request) =>
      request.ProductCode === 'product-a'
        ? refusedWith('InvalidProductCodeException')
        : taken(request.UsageRecords)
    const records = [...recordsOf(3), ...recordsOf(2, { productCode: 'product-b' })]
    const { outcomes, calls } = await sendTo(script, records)
    assert.equal(calls.length, 2)
    assert.deepEqual(statusesOf(outcomes), ['refused', 'refused', 'refused', 'success', 'success'])
  })

  it('is not halved on an error that nobody knows', async () => {
    const { outcomes, calls } = await sendTo(() => refusedWith('BrandNewException'), recordsOf(3))
    assert.equal(calls.length, 1)
    assert.ok(
      outcomes.every((one) => one.status === 'refused' && one.errorName === 'BrandNewException'),
    )
  })
})

describe('a key that the service refuses', () => {
  const CALLER_ERRORS: [string, number][] = [
    ['UnrecognizedClientException', 400],
    ['InvalidSignatureException', 400],
    ['ExpiredTokenException', 403],
    ['AccessDeniedException', 400],
    ['IncompleteSignatureException', 403],
    ['MissingAuthenticationTokenException', 400],
    ['SignatureDoesNotMatch', 403],
    ['DisabledApiException', 400],
    ['SomethingForbidden', 403],
  ]
  for (const [name, status] of CALLER_ERRORS) {
    it(`${name} ends the call for all, without halving`, async () => {
      const { outcomes, calls } = await sendTo(() => refusedWith(name, status), recordsOf(100), {
        callsMax: 1,
      })
      assert.equal(calls.length, 1)
      assert.ok(outcomes.every((one) => one.status === 'refused' && one.errorName === name))
      const sent = outcomes.map((one) => one.status === 'refused' && one.isSent)
      assert.deepEqual([sent[0], sent[99]], [true, false])
    })
  }

  it('leaves what was taken before', async () => {
    const script: Script = ({ UsageRecords }, call) =>
      call === 0 ? taken(UsageRecords) : refusedWith('ExpiredTokenException')
    const { outcomes } = await sendTo(script, recordsOf(60), { callsMax: 1 })
    assert.equal(outcomes.filter(({ status }) => status === 'success').length, 25)
    assert.equal(outcomes.filter(({ status }) => status === 'refused').length, 35)
  })
})

describe('no answer', () => {
  it('is unknown where the connection is cut', async () => {
    const { outcomes } = await sendTo(() => 'cut', recordsOf(2))
    assert.deepEqual(statusesOf(outcomes), ['unknown', 'unknown'])
  })

  it('is unknown where nobody listens', async () => {
    using client = clientOf({ endpoint: 'http://127.0.0.1:1' })
    assert.deepEqual(statusesOf(await client.send([aRecord()], { now: NOW })), ['unknown'])
  })

  it('is unknown on a 500, with its name', async () => {
    const { outcomes, calls } = await sendTo(
      () => refusedWith('InternalServiceErrorException', 500),
      recordsOf(2),
    )
    assert.equal(calls.length, 1)
    assert.ok(
      outcomes.every(
        (one) => one.status === 'unknown' && one.errorName === 'InternalServiceErrorException',
      ),
    )
  })

  it('is unknown where the answer never comes', async () => {
    const { outcomes } = await sendTo(() => 'hang', [aRecord()], { callMsMax: 50 })
    assert.ok(outcomes[0]?.status === 'unknown' && outcomes[0].errorName === 'TimeoutError')
  })

  it('is unknown where the answer is not JSON of the protocol', async () => {
    const { outcomes } = await sendTo(() => ({ status: 502, body: 'Bad Gateway' }), [aRecord()])
    assert.equal(outcomes[0]?.status, 'unknown')
  })
})

describe('an abort', () => {
  it('before the start sends nothing', async () => {
    await using peer = await startPeer(ledgerScript())
    using client = clientOf(peer)
    const outcomes = await client.send(recordsOf(30), { now: NOW, signal: AbortSignal.abort() })
    assert.equal(peer.calls.length, 0)
    assert.ok(outcomes.every((one) => one.status === 'unprocessed' && one.attempts === 0))
  })

  it('in a call leaves its records unknown and the others unsent', async () => {
    const abort = new AbortController()
    const script: Script = () => {
      abort.abort()
      return 'hang'
    }
    await using peer = await startPeer(script)
    using client = clientOf(peer, { callsMax: 1 })
    const outcomes = await client.send(recordsOf(30), { now: NOW, signal: abort.signal })
    assert.equal(peer.calls.length, 1)
    assert.equal(outcomes.filter(({ status }) => status === 'unknown').length, 25)
    assert.equal(outcomes.filter(({ status }) => status === 'unprocessed').length, 5)
  })

  it('ends a back-off at once', async () => {
    const abort = new AbortController()
    const script: Script = ({ UsageRecords }) => ({ body: { UnprocessedRecords: UsageRecords } })
    await using peer = await startPeer(script)
    using client = clientOf(peer, { backOffMsMin: 3_600_000, backOffMsMax: 3_600_000 })
    const onProgress = () => abort.abort()
    const outcomes = await client.send([aRecord()], { now: NOW, signal: abort.signal, onProgress })
    assert.deepEqual(statusesOf(outcomes), ['unprocessed'])
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

  it('an unknown profile is refused at once', () => {
    const options = JSON.parse('{"profile":"aws-1999"}') as { profile: 'aws-2025' }
    assert.throws(() => new MeteringClient(options), /aws-2025, aws-2026/)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aRecord,
  clientOf,
  ledgerScript,
  NOW,
  type PeerRecord,
  recordsOf,
  refusedWith,
  type Script,
  sendTo,
  startPeer,
  statusesOf,
  taken,
} from './peer.spec.ts'

const account = (record: PeerRecord) => record.CustomerAWSAccountId ?? ''

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

/** What becomes of calls that faults strike, in the operations themselves. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025 } from '../../core/profile.ts'
import type { AccountId, AgreementId, Dimension, Region } from '../../core/usage.ts'
import { aService, MASTER_KEYS, wireBatch, wireRecord } from '../../server/handle.spec.ts'
import { batchMeterUsage } from '../../server/operations/batch-meter-usage.ts'
import type { CallContext, Operation } from '../../server/service.ts'
import {
  aCall,
  aCatalog,
  aDimension,
  anAgreement,
  aProduct,
  at,
  BUYER,
  licenseOf,
  nowAt,
  NOON,
  OTHER_BUYER,
  REGION,
  SELLER,
} from '../../testing/builders.ts'
import { ENTITLEMENT, METERING } from '../../wire/protocol.ts'
import { Refused } from '../../wire/refused.ts'
import { aroundOperation } from './around.ts'
import { QUIET } from '../quiet.ts'
import { checkFault } from './check.ts'
import type { Delivery } from './delivery.ts'
import { FaultList } from './fault-list.ts'

const DIMENSIONS = ['a', 'b', 'c', 'd'] as readonly string[] as readonly Dimension[]
const catalog = aCatalog(
  aProduct({ dimensions: DIMENSIONS.map((name) => aDimension({ name })) }),
  anAgreement(),
  anAgreement({
    id: 'agmt-2' as AgreementId,
    licenseArn: licenseOf('2'),
    buyer: OTHER_BUYER,
  }),
  anAgreement({
    id: 'agmt-3' as AgreementId,
    licenseArn: licenseOf('3'),
    buyer: '444455558888' as AccountId,
    startMs: at('2026-11-24T12:00:00.000Z'),
  }),
)
const known = {
  buyers: new Map<string, unknown>([BUYER, OTHER_BUYER].map((account) => [account, {}])),
  products: new Map(),
}
const judgedBy = { catalog, masterKeys: MASTER_KEYS, profile: AWS_2025, regions: [REGION] }
const place = { ...judgedBy, observer: QUIET }

const CONTEXT: CallContext = {
  now: nowAt(NOON),
  region: REGION,
  signer: { account: SELLER, accessKeyId: 'AKID' },
  call: aCall({ requestId: 'request-1' }),
  bytes: 100,
}

/** BatchMeterUsage, or another operation, with faults around it. */
function struckBy(faults: readonly object[], given?: Operation) {
  const { service, ledger } = aService({ catalog })
  const list = new FaultList()
  for (const fault of faults) list.add(checkFault(fault, known))
  const deliveries: (readonly [string, Delivery])[] = []
  const operation = given ?? batchMeterUsage(service)
  const struck = aroundOperation(operation, list, place, (...told) => {
    deliveries.push(told)
  })
  const answer = (body: object, context: Partial<CallContext> = {}) =>
    told(struck.run({ ...body }, { ...CONTEXT, ...context }))
  const held = async () => (await ledger.records()).map(({ dimension }) => dimension).sort()
  return { answer, list, deliveries, held }
}

/** The dimensions that were taken, those left unprocessed behind a bar; or the error. */
async function told(answering: Promise<object>): Promise<string> {
  try {
    const { Results, UnprocessedRecords } = (await answering) as Answered
    const taken = Results.map(({ UsageRecord }) => UsageRecord.Dimension).join('')
    return `${taken}|${UnprocessedRecords.map(({ Dimension }) => Dimension).join('')}`
  } catch (error) {
    if (error instanceof Refused) return error.refusal.code
    throw error
  }
}

interface Answered {
  readonly Results: readonly { readonly UsageRecord: { readonly Dimension: string } }[]
  readonly UnprocessedRecords: readonly { readonly Dimension: string }[]
}

/** One record for each letter; a capital is the other buyer's. */
function batchOf(letters: string): object {
  const records = Array.from(letters, (letter) =>
    wireRecord({
      Dimension: letter.toLowerCase(),
      CustomerAWSAccountId: letter === letter.toUpperCase() ? OTHER_BUYER : BUYER,
    }),
  )
  return wireBatch(...records)
}

describe('records that are left unprocessed', () => {
  const rows: readonly [fault: object, batch: string, answer: string, held: string][] = [
    [{}, 'abcd', '|abcd', ''],
    [{ records: [0, 2] }, 'abcd', 'bd|ac', 'bd'],
    [{ records: [3, 24] }, 'abcd', 'abc|d', 'abc'],
    [{ records: [4] }, 'abcd', 'abcd|', 'abcd'],
    [{ buyer: OTHER_BUYER }, 'aBcD', 'ac|BD', 'ac'],
    [{ buyer: OTHER_BUYER, records: [0, 1] }, 'aBcD', 'acD|B', 'acd'],
    [{ buyer: OTHER_BUYER }, 'abcd', 'abcd|', 'abcd'],
  ]
  for (const [fault, batch, answer, held] of rows) {
    it(`${JSON.stringify(fault)} of ${batch}: ${answer}`, async () => {
      const struck = struckBy([{ kind: 'unprocessed', ...fault }])
      assert.equal(await struck.answer(batchOf(batch)), answer.toLowerCase())
      assert.equal((await struck.held()).join(''), held)
      const isStruck = !answer.endsWith('|')
      assert.equal(struck.list.fired().length, isStruck ? 1 : 0)
      assert.equal(struck.list.list()[0]?.left, isStruck ? 0 : 1)
    })
  }

  for (const [share, left] of [
    [0.01, 1],
    [0.25, 1],
    [0.26, 2],
    [0.75, 3],
    [0.76, 4],
  ] as const) {
    it(`are ${left} of four with a share of ${share}, the others held`, async () => {
      const { answer, held } = struckBy([{ kind: 'unprocessed', share }])
      const [taken = '', unprocessed] = (await answer(batchOf('abcd'))).split('|')
      assert.equal(unprocessed?.length, left)
      assert.equal((await held()).join(''), taken)
    })
  }

  it('come back as they were sent', async () => {
    const { list } = struckBy([])
    list.add(checkFault({ kind: 'unprocessed' }, known))
    const { service } = aService({ catalog })
    const operation = aroundOperation(batchMeterUsage(service), list, place, () => undefined)
    const record = wireRecord({ Dimension: 'a' })
    assert.deepEqual(await operation.run(wireBatch(record), CONTEXT), {
      Results: [],
      UnprocessedRecords: [record],
    })
  })

  it('are all of a batch whose product is named by licenses alone', async () => {
    const struck = struckBy([{ kind: 'unprocessed' }])
    const record = wireRecord({
      Dimension: 'a',
      CustomerAWSAccountId: OTHER_BUYER,
      LicenseArn: licenseOf('2'),
    })
    assert.equal(await struck.answer({ UsageRecords: [record] }), '|a')
  })

  it('are told of beside those that the operation itself leaves so', async () => {
    const [a, b] = [wireRecord({ Dimension: 'a' }), wireRecord({ Dimension: 'b' })]
    const run = () => Promise.resolve({ Results: [], UnprocessedRecords: [a] })
    const operation = { name: 'BatchMeterUsage', api: METERING, run }
    const struck = struckBy([{ kind: 'unprocessed', records: [1] }], operation)
    assert.equal(await struck.answer(wireBatch(a, b)), '|ab')
  })

  it('are none of a batch that names buyers in two ways, or usage outside of its license', async () => {
    const b = wireRecord({ Dimension: 'b' })
    const later = { CustomerAWSAccountId: '444455558888', LicenseArn: licenseOf('3') }
    const rows = [
      [wireRecord({ Dimension: 'a', CustomerIdentifier: 'x' }), 'ValidationException'],
      [wireRecord({ Dimension: 'a', ...later }), 'InvalidLicenseException'],
    ] as const
    for (const [record, code] of rows) {
      const struck = struckBy([{ kind: 'unprocessed', records: [0] }])
      assert.equal(await struck.answer(wireBatch(record, b)), code)
      assert.deepEqual(struck.list.fired(), [])
    }
  })

  it('are none of a batch that is refused whole', async () => {
    const struck = struckBy([{ kind: 'unprocessed', records: [0] }])
    assert.equal(await struck.answer(batchOf('xb')), 'InvalidUsageDimensionException')
    assert.equal(await struck.answer(batchOf('bx')), 'InvalidUsageDimensionException')
    assert.equal(await struck.answer({}), 'ValidationException')
    const elsewhere = { region: 'eu-west-1' as Region }
    assert.equal(await struck.answer(batchOf('ab'), elsewhere), 'DisabledApiException')
    assert.deepEqual(struck.list.fired(), [])
    assert.equal(await struck.answer(batchOf('ab')), 'b|a')
  })
})

describe('after the commit', () => {
  for (const kind of ['commit-then-drop', 'commit-then-500', 'malformed-answer']) {
    it(`${kind} leaves a call that is refused alone`, async () => {
      const { answer, list, deliveries, held } = struckBy([{ kind }])
      assert.equal(await answer(batchOf('x')), 'InvalidUsageDimensionException')
      assert.deepEqual([list.fired(), deliveries], [[], []])
      await answer(batchOf('a'))
      assert.deepEqual(await held(), ['a'])
      assert.equal(list.fired().length, 1)
      assert.equal(await answer(batchOf('a')), 'a|')
    })
  }
})

describe('calls that pass first', () => {
  it('are so many that it is meant for, whatever becomes of them', async () => {
    const { answer, list } = struckBy([{ kind: 'commit-then-500', after: 1 }])
    assert.equal(await answer(batchOf('x')), 'InvalidUsageDimensionException')
    assert.equal(await answer(batchOf('a')), 'InternalServiceErrorException')
    assert.equal(list.fired().length, 1)
  })
})

describe('before the commit', () => {
  for (const [kind, code] of [
    ['throttle', 'ThrottlingException'],
    ['internal-error', 'InternalServiceErrorException'],
    ['reset', 'InternalServiceErrorException'],
    ['disabled-region', 'DisabledApiException'],
  ] as const) {
    it(`${kind} leaves nothing held, whatever was asked`, async () => {
      const { answer, held } = struckBy([{ kind, times: 2 }])
      assert.equal(await answer(batchOf('a')), code)
      assert.equal(await answer(batchOf('x')), code)
      assert.deepEqual(await held(), [])
    })
  }
})

describe('a Region that is disabled', () => {
  for (const [name, api, code] of [
    ['BatchMeterUsage', METERING, 'DisabledApiException'],
    ['ResolveCustomer', METERING, 'DisabledApiException'],
    ['RegisterUsage', METERING, 'DisabledApiException'],
    ['MeterUsage', METERING, 'InvalidEndpointRegionException'],
    ['GetEntitlements', ENTITLEMENT, 'InvalidSignatureException'],
  ] as const) {
    it(`is ${code} of ${name}, as the operation itself says`, async () => {
      const operation = { name, api, run: () => Promise.resolve({}) }
      const { answer } = struckBy([{ kind: 'disabled-region' }], operation)
      assert.equal(await answer({}), code)
    })
  }
})

describe('a call that was struck', () => {
  it('is listed, with both clocks', async () => {
    const { answer, list } = struckBy([{ kind: 'throttle', id: 'mine' }])
    await answer(batchOf('a'))
    const [firing] = list.fired()
    assert.ok(Math.abs(Date.parse(firing?.machineAt ?? '') - Date.now()) < 60_000)
    assert.deepEqual(
      { ...firing, machineAt: '' },
      {
        fault: 'mine',
        kind: 'throttle',
        requestId: 'request-1',
        operation: 'BatchMeterUsage',
        at: new Date(NOON).toISOString(),
        machineAt: '',
      },
    )
  })

  it('waits for one latency after the other, each a time of its own', async () => {
    const list = new FaultList()
    for (const span of [{ ms: 100 }, { ms: 150 }, { msMin: 1, msMax: 1_000 }]) {
      list.add(checkFault({ kind: 'latency', times: 'untilCleared', ...span }, known))
    }
    const waits: number[] = []
    let waiting = 0
    const wait = async (ms: number) => {
      assert.equal(++waiting, 1)
      waits.push(ms)
      await new Promise(setImmediate)
      waiting -= 1
    }
    const { service } = aService({ catalog })
    const operation = batchMeterUsage(service)
    const struck = aroundOperation(operation, list, place, () => undefined, wait)
    for (let call = 0; call < 3; call++) await struck.run({ ...batchOf('a') }, CONTEXT)
    assert.deepEqual(
      waits.filter((_, turn) => turn % 3 < 2),
      [100, 150, 100, 150, 100, 150],
    )
    const drawn = waits.filter((_, turn) => turn % 3 === 2)
    assert.equal(new Set(drawn).size, 3, drawn.join())
    assert.ok(drawn.every((ms) => ms >= 1 && ms <= 1_000))
  })

  it('waits for each latency, whatever else strikes, and is served before', async () => {
    const latency = { kind: 'latency', msMin: 1, msMax: 3 }
    const { answer, list, held, deliveries } = struckBy([
      latency,
      { kind: 'commit-then-drop' },
      latency,
    ])
    const answering = answer(batchOf('a'))
    while (deliveries.length === 0) await Promise.resolve()
    assert.deepEqual(await held(), ['a'])
    assert.equal(await answering, 'a|')
    assert.deepEqual(
      list.fired().map(({ kind }) => kind),
      ['commit-then-drop', 'latency', 'latency'],
    )
    assert.deepEqual(deliveries, [['request-1', { kind: 'drop' }]])
  })
})

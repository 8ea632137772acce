/**
 * One request through the whole service: every documented exception, the order in which they are found (D11), and
 * what stays behind. conformance/ asks the same over the wire.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025, AWS_2026 } from '../core/profile.ts'
import type { Dimension } from '../core/usage.ts'
import {
  BUYER,
  CUSTOMER,
  licenseOf,
  NOON,
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../testing/builders.ts'
import { BATCH_METER_USAGE, type Signing } from '../wire/sigv4/signer.spec.ts'
import {
  aService,
  KEYS,
  NOON_SECONDS,
  OTHER_SELLERS_KEY_ID,
  RESTRICTED_KEY_ID,
  signed,
  wireBatch,
  wireRecord,
} from './handle.spec.ts'
import { Quotas } from './quotas.ts'
import type { IncomingRequest } from './service.ts'
import { WaitingRecords } from './waiting.ts'

const TAG = { Key: 'team', Value: 'red' }

/** A batch of two: the first record is good, the second has these members. */
function second(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return wireBatch(wireRecord(), wireRecord({ Dimension: 'b', ...members }))
}

function divided(...parts: readonly object[]): Record<string, unknown> {
  return second({ Quantity: 5, UsageAllocations: parts })
}

/** Everything that refuses a request whole, in the order of D11 as far as the body tells. */
const REFUSALS: readonly (readonly [name: string, body: unknown, code: string])[] = [
  ['a body that is not JSON', 'UsageRecords', 'SerializationException'],
  ['an empty body', '', 'SerializationException'],
  ['a quantity of 1.5', second({ Quantity: 1.5 }), 'SerializationException'],
  ['a quantity that is a text', second({ Quantity: '5' }), 'SerializationException'],
  ['a negative quantity', second({ Quantity: -1 }), 'ValidationException'],
  ['a huge quantity', second({ Quantity: 2 ** 31 }), 'ValidationException'],
  ['no dimension', second({ Dimension: null }), 'ValidationException'],
  ['26 records', wireBatch(...Array<unknown>(26).fill(wireRecord())), 'ValidationException'],
  [
    'two identities in one record',
    second({ CustomerIdentifier: CUSTOMER, CustomerAWSAccountId: BUYER }),
    'ValidationException',
  ],
  [
    'two identities in two records',
    second({ CustomerIdentifier: CUSTOMER }),
    'ValidationException',
  ],
  ['a record without a buyer', second({ CustomerAWSAccountId: null }), 'ValidationException'],
  [
    'no product code and no license',
    { UsageRecords: [wireRecord()] },
    'InvalidProductCodeException',
  ],
  [
    'an empty product code',
    { ProductCode: '', UsageRecords: [wireRecord()] },
    'InvalidProductCodeException',
  ],
  [
    'an unknown product',
    { ProductCode: 'x', UsageRecords: [wireRecord()] },
    'InvalidProductCodeException',
  ],
  [
    'another seller’s product',
    { ProductCode: 'foreign-product', UsageRecords: [wireRecord()] },
    'InvalidProductCodeException',
  ],
  ['an unknown license', second({ LicenseArn: licenseOf('x') }), 'InvalidLicenseException'],
  [
    'another buyer’s license',
    second({ LicenseArn: licenseOf('agmt-1'), CustomerAWSAccountId: '444455557777' }),
    'InvalidLicenseException',
  ],
  [
    'an unknown customer identifier',
    wireBatch(
      wireRecord({ CustomerIdentifier: CUSTOMER }),
      wireRecord({ CustomerIdentifier: 'x' }),
    ),
    'InvalidCustomerIdentifierException',
  ],
  ['an unknown dimension', second({ Dimension: 'B' }), 'InvalidUsageDimensionException'],
  [
    'a bad tag',
    divided({ AllocatedUsageQuantity: 5, Tags: [{ Key: '~', Value: 'v' }] }),
    'InvalidTagException',
  ],
  [
    'six tags',
    divided({
      AllocatedUsageQuantity: 5,
      Tags: ['a', 'b', 'c', 'd', 'e', 'f'].map((Key) => ({ Key, Value: 'v' })),
    }),
    'InvalidTagException',
  ],
  ['a wrong sum', divided({ AllocatedUsageQuantity: 4 }), 'InvalidUsageAllocationsException'],
  [
    'a tag set twice',
    divided({ AllocatedUsageQuantity: 4, Tags: [TAG] }, { AllocatedUsageQuantity: 1, Tags: [TAG] }),
    'InvalidUsageAllocationsException',
  ],
  [
    'usage of 6 hours ago',
    second({ Timestamp: NOON_SECONDS - 6 * 3_600 }),
    'TimestampOutOfBoundsException',
  ],
  [
    'usage of the far future',
    second({ Timestamp: NOON_SECONDS + 300.001 }),
    'TimestampOutOfBoundsException',
  ],
  ['usage of the end of time', second({ Timestamp: 1.7e308 }), 'TimestampOutOfBoundsException'],
]

describe('a request that is refused whole', () => {
  for (const [name, body, code] of REFUSALS) {
    it(`for ${name} answers ${code}, and nothing of it is kept`, async () => {
      const { send, ledger, told } = aService()
      const answer = await send(body)
      assert.deepEqual([answer.status, answer.code], [400, code])
      assert.deepEqual(await ledger.records(), [])
      assert.deepEqual(ledger.questions, [])
      assert.deepEqual(told.failures, [])
      assert.equal(told.refused[0]?.code, code)
      assert.ok(told.refused[0].reason.length > 0)
    })
  }

  it('for a license that did not cover the time, once what is held was read', async () => {
    const firstMinute = Date.parse('2026-11-01T00:00:30Z')
    const { send, ledger } = aService({ nowMs: () => firstMinute })
    const good = wireRecord({ Timestamp: firstMinute / 1_000 })
    const early = { LicenseArn: licenseOf('agmt-1'), Timestamp: firstMinute / 1_000 - 31 }
    const answer = await send(wireBatch(good, wireRecord(early)))
    assert.equal(answer.code, 'InvalidLicenseException')
    assert.deepEqual(ledger.questions, ['find 1'])
    assert.deepEqual(await ledger.records(), [])
  })

  it('names the record that is to blame, with its usage, to our own surfaces', async () => {
    const { send, told } = aService()
    await send(second({ Dimension: 'typo', Quantity: 7 }))
    const [refused] = told.refused
    assert.equal(told.refused.length, 1)
    assert.equal(refused?.seller, SELLER)
    assert.equal(refused.productCode, PRODUCT)
    assert.equal(refused.usage?.dimension, 'typo')
    assert.equal(refused.usage.quantity, 7)
  })

  it('says which constraints are broken, and where, without the values', async () => {
    const { send, told } = aService()
    await send(second({ Quantity: -1 }))
    assert.equal(
      told.refused[0]?.reason,
      'usageRecords.2.member.quantity: Member must have value greater than or equal to 0',
    )
  })
})

describe('the order in which problems are found (D11)', () => {
  const get = (request: IncomingRequest): IncomingRequest => ({ ...request, method: 'GET' })
  const plain = { ...BATCH_METER_USAGE, 'content-type': 'text/plain' }
  const otherTarget = { ...BATCH_METER_USAGE, 'x-amz-target': 'AWSMPMeteringService.Other' }
  const badKey = { accessKeyId: 'AKIDNOBODY' } satisfies Signing
  const restricted = { accessKeyId: RESTRICTED_KEY_ID } satisfies Signing
  const elsewhere = { region: 'eu-west-1' } satisfies Signing
  const throttled = { quotas: new Quotas({ BatchMeterUsage: 0 }, () => 0) }
  const mixed = second({ CustomerIdentifier: CUSTOMER })

  /** Each row has the fault of its code and the one of the next row, so each neighbour is tried. */
  const rows: readonly (readonly [
    string,
    number,
    IncomingRequest,
    Parameters<typeof aService>[0]?,
  ])[] = [
    ['UnknownOperationException', 404, get(signed('{', { headers: otherTarget }))],
    [
      'UnknownOperationException',
      404,
      signed('{', { headers: { ...otherTarget, ...{ 'content-type': 'text/plain' } } }),
    ],
    ['UnknownOperationException', 404, signed('{', { headers: plain })],
    ['UnknownOperationException', 400, signed('{', { headers: otherTarget, ...badKey })],
    ['UnrecognizedClientException', 400, signed('{', { ...badKey, ...elsewhere })],
    ['InvalidSignatureException', 400, { ...signed('{', restricted), body: Buffer.from('{}') }],
    ['AccessDeniedException', 400, signed('{', restricted), throttled],
    ['ThrottlingException', 400, signed('{'), throttled],
    ['SerializationException', 400, signed('{', elsewhere)],
    ['SerializationException', 400, signed(second({ Quantity: '5', Dimension: '' }), elsewhere)],
    ['ValidationException', 400, signed(second({ Dimension: '' }), elsewhere)],
    ['DisabledApiException', 400, signed(mixed, elsewhere)],
    ['ValidationException', 400, signed({ ...mixed, ProductCode: 'x' })],
    [
      'InvalidProductCodeException',
      400,
      signed({ ...second({ LicenseArn: licenseOf('x') }), ProductCode: 'x' }),
    ],
  ]
  for (const [index, [code, status, request, parts]] of rows.entries()) {
    it(`${index + 1}: ${code}, status ${status}`, async () => {
      const { handle, told } = aService(parts)
      const answer = await handle(request)
      assert.deepEqual([answer.code, answer.status], [code, status])
      assert.deepEqual(told.failures, [])
    })
  }

  it('answers 403 for signature and rights where the profile says so', async () => {
    const { handle } = aService({ profile: { ...AWS_2025, authStatus: 403 } })
    assert.equal((await handle(signed('{', badKey))).status, 403)
    assert.equal((await handle(signed('{', restricted))).status, 403)
    assert.equal((await handle(signed('{'))).status, 400)
  })

  it('parses nothing that a stranger sends', async () => {
    const { handle, told } = aService()
    for (const body of ['{', '[1]', '\0']) await handle(signed(body, badKey))
    assert.deepEqual(told.refused, [])
  })
})

describe('a request that is taken', () => {
  it('answers each record by itself, in order, with an id where it is held', async () => {
    const { send } = aService()
    const other = wireRecord({ CustomerAWSAccountId: '999988887777' })
    const answer = await send(wireBatch(wireRecord(), other, wireRecord({ Quantity: 2 })))
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.statuses, ['Success', 'CustomerNotSubscribed', 'DuplicateRecord'])
    const [id, ...others] = answer.ids
    assert.match(id ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.deepEqual(others, [undefined, undefined])
  })

  it('is 200 even if no record succeeded', async () => {
    const answer = await aService().send(wireBatch(wireRecord({ CustomerAWSAccountId: '9' })))
    assert.deepEqual([answer.status, ...answer.statuses], [200, 'CustomerNotSubscribed'])
  })

  it('is 200 with two empty lists where it has no records', async () => {
    const answer = await aService().send(wireBatch())
    assert.deepEqual([answer.status, answer.text], [200, '{"Results":[],"UnprocessedRecords":[]}'])
  })

  it('has the same ids again, in any order and any part of it', async () => {
    const { send, ledger } = aService()
    const records = ['requests', 'b', 'c'].map((Dimension) => wireRecord({ Dimension }))
    const first = await send(wireBatch(...records))
    const again = await send(wireBatch(...[...records].reverse()))
    const part = await send(wireBatch(records[1]))
    assert.deepEqual(again.ids, [...first.ids].reverse())
    assert.deepEqual(part.ids, [first.ids[1]])
    assert.equal((await ledger.records()).length, 3)
  })

  it('is one fact under each of a buyer’s names and at any time inside the hour', async () => {
    const { send, ledger } = aService()
    const asNamed = [
      {},
      { CustomerIdentifier: CUSTOMER },
      { LicenseArn: licenseOf('agmt-1') },
      // What the Rust SDK sends: an empty identifier beside the account.
      { CustomerIdentifier: '', CustomerAWSAccountId: BUYER },
      { Timestamp: NOON_SECONDS + 299.999 },
    ]
    const ids = new Set<string | undefined>()
    for (const members of asNamed) {
      const answer = await send(wireBatch(wireRecord(members)))
      assert.deepEqual(answer.statuses, ['Success'])
      ids.add(answer.ids[0])
    }
    assert.equal(ids.size, 1)
    assert.equal((await ledger.records()).length, 1)
  })

  it('is another fact in another Region', async () => {
    const { send, ledger } = aService({ regions: new Set(['us-east-1', 'eu-west-1']) })
    const here = await send(wireBatch(wireRecord()))
    const there = await send(wireBatch(wireRecord({ Quantity: 2 })), { region: 'eu-west-1' })
    assert.deepEqual([...here.statuses, ...there.statuses], ['Success', 'Success'])
    assert.equal((await ledger.records()).length, 2)
  })

  it('leaves with each record who asked, when, and under which profile', async () => {
    const { send, ledger, facts } = aService({ profile: AWS_2026 })
    await send(wireBatch(wireRecord()))
    const [record] = await ledger.records()
    assert.deepEqual(record?.call, {
      requestId: facts[0]?.requestId,
      operation: 'BatchMeterUsage',
      receivedAtMs: NOON,
      account: SELLER,
      accessKeyId: 'AKIDEXAMPLE',
      address: '127.0.0.1',
      userAgent: 'test',
      profile: 'aws-2026',
    })
  })

  it('is judged by the domain clock, though its signature is by the machine’s', async () => {
    const { send } = aService({ nowMs: () => NOON + 6 * 3_600_000 })
    assert.equal((await send(wireBatch(wireRecord()))).code, 'TimestampOutOfBoundsException')
  })

  it('may be sent twice as it is: a captured request changes nothing', async () => {
    const { handle, ledger } = aService()
    const request = signed(wireBatch(wireRecord()))
    const [first, replayed] = [await handle(request), await handle(request)]
    assert.equal(first.text, replayed.text)
    assert.equal((await ledger.records()).length, 1)
  })

  it('is told to our own surfaces where records were not taken, with what is held', async () => {
    const { send, told, ledger } = aService()
    await send(wireBatch(wireRecord({ Quantity: 5 })))
    await send(wireBatch(wireRecord({ Quantity: 6 }), wireRecord({ CustomerAWSAccountId: '9' })))
    const [held] = await ledger.records()
    assert.deepEqual(
      told.refused.map(({ code, held: before }) => [code, before]),
      [
        ['DuplicateRecord', { id: held?.id, quantity: 5 }],
        ['CustomerNotSubscribed', undefined],
      ],
    )
  })

  it('is Success with other allocations, and our own surfaces show the difference', async () => {
    const { send, told } = aService()
    const record = (value: string) =>
      wireRecord({
        UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: [{ Key: 'team', Value: value }] }],
      })
    const first = await send(wireBatch(record('red')))
    const second = await send(wireBatch(record('blue')))
    assert.deepEqual(second.ids, first.ids)
    assert.deepEqual(
      told.refused.map(({ code }) => code),
      ['AllocationsDiffer'],
    )
  })
})

describe('profiles', () => {
  const old = wireBatch(wireRecord({ Timestamp: NOON_SECONDS - 6 * 3_600 }))
  const codeAndLicense = wireBatch(wireRecord({ LicenseArn: licenseOf('agmt-1') }))

  it('differ in the window', async () => {
    assert.equal((await aService().send(old)).code, 'TimestampOutOfBoundsException')
    assert.deepEqual((await aService({ profile: AWS_2026 }).send(old)).statuses, ['Success'])
  })

  it('differ in a product code beside a license', async () => {
    assert.deepEqual((await aService().send(codeAndLicense)).statuses, ['Success'])
    const answer = await aService({ profile: AWS_2026 }).send(codeAndLicense)
    assert.equal(answer.code, 'ValidationException')
    assert.match(answer.message, /ProductCode and LicenseArn/)
  })
})

describe('a store in trouble', () => {
  it('that is reached in part gives back the rest as UnprocessedRecords', async () => {
    const { send, ledger } = aService()
    ledger.unreachable.add('x' as Dimension)
    const batch = wireBatch(
      wireRecord(),
      wireRecord({ Dimension: 'x' }),
      wireRecord({ Dimension: 'b' }),
    )
    const answer = await send(batch)
    assert.deepEqual([answer.status, ...answer.statuses], [200, 'Success', 'Success'])
    assert.equal(answer.unprocessed, 1)
    ledger.unreachable.clear()
    assert.deepEqual((await send(batch)).statuses, ['Success', 'Success', 'Success'])
  })

  it('that takes nothing is 500, told to the log and to no one else', async () => {
    const { send, ledger, told, service } = aService()
    ledger.failure = new Error('disk on fire at /secret/path')
    const answer = await send(wireBatch(wireRecord()))
    assert.deepEqual([answer.status, answer.code], [500, 'InternalServiceErrorException'])
    assert.doesNotMatch(answer.text, /secret/)
    assert.deepEqual(told.failures, [ledger.failure])
    assert.deepEqual(service.waiting.load, { records: 0, bytes: 0 })
  })

  it('whose keys and catalog cannot be read is 500 to everybody, and no key is looked up', async () => {
    const failure = new Error('disk on fire')
    const keys = { find: () => assert.fail('a key was looked up in a stale view') }
    const { send, told, handle } = aService({ keys, freshen: () => Promise.reject(failure) })
    const answer = await send(wireBatch(wireRecord()))
    assert.deepEqual([answer.status, answer.code], [500, 'InternalServiceErrorException'])
    assert.deepEqual(told.failures, [failure])
    const unknown = await handle({ ...signed(''), amzTarget: 'AWSMPMeteringService.Other' })
    assert.equal(
      unknown.code,
      'UnknownOperationException',
      'what needs no key is told all the same',
    )
  })

  it('whose keys are stale is looked at first, and what changed meanwhile counts', async () => {
    let isDisabled = false
    const { send } = aService({
      keys: { find: (id) => (isDisabled ? undefined : KEYS.find(id)) },
      freshen: async () => {
        isDisabled = true
      },
    })
    assert.equal((await send(wireBatch(wireRecord()))).code, 'UnrecognizedClientException')
  })
})

describe('overload', () => {
  const batch = wireBatch(wireRecord(), wireRecord({ Dimension: 'b' }))
  const bytes = Buffer.byteLength(JSON.stringify(batch))
  const halves = {
    records: { records: 4, bytes: 1e6 },
    bytes: { records: 1_000, bytes: 2 * bytes },
  }
  for (const [measure, max] of Object.entries(halves)) {
    it(`is ThrottlingException for a seller with its half of all waiting ${measure}, not for another`, async () => {
      const { send, ledger, service } = aService({ waiting: new WaitingRecords(max) })
      const { promise, resolve } = Promise.withResolvers<undefined>()
      ledger.gate = promise
      const first = send(batch)
      assert.deepEqual(service.waiting.load, { records: 2, bytes })
      const throttled = await send(wireBatch(wireRecord()))
      assert.deepEqual([throttled.status, throttled.code], [400, 'ThrottlingException'])
      const other = await send(
        { ProductCode: 'foreign-product', UsageRecords: [] },
        { accessKeyId: OTHER_SELLERS_KEY_ID },
      )
      assert.equal(other.status, 200)
      resolve(undefined)
      assert.deepEqual((await first).statuses, ['Success', 'Success'])
      assert.deepEqual((await send(wireBatch(wireRecord()))).statuses, ['Success'])
    })
  }

  it('is ThrottlingException over the quota of an account', async () => {
    const quotas = new Quotas({ BatchMeterUsage: 2 }, () => 0)
    const { send } = aService({ quotas })
    const codes = []
    for (let call = 0; call < 3; call++) codes.push((await send(wireBatch())).code)
    assert.deepEqual(codes, ['', '', 'ThrottlingException'])
    const other = await send(
      { ProductCode: 'foreign-product', UsageRecords: [] },
      { accessKeyId: OTHER_SELLERS_KEY_ID },
    )
    assert.equal(other.status, 200)
  })

  it('counts calls of Regions that are not served together', async () => {
    const { send } = aService({ quotas: new Quotas({ BatchMeterUsage: 1 }, () => 0) })
    const codes = []
    for (const region of ['eu-west-1', 'eu-west-2', 'us-east-1']) {
      codes.push((await send(wireBatch(wireRecord()), { region })).code)
    }
    assert.deepEqual(codes, ['DisabledApiException', 'ThrottlingException', ''])
  })
})

describe('what a request is known by', () => {
  it('is its operation, its signer and the reason of its refusal', async () => {
    const { send, facts } = aService()
    await send(wireBatch(wireRecord({ Dimension: 'typo' })))
    const [fact] = facts
    assert.equal(fact?.operation, 'BatchMeterUsage')
    assert.equal(fact.signer?.account, SELLER)
    assert.equal(fact.reason, 'the product has no such dimension')
    assert.notEqual(fact.signer.account, OTHER_SELLER)
  })
})

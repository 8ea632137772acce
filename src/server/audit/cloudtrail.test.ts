import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { MeteringRecordId, Quantity } from '../../core/usage.ts'
import {
  aCall,
  anAllocation,
  at,
  aUsageRecord,
  BUYER,
  CUSTOMER,
  DIMENSION,
  licenseOf,
  NOON,
  PRODUCT,
  SELLER,
} from '../../testing/builders.ts'
import { type AuditedCall, cloudTrailOf, eventIdOf, javaDate } from './cloudtrail.ts'
import { aMeteringRecord, aRefusal } from './builders.spec.ts'

const HELD = { id: 'held-id' as MeteringRecordId, quantity: 5 as Quantity }

describe('dates are spelled as Java once did in the US', () => {
  for (const [instant, spelled] of [
    ['2018-04-19T16:32:50Z', 'Apr 19, 2018 4:32:50 PM'],
    ['2026-01-01T00:00:00Z', 'Jan 1, 2026 12:00:00 AM'],
    ['2026-12-31T11:59:59.999Z', 'Dec 31, 2026 11:59:59 AM'],
    ['2026-12-31T12:00:00Z', 'Dec 31, 2026 12:00:00 PM'],
  ] as const) {
    it(`${instant} is ${spelled}`, () => assert.equal(javaDate(at(instant)), spelled))
  }
  it('what no calendar can name stays a number', () => {
    assert.equal(javaDate(8.64e15), 'Sep 13, 275760 12:00:00 AM')
    assert.equal(javaDate(8.64e15 + 1), '8640000000000001')
  })
})

test('an event has the same id in every export, and another request has another', () => {
  assert.match(
    eventIdOf('request-1'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.equal(eventIdOf('request-1'), eventIdOf('request-1'))
  assert.notEqual(eventIdOf('request-1'), eventIdOf('request-2'))
})

test('a call that added a record and had another refused is one event with both results', () => {
  const record = aMeteringRecord({ quantity: 7 as Quantity })
  const duplicate = aRefusal({ code: 'DuplicateRecord', reason: 'other quantity', held: HELD })
  const event = cloudTrailOf(auditedCall({ added: [record], refused: [duplicate] }))
  const usageRecord = {
    dimension: DIMENSION,
    timestamp: 'Nov 23, 2026 12:00:00 PM',
    customerAWSAccountID: BUYER,
  }
  assert.deepEqual(event, {
    eventVersion: '1.05',
    userIdentity: {
      type: 'Root',
      principalId: SELLER,
      arn: 'arn:aws:iam::111122223333:root',
      accountId: SELLER,
      accessKeyId: 'AKIDEXAMPLE',
    },
    eventTime: '2026-11-23T12:00:00Z',
    eventSource: 'metering-marketplace.amazonaws.com',
    eventName: 'BatchMeterUsage',
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'test',
    requestParameters: {
      usageRecords: [
        { ...usageRecord, quantity: 7 },
        { ...usageRecord, quantity: 1 },
      ],
      productCode: record.product,
    },
    responseElements: {
      results: [
        {
          usageRecord: { ...usageRecord, quantity: 7 },
          meteringRecordId: record.id,
          status: 'Success',
        },
        { usageRecord: { ...usageRecord, quantity: 1 }, status: 'DuplicateRecord' },
      ],
      unprocessedRecords: [],
    },
    additionalEventData: {
      profile: 'aws-2025',
      refused: [
        {
          code: 'DuplicateRecord',
          reason: 'other quantity',
          heldMeteringRecordId: 'held-id',
          heldQuantity: 5,
        },
      ],
    },
    requestID: aCall().requestId,
    eventID: eventIdOf(aCall().requestId),
    readOnly: false,
    eventType: 'AwsApiCall',
    recipientAccountId: SELLER,
  })
})

test('a request refused whole has an error, the record to blame, and no answer', () => {
  const refused = aRefusal({
    code: 'InvalidUsageDimensionException',
    reason: 'no such dimension',
    count: 3,
  })
  const event = cloudTrailOf(auditedCall({ refused: [refused] }))
  assert.equal(event.errorCode, 'InvalidUsageDimensionException')
  assert.equal(event.errorMessage, 'no such dimension')
  assert.equal(event.responseElements, null)
  assert.deepEqual(event.additionalEventData, {
    profile: 'aws-2025',
    refused: [
      {
        code: 'InvalidUsageDimensionException',
        reason: 'no such dimension',
        times: 3,
        firstAt: '2026-11-23T11:00:00.000Z',
      },
    ],
  })
})

test('other allocations of a held fact are a success under the held id', () => {
  const differing = aRefusal({ code: 'AllocationsDiffer', held: HELD })
  const { responseElements } = cloudTrailOf(auditedCall({ refused: [differing] }))
  const [result] = (responseElements as { results: readonly object[] }).results
  assert.partialDeepStrictEqual(result, { meteringRecordId: 'held-id', status: 'Success' })
})

test('MeterUsage is spelled as its own request and answer', () => {
  const record = aMeteringRecord({ quantity: 7 as Quantity })
  const event = cloudTrailOf({ ...auditedCall({ added: [record] }), operation: 'MeterUsage' })
  assert.deepEqual(event.requestParameters, {
    productCode: record.product,
    timestamp: 'Nov 23, 2026 12:00:00 PM',
    usageDimension: DIMENSION,
    usageQuantity: 7,
  })
  assert.deepEqual(event.responseElements, { meteringRecordId: record.id })
})

test('a buyer is named as the request did, but for the legacy name, which the ledger does not keep', () => {
  const named = (namedBy: 'license' | 'customerIdentifier') =>
    cloudTrailOf(auditedCall({ added: [aMeteringRecord({ namedBy })] })).requestParameters
  assert.partialDeepStrictEqual(named('license'), {
    usageRecords: [{ customerAWSAccountID: BUYER, licenseArn: licenseOf('agmt-1') }],
  })
  assert.partialDeepStrictEqual(named('customerIdentifier'), {
    usageRecords: [{ customerAWSAccountID: BUYER }],
  })
  const refused = aRefusal({
    code: 'DuplicateRecord',
    usage: aUsageRecord({ buyer: { customerIdentifier: CUSTOMER } }),
  })
  assert.partialDeepStrictEqual(
    cloudTrailOf(auditedCall({ refused: [refused] })).requestParameters,
    { usageRecords: [{ customerIdentifier: CUSTOMER }] },
  )
})

test('allocations keep their tags', () => {
  const record = aMeteringRecord({ allocations: [anAllocation(1, 'team=a'), anAllocation(2)] })
  assert.partialDeepStrictEqual(cloudTrailOf(auditedCall({ added: [record] })).requestParameters, {
    usageRecords: [
      {
        usageAllocations: [
          { allocatedUsageQuantity: 1, tags: [{ key: 'team', value: 'a' }] },
          { allocatedUsageQuantity: 2 },
        ],
      },
    ],
  })
})

function auditedCall({
  added = [],
  refused = [],
}: {
  readonly added?: AuditedCall['added']
  readonly refused?: readonly KeptRefusal[]
}): AuditedCall {
  const call = aCall()
  return {
    requestId: call.requestId,
    operation: call.operation,
    region: 'us-east-1',
    receivedAtMs: NOON,
    account: call.account,
    seller: SELLER,
    accessKeyId: call.accessKeyId,
    address: call.address,
    userAgent: call.userAgent,
    profile: call.profile,
    productCode: PRODUCT,
    added,
    refused,
  }
}

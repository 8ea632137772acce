import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AWS_2025 } from '../core/profile.ts'
import { batchMeterUsageShape } from '../wire/batch-meter-usage.ts'
import { readRequest } from '../wire/shape.ts'
import { BatchMeterUsageRequest } from './batch-meter-usage-request.ts'

const MEMBERS = {
  ProductCode: 'product',
  UsageRecords: [
    {
      Timestamp: new Date('2026-11-23T11:30:00.321Z'),
      Dimension: 'requests',
      Quantity: 3,
      UsageAllocations: [
        { AllocatedUsageQuantity: 1, Tags: [{ Key: 'team', Value: 'a' }] },
        { AllocatedUsageQuantity: 2 },
      ],
      CustomerAWSAccountId: '011122223333',
      LicenseArn: undefined,
    },
  ],
}

const WIRE = {
  ProductCode: 'product',
  UsageRecords: [
    {
      Timestamp: 1_795_433_400.321,
      Dimension: 'requests',
      Quantity: 3,
      UsageAllocations: [
        { AllocatedUsageQuantity: 1, Tags: [{ Key: 'team', Value: 'a' }] },
        { AllocatedUsageQuantity: 2 },
      ],
      CustomerAWSAccountId: '011122223333',
    },
  ],
}

test('its JSON is the wire’s: seconds, and absent members left out', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(new BatchMeterUsageRequest(MEMBERS))), WIRE)
})

test('the service reads its JSON as it was meant', () => {
  const json: unknown = JSON.parse(JSON.stringify(new BatchMeterUsageRequest(MEMBERS)))
  assert.deepEqual(readRequest(batchMeterUsageShape(AWS_2025), json), WIRE)
})

test('made from its own JSON it is the same', () => {
  const request = new BatchMeterUsageRequest(MEMBERS)
  const again = new BatchMeterUsageRequest(JSON.parse(JSON.stringify(request)) as typeof WIRE)
  assert.deepEqual(again, request)
})

test('the SDK gets dates, cut to the millisecond and never rounded up', () => {
  const Timestamp = 1_795_419_498.515_999
  const [record] = MEMBERS.UsageRecords
  const request = new BatchMeterUsageRequest({ UsageRecords: [{ ...record!, Timestamp }] })
  assert.equal(request.UsageRecords[0]?.Timestamp, Timestamp)
  assert.deepEqual(
    request.toCommandInput().UsageRecords?.[0]?.Timestamp,
    new Date(1_795_419_498_515),
  )
})

test('every date survives the way through seconds', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (Timestamp) => {
      const request = new BatchMeterUsageRequest({ UsageRecords: [{ Timestamp, Dimension: 'd' }] })
      assert.deepEqual(request.toCommandInput().UsageRecords?.[0]?.Timestamp, Timestamp)
    }),
  )
})

test('it is a copy that nobody can change', () => {
  const date = new Date(0)
  const tag = { Key: 'team', Value: 'a' }
  const record = {
    Timestamp: date,
    Dimension: 'requests',
    UsageAllocations: [{ AllocatedUsageQuantity: 0, Tags: [tag] }],
  }
  const request = new BatchMeterUsageRequest({ UsageRecords: [record] })
  const before = JSON.stringify(request)
  date.setTime(1)
  tag.Value = 'b'
  record.Dimension = 'other'
  assert.equal(JSON.stringify(request), before)
  assertFrozen(request)
})

test('it takes any iterable, and has no product code unless one was given', () => {
  const request = new BatchMeterUsageRequest({ UsageRecords: new Set(MEMBERS.UsageRecords) })
  assert.equal(request.UsageRecords.length, 1)
  assert.deepEqual(Object.keys(request), ['UsageRecords'])
})

test('a record that is no object is a TypeError', () => {
  const UsageRecords = JSON.parse('[null]') as (typeof MEMBERS)['UsageRecords']
  assert.throws(() => new BatchMeterUsageRequest({ UsageRecords }), TypeError)
})

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  assert.ok(Object.isFrozen(value))
  for (const member of Object.values(value)) assertFrozen(member)
}

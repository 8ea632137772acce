/** The shape of MeterUsage: both sides of each constraint, and the report that it makes. CONTRACT rules 11 and 53 to 58. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025 } from '../core/profile.ts'
import { BUYER } from '../testing/builders.ts'
import { meterUsageShape, toReport } from './meter-usage.ts'
import { Refused } from './refused.ts'
import { readRequest } from './shape.ts'

const REQUEST = { ProductCode: 'product', Timestamp: 1_795_435_954.5, UsageDimension: 'requests' }
const shape = meterUsageShape(AWS_2025)

/** A member in an otherwise good request, and what is said of it; `ok` where nothing is. */
const ROWS: readonly (readonly [member: string, value: unknown, answer: string])[] = [
  ['ProductCode', '', 'ok'],
  ['ProductCode', 'a'.repeat(255), 'ok'],
  [
    'ProductCode',
    'a'.repeat(256),
    "'productCode' failed to satisfy constraint: Member must have length less",
  ],
  ['ProductCode', 'a b', "'productCode' failed to satisfy constraint: Member must satisfy regular"],
  [
    'ProductCode',
    null,
    "null at 'productCode' failed to satisfy constraint: Member must not be null",
  ],
  ['Timestamp', null, "null at 'timestamp' failed to satisfy constraint: Member must not be null"],
  ['Timestamp', '2026', 'can not be converted to milliseconds since epoch'],
  ['UsageDimension', null, "null at 'usageDimension'"],
  [
    'UsageDimension',
    '',
    "'usageDimension' failed to satisfy constraint: Member must have length greater",
  ],
  ['UsageDimension', 'a'.repeat(255), 'ok'],
  ['UsageDimension', 'a'.repeat(256), "'usageDimension' failed"],
  ['UsageQuantity', 0, 'ok'],
  ['UsageQuantity', 2_147_483_647, 'ok'],
  ['UsageQuantity', -1, "'usageQuantity' failed"],
  ['UsageQuantity', 2_147_483_648, "'usageQuantity' failed"],
  ['UsageQuantity', 1.5, 'can not be converted to an Integer'],
  ['DryRun', true, 'ok'],
  ['DryRun', 'true', 'can not be converted to a Boolean'],
  ['DryRun', 1, 'can not be converted to a Boolean'],
  ['UsageAllocations', [], "'usageAllocations' failed"],
  ['UsageAllocations', [{ AllocatedUsageQuantity: 0 }], 'ok'],
  [
    'UsageAllocations',
    Array(2_501).fill({ AllocatedUsageQuantity: 0 }),
    "'usageAllocations' failed",
  ],
  ['UsageAllocations', [{}], "'usageAllocations.1.member.allocatedUsageQuantity' failed"],
  [
    'ClientToken',
    '',
    "'clientToken' failed to satisfy constraint: Member must have length greater",
  ],
  ['ClientToken', 'a', 'ok'],
  ['ClientToken', 'a'.repeat(64), 'ok'],
  [
    'ClientToken',
    'a'.repeat(65),
    "'clientToken' failed to satisfy constraint: Member must have length less",
  ],
  ['ClientToken', 5, 'can not be converted to an String'],
]

describe('a MeterUsage request', () => {
  for (const [member, value, answer] of ROWS) {
    it(`with the ${member} ${JSON.stringify(value).slice(0, 40)} is ${answer.slice(0, 40)}`, () => {
      assert.ok(
        said({ ...REQUEST, [member]: value }).includes(answer),
        said({ ...REQUEST, [member]: value }),
      )
    })
  }

  it('defaults to a quantity of zero, no allocations and no dry run', () => {
    const request = readRequest(shape, REQUEST)
    assert.deepEqual(request, { ...REQUEST, UsageQuantity: 0, DryRun: false })
    assert.deepEqual(toReport(request, BUYER), {
      productCode: 'product',
      usage: {
        buyer: { account: BUYER },
        dimension: 'requests',
        quantity: 0,
        timestampMs: 1_795_435_954_500,
      },
    })
  })

  it('keeps its allocations, with and without tags', () => {
    const UsageAllocations = [
      { AllocatedUsageQuantity: 2, Tags: [{ Key: 'team', Value: 'red' }] },
      { AllocatedUsageQuantity: 3 },
    ]
    const { usage } = toReport(readRequest(shape, { ...REQUEST, UsageAllocations }), BUYER)
    assert.deepEqual(usage.allocations, [
      { quantity: 2, tags: [{ key: 'team', value: 'red' }] },
      { quantity: 3, tags: [] },
    ])
  })
})

function said(request: Record<string, unknown>): string {
  try {
    readRequest(shape, request)
    return 'ok'
  } catch (error) {
    assert(error instanceof Refused)
    return error.refusal.message
  }
}

/**
 * MeterUsage: what refuses a report before its agreement is looked at. The caller is the seller and the product is metered by
 * batch, so nothing is ever stored; what is held, tokens and resources are meter-usage-held.ts's.
 */
import type { Case, Expected, Json, JsonObject, Plan } from '../case.ts'
import { batch, once, record, refused } from './building.ts'

const FACTS = { rules: ['11', '166'], source: 'meterUsage' } as const

const REPORT: JsonObject = {
  ProductCode: '<product>',
  Timestamp: '<now-1h>',
  UsageDimension: '<dimension>',
  UsageQuantity: 1,
}

function report(changes: JsonObject = {}, plan: Plan = {}): Plan {
  const headers = { 'x-amz-target': 'AWSMPMeteringService.MeterUsage' }
  return { body: { ...REPORT, ...changes }, ...plan, headers }
}

const INVALID_PRODUCT = refused('InvalidProductCodeException')

function breached(member: string, constraint: string): Expected {
  return refused(
    'ValidationException',
    new RegExp(`at '${member}' failed to satisfy constraint: Member must ${constraint}`),
  )
}

const rows: readonly (readonly [name: string, member: string, value: Json, expected: Expected])[] =
  [
    ['an unknown product', 'ProductCode', 'unknown', INVALID_PRODUCT],
    ['an empty product code', 'ProductCode', '', INVALID_PRODUCT],
    ['no product code', 'ProductCode', undefined, breached('productCode', 'not be null')],
    ['no timestamp', 'Timestamp', null, breached('timestamp', 'not be null')],
    ['no dimension', 'UsageDimension', undefined, breached('usageDimension', 'not be null')],
    [
      'a dimension of 0 characters',
      'UsageDimension',
      '',
      breached('usageDimension', 'have length'),
    ],
    ['a quantity of -1', 'UsageQuantity', -1, breached('usageQuantity', 'have value')],
    ['a quantity of 1.5', 'UsageQuantity', 1.5, refused('SerializationException')],
    ['a text for DryRun', 'DryRun', 'true', refused('SerializationException')],
    ['no allocations', 'UsageAllocations', [], breached('usageAllocations', 'have length')],
    ['a token of 0 characters', 'ClientToken', '', breached('clientToken', 'have length')],
    ['a token of 64 characters', 'ClientToken', 'a'.repeat(64), INVALID_PRODUCT],
    [
      'a token of 65 characters',
      'ClientToken',
      'a'.repeat(65),
      breached('clientToken', 'have length'),
    ],
  ]

/** Refused at the very end, because the buyer's agreement is over: what went before was passed. */
function lapsed(changes: JsonObject = {}): Plan {
  const product = { ProductCode: '<container>', UsageDimension: '<container.dimension>' }
  return report({ ...product, ...changes }, { sign: { key: 'lapsedBuyer' } })
}

const NOT_ENTITLED = refused('CustomerNotEntitledException')
const OUTSIDE = refused('TimestampOutOfBoundsException')
const tags = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v' }))
const allocated = (count: number, tagCount: number): JsonObject => ({
  UsageQuantity: 3,
  UsageAllocations: [{ AllocatedUsageQuantity: count, Tags: tags(tagCount) }],
})

interface LapsedRow {
  readonly name: string
  readonly rules: readonly string[]
  readonly changes?: JsonObject
  readonly expected: Expected
  readonly clock?: string
}

const FLOORING = '2026-11-23T15:30:00.000Z'

const lapsedRows: readonly LapsedRow[] = [
  { name: 'an agreement that is over', rules: ['28', '170', 'D10'], expected: NOT_ENTITLED },
  {
    name: 'the same with DryRun',
    rules: ['169'],
    changes: { DryRun: true },
    expected: NOT_ENTITLED,
  },
  {
    name: 'the greatest quantity',
    rules: ['11'],
    changes: { UsageQuantity: 2_147_483_647 },
    expected: NOT_ENTITLED,
  },
  {
    name: 'one more than the greatest quantity',
    rules: ['11', 'D6'],
    changes: { UsageQuantity: 2_147_483_648 },
    expected: refused('ValidationException'),
  },
  {
    name: 'a dimension that the product does not have',
    rules: ['22'],
    changes: { UsageDimension: 'no-such-dimension' },
    expected: refused('InvalidUsageDimensionException'),
  },
  {
    name: 'allocations of the whole quantity',
    rules: ['24'],
    changes: allocated(3, 1),
    expected: NOT_ENTITLED,
  },
  {
    name: 'allocations of one less',
    rules: ['24'],
    changes: allocated(2, 1),
    expected: refused('InvalidUsageAllocationsException'),
  },
  {
    name: 'an allocation of 5 tags',
    rules: ['23'],
    changes: allocated(3, 5),
    expected: NOT_ENTITLED,
  },
  {
    name: 'an allocation of 6 tags',
    rules: ['23'],
    changes: allocated(3, 6),
    expected: refused('InvalidTagException'),
  },
  {
    name: '6 hours less half a minute ago',
    rules: ['27', '17'],
    changes: { Timestamp: '<now-6h+30s>' },
    expected: NOT_ENTITLED,
  },
  {
    name: '6 hours and a millisecond ago',
    rules: ['27', '17'],
    changes: { Timestamp: '<now-6h-1ms>' },
    expected: OUTSIDE,
  },
  {
    name: '6 hours ago, to the millisecond',
    rules: ['27', '17'],
    changes: { Timestamp: '<now-6h>' },
    expected: NOT_ENTITLED,
    clock: FLOORING,
  },
  {
    name: '4 and a half minutes ahead',
    rules: ['27'],
    changes: { Timestamp: '<now+4m30s>' },
    expected: NOT_ENTITLED,
  },
  {
    name: '5 and a half minutes ahead',
    rules: ['27'],
    changes: { Timestamp: '<now+5m30s>' },
    expected: OUTSIDE,
  },
  {
    name: 'a dimension that there is none of comes before the window',
    rules: ['D11'],
    changes: { UsageDimension: 'no-such-dimension', Timestamp: '<now-9h>' },
    expected: refused('InvalidUsageDimensionException'),
  },
]

const byLapsedBuyer: readonly Case[] = lapsedRows.map(
  ({ name, rules: ruled, changes, expected, clock }) =>
    once(
      { ...FACTS, rules: ruled, ...(clock !== undefined && { clock }) },
      `meter: by a buyer who left, ${name}`,
      lapsed(changes),
      expected,
    ),
)

const byWrongCallers: readonly Case[] = [
  once(
    { ...FACTS, rules: ['166', '28'] },
    'meter: by a buyer of something else alone',
    report(
      { ProductCode: '<oneResource>', UsageDimension: '<oneResource.dimension>' },
      { sign: { key: 'lapsedBuyer' } },
    ),
    NOT_ENTITLED,
  ),
  once(
    { ...FACTS, rules: ['21'] },
    'meter: BatchMeterUsage of a product that MeterUsage meters',
    {
      body: {
        ...batch(record({ Dimension: '<container.dimension>' })),
        ProductCode: '<container>',
      },
    },
    INVALID_PRODUCT,
  ),
  once(
    { ...FACTS, rules: ['74'] },
    'meter: by a key of the buyer without its session token',
    report({ ProductCode: '<container>' }, { sign: { key: 'buyer', token: 'none' } }),
    { status: 'auth', type: 'UnrecognizedClientException' },
  ),
]

export const meterUsage: readonly Case[] = [
  once(
    { ...FACTS, rules: ['21'] },
    'meter: a product that BatchMeterUsage meters',
    report(),
    INVALID_PRODUCT,
  ),
  once(
    { ...FACTS, rules: ['21', '169'] },
    'meter: the same with DryRun',
    report({ DryRun: true }),
    INVALID_PRODUCT,
  ),
  ...rows.map(([name, member, value, expected]) =>
    once(FACTS, `meter: ${name}`, report({ [member]: value }), expected),
  ),
  once(
    { ...FACTS, rules: ['31', '34', 'D4'] },
    'meter: in a Region that is not served',
    report({}, { sign: { region: 'xx-nowhere-1' } }),
    refused('InvalidEndpointRegionException'),
  ),
  once(
    { ...FACTS, rules: ['D11'] },
    'meter: constraints are looked at before the Region',
    report({ ClientToken: '' }, { sign: { region: 'xx-nowhere-1' } }),
    refused('ValidationException'),
  ),
  once(
    { ...FACTS, rules: ['76', 'D11'] },
    'meter: by a key that may not',
    report({}, { sign: { key: 'restricted' } }),
    { status: 'auth', type: 'AccessDeniedException' },
  ),
  ...byLapsedBuyer,
  ...byWrongCallers,
]

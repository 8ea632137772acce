/**
 * MeterUsage: what refuses a report before its agreement is looked at. The caller is the seller and the product is metered by
 * batch, so nothing is ever stored; what is held, tokens and resources are tested in server/operations/meter-usage.test.ts.
 */
import type { Case, Expected, Json, JsonObject, Plan } from '../case.ts'
import { once, refused } from './building.ts'

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
]

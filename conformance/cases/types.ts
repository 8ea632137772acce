/**
 * JSON types of the members: a SerializationException, whatever else is wrong with the request.
 *
 * The texts are those of AWS's front end as far as anybody recorded them; only their start is compared.
 */
import type { Case, Json } from '../case.ts'
import { batch, once, record, refused, results, TAKEN } from './building.ts'

const FACTS = { rules: ['57', '58', 'D6'], source: 'siblings' } as const

const STRING_TO_INTEGER = /^class java\.lang\.String can not be converted to an Integer$/
const FRACTION =
  /^class com\.amazon\.coral\.value\.json\.numbers\.\w+ can not be converted to an Integer$/
const NUMBER_TO_STRING =
  /^class com\.amazon\.coral\.value\.json\.numbers\.\w+ can not be converted to an? String$/
const BOOLEAN_TO = /^class java\.lang\.Boolean can not be converted to /
const LIST = /^Start of list found where not expected\.?$/
const MAP = /^Start of structure or map found where not expected\.?$/

type Row = readonly [member: string, value: Json, message: RegExp]

const ofRecord: readonly Row[] = [
  ['Quantity', '5', STRING_TO_INTEGER],
  ['Quantity', 5.5, FRACTION],
  ['Quantity', 0.1, FRACTION],
  ['Quantity', -0.5, FRACTION],
  ['Quantity', true, BOOLEAN_TO],
  ['Quantity', [5], LIST],
  ['Quantity', { N: 5 }, MAP],
  [
    'Timestamp',
    '2026-11-23T15:30:00Z',
    /^class java\.lang\.String can not be converted to milliseconds since epoch$/,
  ],
  ['Timestamp', false, BOOLEAN_TO],
  ['Timestamp', [1], LIST],
  ['Timestamp', { S: 1 }, MAP],
  ['Dimension', 7, NUMBER_TO_STRING],
  ['Dimension', true, BOOLEAN_TO],
  ['Dimension', ['<dimension>'], LIST],
  ['Dimension', {}, MAP],
  ['CustomerIdentifier', 7, NUMBER_TO_STRING],
  ['CustomerAWSAccountId', 123456789012, NUMBER_TO_STRING],
  ['CustomerAWSAccountId', ['123456789012'], LIST],
  ['LicenseArn', 1, NUMBER_TO_STRING],
  ['LicenseArn', {}, MAP],
  ['UsageAllocations', 'none', /^Expected list or null$/],
  ['UsageAllocations', 1, /^Expected list or null$/],
  ['UsageAllocations', {}, MAP],
  ['UsageAllocations', ['none'], /^Expected null$/],
  ['UsageAllocations', [[]], LIST],
  ['UsageAllocations', [{ AllocatedUsageQuantity: '1' }], STRING_TO_INTEGER],
  ['UsageAllocations', [{ AllocatedUsageQuantity: 1.5 }], FRACTION],
  ['UsageAllocations', [{ AllocatedUsageQuantity: 1, Tags: 'a' }], /^Expected list or null$/],
  ['UsageAllocations', [{ AllocatedUsageQuantity: 1, Tags: {} }], MAP],
  ['UsageAllocations', [{ AllocatedUsageQuantity: 1, Tags: ['a'] }], /^Expected null$/],
  [
    'UsageAllocations',
    [{ AllocatedUsageQuantity: 1, Tags: [{ Key: 1, Value: 'a' }] }],
    NUMBER_TO_STRING,
  ],
  [
    'UsageAllocations',
    [{ AllocatedUsageQuantity: 1, Tags: [{ Key: 'a', Value: true }] }],
    BOOLEAN_TO,
  ],
]

const ofRequest: readonly Row[] = [
  ['UsageRecords', 'none', /^Expected list or null$/],
  ['UsageRecords', 1, /^Expected list or null$/],
  ['UsageRecords', {}, MAP],
  ['UsageRecords', ['none'], /^Expected null$/],
  ['UsageRecords', [1], /^Expected null$/],
  ['UsageRecords', [[]], LIST],
  ['ProductCode', 7, NUMBER_TO_STRING],
  ['ProductCode', false, BOOLEAN_TO],
  ['ProductCode', ['<product>'], LIST],
  ['ProductCode', {}, MAP],
]

const WHOLE_NUMBERS = ['5', '5.0', '5e0', '50e-1', '0', '-0', '-0.0', '2147483647.0'] as const

const NUMBERS_REFUSED = ['5.5', '5e-1', '0.30000000000000004', '1e400', '-1e400'] as const

function textOf(member: 'Quantity' | 'Timestamp', number: string): string {
  const timestamp = member === 'Timestamp' ? number : '<now-1h>'
  const quantity = member === 'Quantity' ? number : '1'
  return `{"UsageRecords":[{"Timestamp":${timestamp},"Dimension":"<dimension>","CustomerAWSAccountId":"<cancelled.account>","Quantity":${quantity}}],"ProductCode":"<product>"}`
}

const ignored: readonly (readonly [string, Json])[] = [
  ['null for a quantity', batch(record({ Quantity: null }))],
  ['no quantity', batch(record({ Quantity: undefined }))],
  ['null for allocations', batch(record({ UsageAllocations: null }))],
  [
    'null for tags',
    batch(record({ UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: null }] })),
  ],
  [
    'null for other names of the buyer',
    batch(record({ CustomerIdentifier: null, LicenseArn: null })),
  ],
  ['an unknown member of the request', { ...batch(record()), Unknown: { Deep: [[[1]]] } }],
  ['an unknown member of a record', batch(record({ Unknown: 'anything', quantity: -5 }))],
  [
    'an unknown member of an allocation',
    batch(record({ UsageAllocations: [{ AllocatedUsageQuantity: 1, Unknown: [] }] })),
  ],
  [
    'members named as in every object',
    { ...batch(record({ constructor: 1, toString: 'a' })), hasOwnProperty: true },
  ],
]

const DEEP = `${'['.repeat(5_000)}${']'.repeat(5_000)}`

export const types: readonly Case[] = [
  ...ofRecord.map(([member, value, message]) =>
    once(
      FACTS,
      `types: ${JSON.stringify(value)} for ${member}`,
      { body: batch(record({ [member]: value })) },
      refused('SerializationException', message),
    ),
  ),
  ...ofRequest.map(([member, value, message]) =>
    once(
      FACTS,
      `types: ${JSON.stringify(value)} for ${member}`,
      { body: { ...batch(record()), [member]: value } },
      refused('SerializationException', message),
    ),
  ),
  ...WHOLE_NUMBERS.map((number) =>
    once(FACTS, `types: ${number} is a whole number`, { text: textOf('Quantity', number) }, TAKEN),
  ),
  ...NUMBERS_REFUSED.map((number) =>
    once(
      FACTS,
      `types: ${number} is no quantity`,
      { text: textOf('Quantity', number) },
      refused('SerializationException'),
    ),
  ),
  once(
    FACTS,
    'types: 1e400 is no timestamp',
    { text: textOf('Timestamp', '1e400') },
    refused('SerializationException'),
  ),
  ...ignored.map(([name, body]) =>
    once({ rules: ['57'], source: 'siblings' }, `types: ${name} is passed over`, { body }, TAKEN),
  ),
  once(
    { rules: ['57'], source: 'siblings' },
    'types: deep nesting in an unknown member',
    {
      text: `{"UsageRecords":[],"ProductCode":"<product>","Unknown":${DEEP}}`,
    },
    results(),
  ),
  once(
    FACTS,
    'types: deep nesting in a known member',
    {
      text: `{"UsageRecords":${DEEP},"ProductCode":"<product>"}`,
    },
    refused('SerializationException', LIST),
  ),
]

/**
 * What becomes of a record whose hour may be held already: Success, repeated Success, DuplicateRecord.
 *
 * Each case owns its hours and always sends the same quantities there, so a second run repeats the first one's
 * facts and gets the same answers; on AWS it is billed once.
 */
import type { Case, Exchange, Expected, Json, JsonObject } from '../case.ts'
import { batch, licensed, ownRecord, pairRecord, record, refused, results } from './building.ts'

type Steps = readonly (readonly [body: JsonObject, expected: Expected])[]
type Row = readonly [rules: string, name: string, steps: Steps]

const END = { Timestamp: '<own.hour+59m59s999ms>' }
const START = { Timestamp: '<own.hour>' }
const other = ownRecord({}, 'own2')

function parts(...quantities: readonly number[]): Json {
  return quantities.map((AllocatedUsageQuantity, index) => ({
    AllocatedUsageQuantity,
    Tags: [{ Key: 'part', Value: `${index}` }],
  }))
}

const rows: readonly Row[] = [
  [
    '98 106',
    'the same again is the same id',
    [
      [batch(ownRecord()), results('Success a')],
      [batch(ownRecord()), results('Success a')],
    ],
  ],
  [
    '98 109 D5 D9',
    'any instant of one hour is the same hour',
    [
      [batch(ownRecord()), results('Success a')],
      [batch(ownRecord(START)), results('Success a')],
      [batch(ownRecord(END)), results('Success a')],
      [batch(ownRecord({ ...END, Quantity: 4 })), results('DuplicateRecord')],
    ],
  ],
  [
    '107',
    'another quantity is a duplicate, and the first one stays',
    [
      [batch(ownRecord()), results('Success a')],
      [batch(ownRecord({ Quantity: 4 })), results('DuplicateRecord')],
      [batch(ownRecord({ Quantity: 0 })), results('DuplicateRecord')],
      [batch(ownRecord()), results('Success a')],
    ],
  ],
  [
    '108 115',
    'a zero locks the hour',
    [
      [batch(ownRecord({ Quantity: 0 })), results('Success a')],
      [batch(ownRecord({ Quantity: 1 })), results('DuplicateRecord')],
    ],
  ],
  [
    '10',
    'no quantity is a quantity of 0',
    [
      [batch(ownRecord({ Quantity: undefined })), results('Success a')],
      [batch(ownRecord({ Quantity: 0 })), results('Success a')],
      [batch(ownRecord({ Quantity: null })), results('Success a')],
    ],
  ],
  [
    '111',
    'equal twins in one batch are one fact',
    [[batch(ownRecord(), ownRecord()), results('Success a', 'Success a')]],
  ],
  [
    '111',
    'of unequal twins in one batch the first counts',
    [
      [batch(ownRecord(), ownRecord({ Quantity: 4 })), results('Success a', 'DuplicateRecord')],
      [batch(ownRecord()), results('Success a')],
    ],
  ],
  [
    '114',
    'a part of an earlier batch, in another order',
    [
      [batch(ownRecord(), other), results('Success a', 'Success b')],
      [batch(other), results('Success b')],
      [batch(other, ownRecord()), results('Success b', 'Success a')],
    ],
  ],
  [
    '37 112',
    'good and bad side by side',
    [
      [
        batch(
          record(),
          ownRecord(),
          ownRecord({ Quantity: 4 }),
          record({ CustomerAWSAccountId: '000000000000' }),
        ),
        results('CustomerNotSubscribed', 'Success a', 'DuplicateRecord', 'CustomerNotSubscribed'),
      ],
      [batch(ownRecord()), results('Success a')],
    ],
  ],
  [
    '38 112',
    'a batch that is refused leaves nothing',
    [
      [
        batch(ownRecord({ Quantity: 8 }), ownRecord({ Dimension: 'nosuchdimension' })),
        refused('InvalidUsageDimensionException'),
      ],
      [
        batch(ownRecord({ Quantity: 8 }), record({ Timestamp: '<now-25h>' })),
        refused('TimestampOutOfBoundsException'),
      ],
      [batch(ownRecord()), results('Success a')],
    ],
  ],
  [
    '110 D9',
    'other allocations of the same quantity: the first ones stay',
    [
      [batch(ownRecord({ UsageAllocations: parts(1, 2) })), results('Success a')],
      [batch(ownRecord({ UsageAllocations: parts(2, 1) })), results('Success a')],
      [batch(ownRecord()), results('Success a')],
      [
        batch(ownRecord({ Quantity: 4, UsageAllocations: parts(1, 3) })),
        results('DuplicateRecord'),
      ],
    ],
  ],
]

const concurrent: readonly Row[] = [
  [
    'D3',
    'the same hour under two licenses is two facts',
    [
      [licensed(pairRecord('A'), pairRecord('B')), results('Success a', 'Success b')],
      [licensed(pairRecord('B'), pairRecord('A')), results('Success b', 'Success a')],
      [
        licensed(pairRecord('A', { Quantity: 4 }), pairRecord('B')),
        results('DuplicateRecord', 'Success b'),
      ],
    ],
  ],
]

const withCode: Row = [
  '132 D2 D3',
  'the product code beside the license changes nothing',
  [
    [licensed(pairRecord('A')), results('Success a')],
    [{ ...licensed(pairRecord('A')), ProductCode: '<concurrentProduct>' }, results('Success a')],
  ],
]

function caseOf([rules, name, steps]: Row): Case {
  return {
    name: `outcomes: ${name}`,
    rules: rules.split(' '),
    source: rules.startsWith('D') ? 'project' : 'result',
    steps: steps.map(([body, expect]): Exchange => ({ send: { body }, expect })),
  }
}

const ANOTHER_KEY: Case = {
  name: 'outcomes: a temporary key of the same seller meets the same facts',
  rules: ['D12', 'D3'],
  source: 'project',
  steps: [
    { send: { body: batch(ownRecord()) }, expect: results('Success a') },
    {
      send: { body: batch(ownRecord()), sign: { key: 'temporary' } },
      expect: results('Success a'),
    },
  ],
}

export const outcomes: readonly Case[] = [
  ...[...rows, ...concurrent].map(caseOf),
  { ...caseOf(withCode), profile: 'aws-2025' },
  ANOTHER_KEY,
]

/** Usage allocations and their tags: characters, counts, sets and sums. */
import type { Case, Expected, Json } from '../case.ts'
import { batch, once, record, refused, TAKEN } from './building.ts'

const BAD_TAG = refused('InvalidTagException')
const BAD_SUM = refused('InvalidUsageAllocationsException')

type Tags = readonly (readonly [key: string, value: string])[]
type Row = readonly [
  rule: string,
  name: string,
  quantity: Json,
  parts: readonly Part[],
  expected: Expected,
]
type Part = readonly [quantity: number, tags?: Tags]

const QUANTITY_MAX = 2_147_483_647

/** The published class of characters; ` -=` is a range, so punctuation from blank to `=` passes. */
const ALLOWED = ['aZ09', '+ -=._:/@', '!"#$%&\'()*+,;<', ' '] as const
const FORBIDDEN = [
  '>',
  '?',
  '[',
  '\\',
  ']',
  '^',
  '`',
  '{',
  '|',
  '}',
  '~',
  '\t',
  '\n',
  '\u0000',
  'é',
  '😀',
  '\ud800',
] as const

function keys(count: number): Tags {
  return Array.from({ length: count }, (_, index) => [`k${index}`, 'v'] as const)
}

const rows: readonly Row[] = [
  ['119', 'one part that is the whole', 5, [[5]], TAKEN],
  [
    '119',
    'two parts that add up',
    5,
    [
      [2, [['a', '1']]],
      [3, [['a', '2']]],
    ],
    TAKEN,
  ],
  [
    '119',
    'a part of 0',
    5,
    [
      [0, [['a', '1']]],
      [5, [['a', '2']]],
    ],
    TAKEN,
  ],
  ['119', 'a sum one too small', 5, [[4]], BAD_SUM],
  ['119', 'a sum one too large', 5, [[6]], BAD_SUM],
  ['119', 'no quantity and a part of 0', undefined, [[0]], TAKEN],
  ['119', 'no quantity and a part of 1', undefined, [[1]], BAD_SUM],
  [
    '119',
    'two parts that add up to the largest quantity',
    QUANTITY_MAX,
    [[QUANTITY_MAX - 1, [['a', '1']]], [1]],
    TAKEN,
  ],
  [
    '119',
    'a sum that is right only in 32 bits',
    0,
    [
      [QUANTITY_MAX, [['a', '1']]],
      [QUANTITY_MAX, [['a', '2']]],
      [2, [['a', '3']]],
    ],
    BAD_SUM,
  ],
  ['120', 'one part without tags beside one with', 5, [[2], [3, [['a', '1']]]], TAKEN],
  ['120', 'two parts without tags', 5, [[2], [3]], BAD_SUM],
  [
    '120',
    'two parts with the same tags',
    5,
    [
      [2, [['a', '1']]],
      [3, [['a', '1']]],
    ],
    BAD_SUM,
  ],
  [
    '120',
    'two parts with the same tags in another order',
    5,
    [
      [
        2,
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ],
      [
        3,
        [
          ['b', '2'],
          ['a', '1'],
        ],
      ],
    ],
    BAD_SUM,
  ],
  [
    '120',
    'the same key with another value',
    5,
    [
      [2, [['a', '1']]],
      [3, [['a', '2']]],
    ],
    TAKEN,
  ],
  [
    '120',
    'keys and values that only look alike when joined',
    5,
    [
      [2, [['a', 'b:c']]],
      [3, [['a:b', 'c']]],
    ],
    TAKEN,
  ],
  [
    '120',
    'values in other letters',
    5,
    [
      [2, [['a', 'x']]],
      [3, [['a', 'X']]],
    ],
    TAKEN,
  ],
  [
    '121',
    'one key twice in one part',
    5,
    [
      [
        5,
        [
          ['a', '1'],
          ['a', '2'],
        ],
      ],
    ],
    BAD_TAG,
  ],
  ['123', '5 tags', 5, [[5, keys(5)]], TAKEN],
  ['123', '6 tags', 5, [[5, keys(6)]], BAD_TAG],
  [
    '124',
    '5 keys over two parts',
    5,
    [
      [2, keys(5)],
      [3, keys(4)],
    ],
    TAKEN,
  ],
  [
    '124',
    '6 keys over two parts',
    5,
    [
      [2, keys(5)],
      [3, [['k5', 'v']]],
    ],
    BAD_TAG,
  ],
]

function usage(quantity: Json, parts: readonly Part[]): Json {
  const UsageAllocations = parts.map(([AllocatedUsageQuantity, tags]) => ({
    AllocatedUsageQuantity,
    Tags: tags?.map(([Key, Value]) => ({ Key, Value })),
  }))
  return record({ Quantity: quantity, UsageAllocations })
}

function characters(text: string, expected: Expected): readonly Case[] {
  const facts = { rules: ['6', '125'], source: 'tag' } as const
  const named = JSON.stringify(text)
  return [
    once(
      facts,
      `allocations: ${named} in a key`,
      { body: batch(usage(1, [[1, [[`k${text}`, 'v']]]])) },
      expected,
    ),
    once(
      facts,
      `allocations: ${named} in a value`,
      { body: batch(usage(1, [[1, [['k', `v${text}`]]]])) },
      expected,
    ),
  ]
}

export const allocations: readonly Case[] = [
  ...rows.map(([rule, name, quantity, parts, expected]) =>
    once(
      { rules: [rule], source: 'record' },
      `allocations: ${name}`,
      { body: batch(usage(quantity, parts)) },
      expected,
    ),
  ),
  ...ALLOWED.flatMap((text) => characters(text, TAKEN)),
  ...FORBIDDEN.flatMap((text) => characters(text, BAD_TAG)),
]

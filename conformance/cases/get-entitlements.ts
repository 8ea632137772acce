/** GetEntitlements, in AWS JSON and in CBOR: who has what, by which filters, page by page; what is refused, and before what. */
import type { Case, EntitlementRole, Exchange, Expected, Json, JsonObject, Plan } from '../case.ts'
import { once, refused } from './building.ts'

const FACTS = { rules: ['15', '153', '155'], source: 'getEntitlements' } as const

const INVALID = refused('InvalidParameterException')
const WRONG_TYPE = refused('SerializationException')

export function asked(body: Json, plan: Plan = {}): Plan {
  const headers = { 'x-amz-target': 'AWSMPEntitlementService.GetEntitlements', ...plan.headers }
  return { body, ...plan, headers }
}

const CBOR_HEADERS = {
  'x-amz-target': null,
  'content-type': 'application/cbor',
  accept: 'application/cbor',
  'smithy-protocol': 'rpc-v2-cbor',
}
const CBOR_PATH = '/service/AWSMPEntitlementService/operation/GetEntitlements'

export function askedInCbor(cbor: Json, plan: Plan = {}): Plan {
  const headers = { ...CBOR_HEADERS, ...plan.headers }
  return { cbor, path: CBOR_PATH, ...plan, headers }
}

const good = { ProductCode: 'nosuchproduct' }
const accounts = { CUSTOMER_AWS_ACCOUNT_ID: ['<active.account>'] }

const rows: readonly (readonly [name: string, body: Json, expected: Expected])[] = [
  ['an unknown product', good, INVALID],
  ['somebody else’s product', { ProductCode: '<otherProduct>' }, INVALID],
  ['no product code', {}, INVALID],
  ['a product code of 0 characters', { ProductCode: '' }, INVALID],
  ['a product code of 256 characters', { ProductCode: 'p'.repeat(256) }, INVALID],
  ['0 a page', { ...good, MaxResults: 0 }, INVALID],
  ['26 a page', { ...good, MaxResults: 26 }, INVALID],
  ['a token that was made up', { ...good, NextToken: 'made-up' }, INVALID],
  ['a token with a blank', { ...good, NextToken: 'a b' }, INVALID],
  ['a filter that there is none of', { ...good, Filter: { BUYER: ['a'] } }, INVALID],
  ['a filter of 0 values', { ...good, Filter: { DIMENSION: [] } }, INVALID],
  [
    'accounts and customer identifiers together',
    { ...good, Filter: { ...accounts, CUSTOMER_IDENTIFIER: ['c'] } },
    INVALID,
  ],
  ['a number for a product code', { ProductCode: 5 }, WRONG_TYPE],
  ['a list for a filter', { ...good, Filter: [] }, WRONG_TYPE],
  ['a text for a filter’s values', { ...good, Filter: { DIMENSION: 'a' } }, WRONG_TYPE],
]

/** The two spellings of one question. Each answer must be the same but for its own. */
const PROTOCOLS = [
  { spelled: '', ask: asked, rules: [] },
  { spelled: ', in CBOR', ask: askedInCbor, rules: ['16', '156'] },
] as const

const bad: readonly Case[] = PROTOCOLS.flatMap(({ spelled, ask, rules }) =>
  rows.map(([name, body, expected]) =>
    once(
      { ...FACTS, rules: [...FACTS.rules, ...rules] },
      `entitlements: ${name}${spelled}`,
      ask(body),
      expected,
    ),
  ),
)

const order: readonly Case[] = [
  once(
    { ...FACTS, rules: ['79'] },
    'entitlements: by a key that may not ask',
    asked({}, { sign: { key: 'restricted' } }),
    { status: 'auth', type: 'AccessDeniedException' },
  ),
  once(
    { ...FACTS, rules: ['71', 'D11'] },
    'entitlements: a Region that is not served is a wrong scope, looked at before the body',
    asked({}, { sign: { region: 'xx-nowhere-1' } }),
    { status: 'auth', type: 'InvalidSignatureException' },
  ),
  once(
    { ...FACTS, rules: ['63'] },
    'entitlements: not an operation of the metering service',
    asked(good, { headers: { 'x-amz-target': 'AWSMPMeteringService.GetEntitlements' } }),
    refused('UnknownOperationException'),
  ),
]

interface Told {
  readonly name: string
  readonly rules: readonly string[]
  readonly filter?: JsonObject
  /** Who has what, of those asked for. */
  readonly of: readonly EntitlementRole[]
}

const FIRST = ['<contract.first.account>']
const BOTH = ['<contract.second.account>', '<contract.first.account>']
const DIMENSION = ['<contract.first.dimension>']
const NOBODY = ['999999999999']

const told: readonly Told[] = [
  {
    name: 'all that is in force, with values of each type and the day on which they end',
    rules: ['15', '156'],
    of: ['first', 'second'],
  },
  {
    name: 'of an account',
    rules: ['153'],
    filter: { CUSTOMER_AWS_ACCOUNT_ID: FIRST },
    of: ['first'],
  },
  {
    name: 'of any of two accounts',
    rules: ['153'],
    filter: { CUSTOMER_AWS_ACCOUNT_ID: [...BOTH, ...NOBODY] },
    of: ['first', 'second'],
  },
  {
    name: 'of a customer identifier',
    rules: ['153'],
    filter: { CUSTOMER_IDENTIFIER: ['<contract.second.customerIdentifier>'] },
    of: ['second'],
  },
  {
    name: 'of a license',
    rules: ['153'],
    filter: { LICENSE_ARN: ['<contract.first.licenseArn>'] },
    of: ['first'],
  },
  {
    name: 'of a dimension, of every buyer',
    rules: ['153'],
    filter: { DIMENSION },
    of: ['first.0', 'second.0'],
  },
  {
    name: 'of an account and a dimension',
    rules: ['153'],
    filter: { CUSTOMER_AWS_ACCOUNT_ID: FIRST, DIMENSION },
    of: ['first.0'],
  },
  {
    name: 'of a customer identifier and a license of another buyer: nothing',
    rules: ['153', '154'],
    filter: {
      CUSTOMER_IDENTIFIER: ['<contract.first.customerIdentifier>'],
      LICENSE_ARN: ['<contract.second.licenseArn>'],
    },
    of: [],
  },
  {
    name: 'of a dimension that there is none of: nothing',
    rules: ['153', '154'],
    filter: { DIMENSION: ['no-such-dimension'] },
    of: [],
  },
  {
    name: 'of an account that bought nothing: nothing, and no empty list',
    rules: ['154'],
    filter: { CUSTOMER_AWS_ACCOUNT_ID: NOBODY },
    of: [],
  },
  {
    name: 'of an agreement that is over: nothing',
    rules: ['15'],
    filter: { LICENSE_ARN: ['<contract.ended.licenseArn>'] },
    of: [],
  },
]

const CONTRACT = { ProductCode: '<contract>' }

const answers: readonly Case[] = PROTOCOLS.flatMap(({ spelled, ask, rules }) =>
  told.map(({ name, rules: ruled, filter, of }) =>
    once(
      { ...FACTS, rules: [...ruled, ...rules] },
      `entitlements: ${name}${spelled}`,
      ask({ ...CONTRACT, Filter: filter }),
      { entitlements: of },
    ),
  ),
)

const ALL: readonly EntitlementRole[] = ['first', 'second']
const onePage = { entitlements: ALL, count: 2, isMore: true } as const

const NEXT = { ...CONTRACT, MaxResults: 2, NextToken: '<next>' }

/** Five entitlements, two a page. A token goes on in either protocol. */
const pages: readonly Case[] = [
  ...PROTOCOLS.map(({ spelled, ask, rules }): Case => ({
    ...FACTS,
    name: `entitlements: page by page, each one once${spelled}`,
    rules: ['15', '154', ...rules],
    steps: [
      { send: ask({ ...CONTRACT, MaxResults: 2 }), expect: onePage },
      { send: ask(NEXT), expect: onePage },
      { send: ask(NEXT), expect: { entitlements: ALL, count: 1 } },
    ],
  })),
  {
    ...FACTS,
    name: 'entitlements: pages begun in JSON go on in CBOR, and back',
    rules: ['16', '154'],
    source: 'project',
    steps: [
      { send: asked({ ...CONTRACT, MaxResults: 2 }), expect: onePage },
      { send: askedInCbor(NEXT), expect: onePage },
      { send: asked(NEXT), expect: { entitlements: ALL, count: 1 } },
    ],
  },
  {
    ...FACTS,
    name: 'entitlements: a page of exactly all is the last',
    rules: ['15', '154'],
    steps: [{ send: asked({ ...CONTRACT, MaxResults: 5 }), expect: { entitlements: ALL } }],
  },
  {
    ...FACTS,
    name: 'entitlements: a token is for the question that it was given for',
    rules: ['155'],
    source: 'project',
    steps: [
      { send: asked({ ...CONTRACT, MaxResults: 2 }), expect: onePage },
      refusedStep({ ...NEXT, Filter: { DIMENSION } }),
    ],
  },
  {
    ...FACTS,
    name: 'entitlements: a token is for the seller that it was given to',
    rules: ['155'],
    source: 'project',
    steps: [
      { send: asked({ ...CONTRACT, MaxResults: 2 }), expect: onePage },
      refusedStep({ ...NEXT, ProductCode: '<otherProduct>' }, { sign: { key: 'otherSeller' } }),
    ],
  },
]

function refusedStep(body: Json, plan?: Plan): Exchange {
  return { send: asked(body, plan), expect: INVALID }
}

const SECOND = '<contract.second.licenseArn>'

const others: readonly Case[] = [
  {
    ...FACTS,
    name: 'entitlements: a suspended agreement entitles to nothing, until it goes on',
    rules: ['15'],
    source: 'project',
    steps: [
      { catalog: 'suspend', licenseArn: SECOND },
      { send: asked(CONTRACT), expect: { entitlements: ['first'] } },
      { catalog: 'resume', licenseArn: SECOND },
      { send: asked(CONTRACT), expect: { entitlements: ALL } },
    ],
  },
  once(
    { ...FACTS, rules: ['155'] },
    'entitlements: a product that is not sold by contract',
    asked({ ProductCode: '<product>' }),
    INVALID,
  ),
  once(
    { ...FACTS, rules: ['155'] },
    'entitlements: by another seller',
    asked(CONTRACT, { sign: { key: 'otherSeller' } }),
    INVALID,
  ),
  once(
    { ...FACTS, rules: ['155'] },
    'entitlements: by the buyer',
    asked(CONTRACT, { sign: { key: 'buyerUnlabelled' } }),
    INVALID,
  ),
]

const UNKNOWN = refused('UnknownOperationException')

const cborRows: readonly (readonly [name: string, plan: Plan, expected: Expected])[] = [
  ['no CBOR at all', { ...askedInCbor({}), base64: '/w==' }, WRONG_TYPE],
  ['no body', { ...askedInCbor({}), base64: '' }, WRONG_TYPE],
  ['a map that is cut off', { ...askedInCbor(CONTRACT), cutBytes: 1 }, WRONG_TYPE],
  ['JSON for CBOR', { ...askedInCbor({}), text: '{"ProductCode":"<contract>"}' }, WRONG_TYPE],
  ['a list for the body', askedInCbor([]), WRONG_TYPE],
  [
    'a wrong secret',
    askedInCbor(CONTRACT, { sign: { secret: 'wrong' } }),
    { status: 'auth', type: 'InvalidSignatureException' },
  ],
  [
    'a target beside the path',
    askedInCbor(CONTRACT, {
      headers: { 'x-amz-target': 'AWSMPEntitlementService.GetEntitlements' },
    }),
    UNKNOWN,
  ],
  ['another path', askedInCbor(CONTRACT, { path: '/' }), UNKNOWN],
  [
    'an operation of the metering service, which has no CBOR',
    askedInCbor({}, { path: '/service/AWSMPMeteringService/operation/ResolveCustomer' }),
    UNKNOWN,
  ],
  [
    'another content type',
    askedInCbor(CONTRACT, { headers: { 'content-type': 'application/json' } }),
    { status: 404, type: 'UnknownOperationException' },
  ],
]

const cbor: readonly Case[] = [
  ...cborRows.map(([name, plan, expected]) =>
    once({ ...FACTS, rules: ['16', '156'] }, `entitlements, in CBOR: ${name}`, plan, expected),
  ),
  once(
    { ...FACTS, rules: ['16'] },
    'entitlements, in CBOR: behind a prefix of the endpoint',
    askedInCbor(CONTRACT, { path: `/a/prefix${CBOR_PATH}` }),
    { entitlements: ALL },
  ),
]

export const getEntitlements: readonly Case[] = [
  ...bad,
  ...order,
  ...answers,
  ...pages,
  ...others,
  ...cbor,
]

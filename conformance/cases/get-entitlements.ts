/** GetEntitlements: what is refused, and before what. What it answers, tests of the service itself show: no binding names a contract. */
import type { Case, Expected, Json, Plan } from '../case.ts'
import { once, refused } from './building.ts'

const FACTS = { rules: ['15', '153', '155'], source: 'getEntitlements' } as const

const INVALID = refused('InvalidParameterException')
const WRONG_TYPE = refused('SerializationException')

function asked(body: Json, plan: Plan = {}): Plan {
  const headers = { 'x-amz-target': 'AWSMPEntitlementService.GetEntitlements', ...plan.headers }
  return { body, ...plan, headers }
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

const bad: readonly Case[] = rows.map(([name, body, expected]) =>
  once(FACTS, `entitlements: ${name}`, asked(body), expected),
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

export const getEntitlements: readonly Case[] = [...bad, ...order]

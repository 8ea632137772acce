import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EntitlementValue } from '../core/entitlement.ts'
import type { Dimension } from '../core/usage.ts'
import { anAgreement, at, BUYER, CUSTOMER, licenseOf, PRODUCT } from '../testing/builders.ts'
import {
  getEntitlementsAnswer,
  getEntitlementsShape,
  toEntitlementsAsked,
} from './get-entitlements.ts'
import { Refused } from './refused.ts'
import { readRequest } from './shape.ts'

function read(body: unknown) {
  const request = readRequest(getEntitlementsShape, body, 'InvalidParameterException')
  return toEntitlementsAsked(request)
}

describe('a request', () => {
  const accounts = { CUSTOMER_AWS_ACCOUNT_ID: [BUYER] }
  const good = { ProductCode: 'p' }
  const TAKEN: readonly (readonly [string, object])[] = [
    ['a product code alone', good],
    ['a product code of 255 characters', { ProductCode: 'p'.repeat(255) }],
    ['a product code of any characters', { ProductCode: ' é' }],
    ['an empty filter', { ...good, Filter: {} }],
    ['a filter without values', { ...good, Filter: { DIMENSION: null } }],
    ['two filters', { ...good, Filter: { ...accounts, DIMENSION: ['a', ''] } }],
    ['1 a page', { ...good, MaxResults: 1 }],
    ['25 a page', { ...good, MaxResults: 25 }],
    ['null for what is left out', { ...good, Filter: null, NextToken: null, MaxResults: null }],
    ['members nobody knows', { ...good, Other: [{}] }],
  ]
  for (const [name, body] of TAKEN) it(`with ${name} is taken`, () => void read(body))

  const invalid = 'InvalidParameterException'
  const REFUSED: readonly (readonly [string, unknown, string, RegExp])[] = [
    ['no product code', {}, invalid, /at 'productCode' .* must not be null/],
    ['an empty product code', { ProductCode: '' }, invalid, /greater than or equal to 1/],
    ['256 characters', { ProductCode: 'p'.repeat(256) }, invalid, /less than or equal to 255/],
    ['0 a page', { ...good, MaxResults: 0 }, invalid, /'maxResults' .* greater than or equal to 1/],
    ['26 a page', { ...good, MaxResults: 26 }, invalid, /less than or equal to 25/],
    ['a token with a blank', { ...good, NextToken: 'a b' }, invalid, /pattern: \^\\S\+\$/],
    ['an empty token', { ...good, NextToken: '' }, invalid, /pattern/],
    [
      'an unknown filter',
      { ...good, Filter: { dimension: ['a'] } },
      invalid,
      /enum value set: \[CU/,
    ],
    ['a filter of no values', { ...good, Filter: { DIMENSION: [] } }, invalid, /DIMENSION.member/],
    ['a null value', { ...good, Filter: { DIMENSION: [null] } }, invalid, /must not be null/],
    [
      'two kinds of names of buyers',
      { ...good, Filter: { ...accounts, CUSTOMER_IDENTIFIER: ['c'] } },
      invalid,
      /cannot be combined/,
    ],
    ['a number as product code', { ProductCode: 1 }, 'SerializationException', /String/],
    ['a filter that is a list', { ...good, Filter: [] }, 'SerializationException', /list/],
    [
      'a value that is a text',
      { ...good, Filter: { DIMENSION: 'a' } },
      'SerializationException',
      /list/,
    ],
    ['a page of one and a half', { ...good, MaxResults: 1.5 }, 'SerializationException', /Integer/],
  ]
  for (const [name, body, code, message] of REFUSED) {
    it(`with ${name} is ${code}`, () => {
      assert.throws(
        () => read(body),
        (error) => {
          assert.ok(error instanceof Refused)
          assert.equal(error.refusal.code, code)
          assert.match(error.refusal.message, message)
          return true
        },
      )
    })
  }

  it('has 25 a page unless it says another number', () => {
    assert.equal(read(good).countMax, 25)
    assert.equal(read({ ...good, MaxResults: 3 }).countMax, 3)
  })

  it('may name what every object has, and asks for nothing by it', () => {
    const filter = JSON.parse('{"__proto__":["x"]}') as unknown
    assert.throws(() => read({ ...good, Filter: filter }), Refused)
    assert.deepEqual(read({ ...good, Filter: {} }).filter, {})
  })
})

describe('the answer', () => {
  const RULES = { noEntitlements: 'absent' } as const
  const agreement = anAgreement({ endMs: at('2026-12-01T00:00:00.321Z') })

  function answerWith(value: EntitlementValue, endless = false): unknown {
    const { endMs, ...open } = agreement
    assert.ok(endMs)
    const entitlement = { dimension: 'seats' as Dimension, ...value }
    const held = endless ? open : agreement
    const item = { agreement: held, entitlement, customerIdentifier: CUSTOMER }
    return JSON.parse(JSON.stringify(getEntitlementsAnswer([item], undefined, RULES)))
  }

  const VALUES = [
    [{ integer: 5 }, { IntegerValue: 5 }],
    [{ integer: 0 }, { IntegerValue: 0 }],
    [{ double: 1.5 }, { DoubleValue: 1.5 }],
    [{ double: 2 }, { DoubleValue: 2 }],
    [{ boolean: false }, { BooleanValue: false }],
    [{ string: 'gold' }, { StringValue: 'gold' }],
  ] as const
  for (const [value, Value] of VALUES) {
    it(`has ${JSON.stringify(Value)} and a date that is a number`, () => {
      assert.deepEqual(answerWith(value), {
        Entitlements: [
          {
            ProductCode: PRODUCT,
            Dimension: 'seats',
            CustomerIdentifier: CUSTOMER,
            CustomerAWSAccountId: BUYER,
            Value,
            ExpirationDate: 1796083200.321,
            LicenseArn: licenseOf('agmt-1'),
          },
        ],
      })
    })
  }

  it('has no date where there is none', () => {
    assert.doesNotMatch(JSON.stringify(answerWith({ integer: 5 }, true)), /ExpirationDate/)
  })

  it('is empty where there is nothing, or has an empty list, as the profile says', () => {
    assert.deepEqual(getEntitlementsAnswer([], undefined, RULES), {})
    assert.deepEqual(getEntitlementsAnswer([], 'next', RULES), { NextToken: 'next' })
    assert.deepEqual(getEntitlementsAnswer([], undefined, { noEntitlements: 'empty' }), {
      Entitlements: [],
    })
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAccountId, parseQuantity, parseRegion, QUANTITY_MAX } from './usage.ts'

describe('an account', () => {
  const accepted = ['111122223333', '000000000000']
  const refused = [
    '11112222333',
    '1111222233334',
    '11112222333x',
    ' 111122223333',
    '111122223333\n',
    '',
  ]
  for (const text of accepted) it(`is ${text}`, () => assert.equal(parseAccountId(text), text))
  for (const text of refused) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseAccountId(text), undefined))
  }
})

describe('a Region', () => {
  const accepted = [
    'us-east-1',
    'ap-southeast-4',
    'us-gov-west-1',
    'cn-northwest-1',
    'eusc-de-east-1',
  ]
  const refused = [
    '',
    'us',
    'us-east',
    'US-EAST-1',
    'us-east-1 ',
    'us_east_1',
    'us-east-123',
    '-east-1',
  ]
  for (const text of accepted) it(`is ${text}`, () => assert.equal(parseRegion(text), text))
  for (const text of refused) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseRegion(text), undefined))
  }
})

describe('a quantity', () => {
  const accepted = [0, 1, QUANTITY_MAX - 1, QUANTITY_MAX]
  const refused = [-1, 0.5, QUANTITY_MAX + 1, Number.NaN, Infinity]
  for (const value of accepted) it(`is ${value}`, () => assert.equal(parseQuantity(value), value))
  for (const value of refused) {
    it(`is not ${value}`, () => assert.equal(parseQuantity(value), undefined))
  }
})

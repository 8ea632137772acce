import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ACCOUNT,
  AGREEMENT,
  CUSTOMER,
  DIMENSION,
  LICENSE,
  LONG_TERM_KEY_ID,
  type NameRule,
  newNames,
  OPERATION,
  PRICE_TEXT,
  PRODUCT,
  RECORD_ID,
  REGION,
  SHOWN_TEXT,
  TEMPORARY_KEY_ID,
} from './catalog-names.ts'

const ARN = 'arn:aws:license-manager::123456789012:license:l-1'

const TABLE: readonly (readonly [
  string,
  NameRule<string>,
  readonly string[],
  readonly string[],
])[] = [
  ['account', ACCOUNT, ['000000000000'], ['00000000000', '0000000000000', '00000000000a', '']],
  ['product', PRODUCT, ['a', 'a'.repeat(255), '-/=:_.@'], ['', 'a'.repeat(256), 'a b', 'a#b']],
  ['customer', CUSTOMER, ['X01', '~', 'a'.repeat(255)], ['', 'a b', 'é', 'a'.repeat(256)]],
  ['agreement', AGREEMENT, ['agmt-1'], ['agmt-', 'agmt-A', `agmt-${'a'.repeat(65)}`]],
  ['license', LICENSE, [ARN, ARN.replace('aws', 'aws-cn')], [ARN.slice(4), `${ARN}#`, '']],
  ['dimension', DIMENSION, [' ', 'a\nb', '度', 'a'.repeat(255)], ['', 'a'.repeat(256), '\ud83d']],
  ['operation', OPERATION, ['BatchMeterUsage', 'MeterUsage'], ['batchMeterUsage', 'Nonsense', '']],
  ['region', REGION, ['us-east-1', 'us-gov-west-1'], ['us-east', 'US-EAST-1', 'x', '']],
  [
    'record id',
    RECORD_ID,
    ['0798f11a-3c4d-8000-9e5f-0123456789ab'],
    [
      '0798F11A-3C4D-8000-9E5F-0123456789AB',
      '0798f11a-3c4d-4000-9e5f-0123456789ab',
      '0798f11a-3c4d-8000-ce5f-0123456789ab',
      'nope',
    ],
  ],
  [
    'key',
    LONG_TERM_KEY_ID,
    ['AKIAAAAAAAAAAAAA'],
    ['AKIAAAAAAAAAAAA', 'ASIAAAAAAAAAAAAA', 'akiaaaaaaaaaaaaa'],
  ],
  ['temporary key', TEMPORARY_KEY_ID, ['ASIAAAAAAAAAAAAA'], ['AKIAAAAAAAAAAAAA']],
  ['price', PRICE_TEXT, ['0', '0.001', '999999999999.999'], ['0.0001', '-1', '1e3', '.5', '1.']],
  ['shown text', SHOWN_TEXT, ['', 'a'.repeat(1_000), 'é度'], ['a'.repeat(1_001), 'a\tb', '\ud83d']],
]

for (const [name, rule, good, bad] of TABLE) {
  test(`${name}: what is taken, and what is not`, () => {
    for (const text of good) assert.equal(rule.parse(text), text)
    for (const text of bad) assert.equal(rule.parse(text), undefined, JSON.stringify(text))
  })
}

test('made names look like AWS’s and pass the rules that given ones pass', () => {
  let drawn = 0
  const names = newNames((limit) => drawn++ % limit)
  assert.match(names.productCode(), /^[a-z0-9]{25}$/)
  assert.match(names.customerIdentifier(), /^[A-Z0-9]{11}$/)
  assert.ok(AGREEMENT.parse(names.agreementId()))
  assert.ok(LICENSE.parse(names.licenseArn()))
  assert.match(names.licenseArn(), /:license:l-[0-9a-f]{32}$/)
})

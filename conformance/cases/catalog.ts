/** Products, licenses, customers and dimensions: whose they are, and what is not known. */
import type { Case, Expected, JsonObject } from '../case.ts'
import { batch, licensed, once, record, refused, results, TAKEN } from './building.ts'

type Row = readonly [rules: string, name: string, body: JsonObject, expected: Expected]

const NO_PRODUCT = refused('InvalidProductCodeException')
const NO_LICENSE = refused('InvalidLicenseException')
const NO_CUSTOMER = refused('InvalidCustomerIdentifierException')
const NO_DIMENSION = refused('InvalidUsageDimensionException')

const by = (identifier: string): JsonObject => ({
  CustomerAWSAccountId: undefined,
  CustomerIdentifier: identifier,
})

const licenseA: JsonObject = {
  CustomerAWSAccountId: '<concurrent.account>',
  LicenseArn: '<concurrent.licenseA>',
  Dimension: '<concurrentDimension>',
}

const UNKNOWN_ARN =
  'arn:aws:license-manager::123456789012:license:l-ffffffffffffffffffffffffffffffff'

const rows: readonly Row[] = [
  ['21', 'an unknown product', { ...batch(record()), ProductCode: 'nosuchproduct' }, NO_PRODUCT],
  [
    '21',
    'a product in other letters',
    { ...batch(record()), ProductCode: '<product.upperCase>' },
    NO_PRODUCT,
  ],
  [
    '21',
    'an entity id for a product code',
    { ...batch(record()), ProductCode: 'prod-abcdefghijklm' },
    NO_PRODUCT,
  ],
  [
    '137',
    'another seller’s product',
    { ...batch(record()), ProductCode: '<otherProduct>' },
    NO_PRODUCT,
  ],
  [
    '118',
    'an unknown product and no records',
    { UsageRecords: [], ProductCode: 'nosuchproduct' },
    NO_PRODUCT,
  ],
  ['26 42', 'an unknown license', licensed(record({ LicenseArn: UNKNOWN_ARN })), NO_LICENSE],
  [
    '137',
    'another seller’s license',
    licensed(
      record({
        CustomerAWSAccountId: '<otherProduct.account>',
        LicenseArn: '<otherProduct.licenseArn>',
      }),
    ),
    NO_LICENSE,
  ],
  [
    '26 42',
    'another buyer’s license',
    licensed({ ...record(licenseA), CustomerAWSAccountId: '<active.account>' }),
    NO_LICENSE,
  ],
  [
    '26 136',
    'licenses of two products',
    licensed(
      record(licenseA),
      record({ CustomerAWSAccountId: '<active.account>', LicenseArn: '<active.licenseArn>' }),
    ),
    NO_LICENSE,
  ],
  [
    'D3',
    'a product with concurrent agreements by its code alone',
    {
      UsageRecords: [
        record({
          CustomerAWSAccountId: '<concurrent.account>',
          Dimension: '<concurrentDimension>',
        }),
      ],
      ProductCode: '<concurrentProduct>',
    },
    NO_LICENSE,
  ],
  [
    'D3',
    'a product with concurrent agreements by customer identifier',
    {
      UsageRecords: [
        record({ ...by('<concurrent.customerIdentifier>'), Dimension: '<concurrentDimension>' }),
      ],
      ProductCode: '<concurrentProduct>',
    },
    NO_LICENSE,
  ],
  [
    '40',
    'a customer identifier that nobody ever had',
    batch(record(by('NoSuchCustomer'))),
    NO_CUSTOMER,
  ],
  [
    '40',
    'a customer identifier in other letters',
    batch(record(by('<active.customerIdentifier.lowerCase>'))),
    NO_CUSTOMER,
  ],
  [
    '40',
    'an unknown customer identifier among known ones',
    batch(record(by('<cancelled.customerIdentifier>')), record(by('NoSuchCustomer'))),
    NO_CUSTOMER,
  ],
  [
    '41',
    'an account that bought nothing',
    batch(record({ CustomerAWSAccountId: '000000000000' })),
    TAKEN,
  ],
  [
    '41',
    'an account that bought nothing, among others',
    batch(record(), record({ CustomerAWSAccountId: '000000000000' })),
    results('CustomerNotSubscribed', 'CustomerNotSubscribed'),
  ],
  ['22', 'an unknown dimension', batch(record({ Dimension: 'nosuchdimension' })), NO_DIMENSION],
  [
    '22',
    'a dimension in other letters',
    batch(record({ Dimension: '<dimension.otherCase>' })),
    NO_DIMENSION,
  ],
  [
    '22',
    'a dimension with a blank behind',
    batch(record({ Dimension: '<dimension.blankBehind>' })),
    NO_DIMENSION,
  ],
  [
    '22 38',
    'an unknown dimension in the last of 25 records',
    batch(...Array.from({ length: 24 }, () => record()), record({ Dimension: 'nosuchdimension' })),
    NO_DIMENSION,
  ],
  [
    '22',
    'an unknown dimension of a buyer who is not subscribed',
    batch(record({ Dimension: 'nosuchdimension', CustomerAWSAccountId: '000000000000' })),
    NO_DIMENSION,
  ],
]

export const catalog: readonly Case[] = rows.map(([rules, name, body, expected]) =>
  once(
    { rules: rules.split(' '), source: rules === 'D3' ? 'project' : 'operation' },
    `catalog: ${name}`,
    { body },
    expected,
  ),
)

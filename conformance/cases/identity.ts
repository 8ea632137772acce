/** Who is billed: the ways to name a buyer and a product, and which exclude each other (D2). */
import type { Case, Expected, JsonObject, ProfileName } from '../case.ts'
import { batch, licensed, once, ownRecord, record, refused, results, TAKEN } from './building.ts'

const FACTS = { rules: ['129', '130', 'D2'], source: 'record' } as const
const OURS = { rules: ['131', '133', '134', '135', 'D2'], source: 'project' } as const

const INVALID = 'ValidationException'
const BOTH = refused(INVALID, /CustomerIdentifier.*CustomerAWSAccountI[dD]/s)
const NEITHER = refused(INVALID, /CustomerAWSAccountI[dD].*CustomerIdentifier/s)
const WITH_PRODUCT = refused(INVALID, /ProductCode.*LicenseArn/s)
const BAD_LICENSE = refused('InvalidLicenseException')

const byIdentifier: JsonObject = {
  CustomerAWSAccountId: undefined,
  CustomerIdentifier: '<cancelled.customerIdentifier>',
}
const nameless: JsonObject = { CustomerAWSAccountId: undefined }
const activeLicense: JsonObject = {
  CustomerAWSAccountId: '<active.account>',
  LicenseArn: '<active.licenseArn>',
}

type Row = readonly [name: string, body: JsonObject, expected: Expected, profile?: ProfileName]

/** Nobody has an agreement for it, so that a request that passes every rule is free. */
const ofNew = (usage: JsonObject): JsonObject => ({
  UsageRecords: [usage],
  ProductCode: '<newProduct>',
})

const documented: readonly Row[] = [
  ['by account, of a new integration', ofNew(record()), TAKEN],
  [
    'by customer identifier, of a new integration',
    ofNew(record(byIdentifier)),
    refused('InvalidCustomerIdentifierException'),
  ],
  ['by account', batch(record()), TAKEN],
  ['by customer identifier', batch(record(byIdentifier)), TAKEN],
  [
    'both in one record',
    batch(record({ CustomerIdentifier: '<cancelled.customerIdentifier>' })),
    BOTH,
  ],
  ['both in two records', batch(record(), record(byIdentifier)), BOTH],
  [
    'both in the first and the last of 25 records',
    batch(
      record(byIdentifier),
      ...Array.from({ length: 23 }, () => record(byIdentifier)),
      record(),
    ),
    BOTH,
  ],
  [
    'an empty customer identifier beside an account is absent, as Rust sends it',
    batch(record({ CustomerIdentifier: '' })),
    TAKEN,
  ],
  [
    'an empty customer identifier in another record is absent',
    batch(record(), record({ CustomerIdentifier: '' })),
    results('CustomerNotSubscribed', 'CustomerNotSubscribed'),
  ],
]

const chosen: readonly Row[] = [
  ['neither', batch(record(nameless)), NEITHER],
  ['neither, in the second of two records', batch(record(), record(nameless)), NEITHER],
  [
    'an empty customer identifier alone',
    batch(record({ ...nameless, CustomerIdentifier: '' })),
    NEITHER,
  ],
  ['neither product nor license', licensed(record()), refused('InvalidProductCodeException')],
  [
    'an empty product code is absent',
    { ...batch(record()), ProductCode: '' },
    refused('InvalidProductCodeException'),
  ],
  [
    'no product, no license, no records',
    { UsageRecords: [] },
    refused('InvalidProductCodeException'),
  ],
  [
    'a license without an account',
    licensed(record({ ...activeLicense, CustomerAWSAccountId: undefined })),
    BAD_LICENSE,
  ],
  [
    'a license with a customer identifier',
    licensed(record({ ...activeLicense, ...byIdentifier })),
    BAD_LICENSE,
  ],
  [
    'a license in the first of two records, without a product code',
    licensed(record(activeLicense), record()),
    refused(INVALID, /LicenseArn/),
  ],
  [
    'a license in the second of two records, without a product code',
    licensed(record(), record(activeLicense)),
    refused(INVALID, /LicenseArn/),
  ],
]

const byProfile: readonly Row[] = [
  ['a product code beside a license', batch(record(activeLicense)), WITH_PRODUCT, 'aws-2026'],
  [
    'a product code beside a license in the second of two records',
    batch(record(), record(activeLicense)),
    WITH_PRODUCT,
    'aws-2026',
  ],
  [
    'a product code beside a license of another product',
    batch(
      record({ LicenseArn: '<concurrent.licenseA>', CustomerAWSAccountId: '<concurrent.account>' }),
    ),
    BAD_LICENSE,
    'aws-2025',
  ],
]

export const identity: readonly Case[] = [
  ...documented.map(([name, body, expected]) =>
    once(FACTS, `identity: ${name}`, { body }, expected),
  ),
  ...chosen.map(([name, body, expected]) => once(OURS, `identity: ${name}`, { body }, expected)),
  ...byProfile.map(([name, body, expected, profile]) =>
    once(
      { rules: ['132', 'D2'], source: 'record', ...(profile && { profile }) },
      `identity: ${name}`,
      { body },
      expected,
    ),
  ),
  {
    name: 'identity: a product code that agrees with the license',
    rules: ['132', 'D2'],
    source: 'record',
    profile: 'aws-2025',
    steps: [
      {
        send: { body: batch(ownRecord({ LicenseArn: '<own.licenseArn>' })) },
        expect: results('Success a'),
      },
      { send: { body: batch(ownRecord()) }, expect: results('Success a') },
    ],
  },
  {
    name: 'identity: the same usage by account, identifier and license is one fact',
    rules: ['D2', 'D3'],
    source: 'project',
    steps: [
      { send: { body: batch(ownRecord()) }, expect: results('Success a') },
      {
        send: {
          body: batch(
            ownRecord({
              CustomerAWSAccountId: undefined,
              CustomerIdentifier: '<own.customerIdentifier>',
            }),
          ),
        },
        expect: results('Success a'),
      },
      {
        send: { body: licensed(ownRecord({ LicenseArn: '<own.licenseArn>' })) },
        expect: results('Success a'),
      },
      {
        send: {
          body: batch(
            ownRecord({
              CustomerAWSAccountId: undefined,
              CustomerIdentifier: '<own.customerIdentifier>',
              Quantity: 4,
            }),
          ),
        },
        expect: results('DuplicateRecord'),
      },
    ],
  },
]

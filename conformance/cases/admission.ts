/** Whether the buyer's agreement admits new usage (D10), and that what is held comes first (D8). */
import type { Case, Expected, JsonObject } from '../case.ts'
import {
  batch,
  licensed,
  once,
  ownRecord,
  pairRecord,
  record,
  refused,
  results,
} from './building.ts'

const FACTS = { rules: ['37', '96', '97', 'D10'], source: 'agreements' } as const
const NOT_SUBSCRIBED = results('CustomerNotSubscribed')

type Row = readonly [name: string, body: JsonObject, expected: Expected]

const rows: readonly Row[] = [
  ['a cancelled agreement, by account', batch(record()), NOT_SUBSCRIBED],
  [
    'a cancelled agreement, by customer identifier',
    batch(
      record({
        CustomerAWSAccountId: undefined,
        CustomerIdentifier: '<cancelled.customerIdentifier>',
      }),
    ),
    NOT_SUBSCRIBED,
  ],
  [
    'a cancelled agreement, by license: the usage lies outside',
    licensed(record({ LicenseArn: '<cancelled.licenseArn>' })),
    refused('InvalidLicenseException'),
  ],
  [
    'a suspended agreement, by account',
    batch(record({ CustomerAWSAccountId: '<suspended.account>' })),
    NOT_SUBSCRIBED,
  ],
  [
    'a suspended agreement, by customer identifier',
    batch(
      record({
        CustomerAWSAccountId: undefined,
        CustomerIdentifier: '<suspended.customerIdentifier>',
      }),
    ),
    NOT_SUBSCRIBED,
  ],
  [
    'a suspended agreement, by license',
    licensed(
      record({ CustomerAWSAccountId: '<suspended.account>', LicenseArn: '<suspended.licenseArn>' }),
    ),
    NOT_SUBSCRIBED,
  ],
  [
    'a buyer of another seller',
    batch(record({ CustomerAWSAccountId: '<otherProduct.account>' })),
    NOT_SUBSCRIBED,
  ],
  [
    'a license outside its time refuses the batch, and comes after the dimension',
    licensed(record({ LicenseArn: '<cancelled.licenseArn>', Dimension: 'nosuchdimension' })),
    refused('InvalidUsageDimensionException'),
  ],
  [
    'a license outside its time comes after the window',
    licensed(record({ LicenseArn: '<cancelled.licenseArn>', Timestamp: '<now-25h>' })),
    refused('TimestampOutOfBoundsException'),
  ],
]

const own = batch(ownRecord())

export const admission: readonly Case[] = [
  ...rows.map(([name, body, expected]) => once(FACTS, `admission: ${name}`, { body }, expected)),
  {
    name: 'admission: held usage is answered as held while the agreement is suspended, new usage is not taken',
    rules: ['D8', 'D10', '112'],
    source: 'project',
    steps: [
      { send: { body: own }, expect: results('Success a') },
      { catalog: 'suspend', licenseArn: '<own.licenseArn>' },
      { send: { body: own }, expect: results('Success a') },
      { send: { body: batch(ownRecord({ Quantity: 4 })) }, expect: results('DuplicateRecord') },
      { send: { body: batch(ownRecord({}, 'own2')) }, expect: NOT_SUBSCRIBED },
      { catalog: 'resume', licenseArn: '<own.licenseArn>' },
      { send: { body: own }, expect: results('Success a') },
    ],
  },
  {
    name: 'admission: of two licenses the suspended one takes nothing new, the other goes on',
    rules: ['D3', 'D10'],
    source: 'project',
    steps: [
      { catalog: 'suspend', licenseArn: '<pair.licenseA>' },
      {
        send: { body: licensed(pairRecord('A'), pairRecord('B')) },
        expect: results('CustomerNotSubscribed', 'Success b'),
      },
      { catalog: 'resume', licenseArn: '<pair.licenseA>' },
    ],
  },
]

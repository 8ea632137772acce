import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { AWS_2025 } from '../core/profile.ts'
import { BatchMeterUsageRequest } from './batch-meter-usage-request.ts'
import type { Breach } from './check.ts'
import type { ProfileChoice } from './profiles.ts'
import type { UsageAllocation, UsageRecord } from './usage-record.ts'

const NOW = new Date('2026-11-23T12:34:56Z')
const LICENSE = 'arn:aws:license-manager::294406891311:license:l-1'

function aRecord(members: Partial<UsageRecord> = {}): UsageRecord {
  return {
    Timestamp: new Date(NOW.getTime() - 3_600_000),
    Dimension: 'requests',
    CustomerAWSAccountId: '111122223333',
    ...members,
  }
}

function check(
  UsageRecords: readonly UsageRecord[],
  rules: { ProductCode?: string | undefined; profile?: ProfileChoice; now?: Date } = {},
): readonly Breach[] {
  const { ProductCode = 'product', now = NOW, ...rest } = rules
  const code = 'ProductCode' in rules && rules.ProductCode === undefined ? {} : { ProductCode }
  return new BatchMeterUsageRequest({ ...code, UsageRecords }).check({ now, ...rest })
}

const briefly = (breaches: readonly Breach[]) =>
  breaches.map(({ path, exception }) => `${path} ${exception.replace('Exception', '')}`)

const aTag = (Key: string, Value = 'v') => ({ Key, Value })
const parts = (...quantities: number[]): UsageAllocation[] =>
  quantities.map((AllocatedUsageQuantity, index) => ({
    AllocatedUsageQuantity,
    Tags: [aTag('part', String(index))],
  }))

/** A record that breaks nothing, and the same with one thing changed. */
const RECORDS: readonly (readonly [
  what: string,
  members: Partial<UsageRecord>,
  expected: string,
])[] = [
  ['nothing', {}, ''],
  ['quantity 0', { Quantity: 0 }, ''],
  ['quantity -1', { Quantity: -1 }, '.Quantity Validation'],
  ['greatest quantity', { Quantity: 2_147_483_647 }, ''],
  ['quantity beyond it', { Quantity: 2_147_483_648 }, '.Quantity Validation'],
  ['a fraction', { Quantity: 1.5 }, '.Quantity Serialization'],
  ['dimension of 255', { Dimension: 'd'.repeat(255) }, ''],
  ['dimension of 256', { Dimension: 'd'.repeat(256) }, '.Dimension Validation'],
  ['empty dimension', { Dimension: '' }, '.Dimension Validation'],
  ['account of letters', { CustomerAWSAccountId: 'abc' }, '.CustomerAWSAccountId Validation'],
  ['bad license', { LicenseArn: 'l-1' }, '.LicenseArn Validation'],
  ['no identity', { CustomerAWSAccountId: undefined }, ' Validation'],
  ['an empty identity', { CustomerAWSAccountId: undefined, CustomerIdentifier: '' }, ' Validation'],
  ['an invalid date', { Timestamp: new Date(NaN) }, '.Timestamp Serialization'],
  ['just young enough', { Timestamp: new Date('2026-11-23T06:34:56.001Z') }, ''],
  [
    'just too old',
    { Timestamp: new Date('2026-11-23T06:34:56Z') },
    '.Timestamp TimestampOutOfBounds',
  ],
  ['5 minutes ahead', { Timestamp: new Date('2026-11-23T12:39:56Z') }, ''],
  [
    'more than that',
    { Timestamp: new Date('2026-11-23T12:39:56.001Z') },
    '.Timestamp TimestampOutOfBounds',
  ],
  ['seconds for a date', { Timestamp: NOW.getTime() / 1_000 }, ''],
  ['a right sum', { Quantity: 3, UsageAllocations: parts(1, 2) }, ''],
  [
    'a wrong sum',
    { Quantity: 4, UsageAllocations: parts(1, 2) },
    '.UsageAllocations InvalidUsageAllocations',
  ],
  ['parts of nothing', { UsageAllocations: parts(1) }, '.UsageAllocations InvalidUsageAllocations'],
  ['no parts', { UsageAllocations: [] }, '.UsageAllocations Validation'],
  ['2,500 parts', { UsageAllocations: parts(...new Array<number>(2_500).fill(0)) }, ''],
  [
    '2,501 parts',
    { UsageAllocations: parts(...new Array<number>(2_501).fill(0)) },
    '.UsageAllocations Validation',
  ],
  ['one part without tags', { UsageAllocations: [{ AllocatedUsageQuantity: 0 }] }, ''],
  [
    'two parts without tags',
    { UsageAllocations: [{ AllocatedUsageQuantity: 0 }, { AllocatedUsageQuantity: 0 }] },
    '.UsageAllocations InvalidUsageAllocations',
  ],
]

describe('one record', () => {
  for (const [what, members, expected] of RECORDS) {
    it(`with ${what}: ${expected || 'no breach'}`, () => {
      const found = briefly(check([aRecord(members)]))
      assert.deepEqual(found, expected === '' ? [] : [`UsageRecords[0]${expected}`])
    })
  }
})

const TAGS: readonly (readonly [
  what: string,
  tags: { Key: string; Value: string }[],
  expected: string,
])[] = [
  ['five tags', ['a', 'b', 'c', 'd', 'e'].map((key) => aTag(key)), ''],
  ['a range of signs', [aTag('a!"#$%&\'()*,;<b', ' -=')], ''],
  ['a key of 100', [aTag('k'.repeat(100))], ''],
  ['a key of 101', [aTag('k'.repeat(101))], '[0].Key Validation'],
  ['an empty value', [aTag('a', '')], '[0].Value Validation'],
  ['a value of 257', [aTag('a', 'v'.repeat(257))], '[0].Value Validation'],
  ['a sign too many', [aTag('a'), aTag('b', '?')], '[1] InvalidTag'],
  ['a key twice', [aTag('a'), aTag('a', 'w')], ' InvalidTag'],
]

describe('the tags of an allocation', () => {
  for (const [what, Tags, expected] of TAGS) {
    it(`${what}: ${expected || 'no breach'}`, () => {
      const UsageAllocations = [{ AllocatedUsageQuantity: 0, Tags }]
      const found = briefly(check([aRecord({ UsageAllocations })]))
      const place = 'UsageRecords[0].UsageAllocations[0].Tags'
      assert.deepEqual(found, expected === '' ? [] : [`${place}${expected}`])
    })
  }

  it('six tags are one too many, and so are six keys in a record', () => {
    const Tags = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => aTag(key))
    assert.deepEqual(
      briefly(check([aRecord({ UsageAllocations: [{ AllocatedUsageQuantity: 0, Tags }] })])),
      [
        'UsageRecords[0].UsageAllocations[0].Tags InvalidTag',
        'UsageRecords[0].UsageAllocations InvalidTag',
      ],
    )
  })
})

describe('the request', () => {
  it('takes 25 records and not 26', () => {
    assert.deepEqual(briefly(check(Array.from({ length: 25 }, () => aRecord()))), [])
    assert.deepEqual(briefly(check(Array.from({ length: 26 }, () => aRecord()))), [
      'UsageRecords Validation',
    ])
  })

  it('has fewer bytes than the profile refuses', () => {
    const UsageAllocations = parts(...new Array<number>(100).fill(0))
    const request = { ProductCode: 'p', UsageRecords: [aRecord({ UsageAllocations })] }
    const bytes = Buffer.byteLength(JSON.stringify(new BatchMeterUsageRequest(request)))
    const profile = { ...AWS_2025, bodyBytesRefused: bytes + 1 }
    assert.deepEqual(new BatchMeterUsageRequest(request).check({ profile, now: NOW }), [])
    const smaller = { ...AWS_2025, bodyBytesRefused: bytes }
    const breaches = new BatchMeterUsageRequest(request).check({ profile: smaller, now: NOW })
    assert.deepEqual(briefly(breaches), [' RequestEntityTooLarge'])
  })

  it('names its buyers in one way', () => {
    const identifier = aRecord({ CustomerAWSAccountId: undefined, CustomerIdentifier: 'one' })
    assert.deepEqual(briefly(check([aRecord(), identifier])), [' Validation'])
    assert.deepEqual(briefly(check([identifier, identifier])), [])
  })

  it('needs a product code, or a license in every record', () => {
    const licensed = aRecord({ LicenseArn: LICENSE })
    const none = { ProductCode: undefined }
    assert.deepEqual(briefly(check([aRecord()], none)), [' InvalidProductCode'])
    assert.deepEqual(briefly(check([licensed], none)), [])
    assert.deepEqual(briefly(check([licensed, aRecord()], none)), [' Validation'])
    assert.deepEqual(briefly(check([licensed], { profile: 'aws-2025' })), [])
    assert.deepEqual(briefly(check([licensed], { profile: 'aws-2026' })), [' Validation'])
  })

  it('names the account beside a license', () => {
    const alone = aRecord({ LicenseArn: LICENSE, CustomerAWSAccountId: undefined })
    assert.deepEqual(briefly(check([alone], { ProductCode: undefined })), [
      'UsageRecords[0].LicenseArn InvalidLicense',
    ])
  })

  it('is judged by the profile: a day and the month’s end under aws-2026', () => {
    const at = (now: string, Timestamp: string) =>
      briefly(
        check([aRecord({ Timestamp: new Date(Timestamp) })], {
          profile: 'aws-2026',
          now: new Date(now),
        }),
      )
    assert.deepEqual(at('2026-11-23T12:00:00Z', '2026-11-22T12:00:00.001Z'), [])
    assert.equal(at('2026-11-23T12:00:00Z', '2026-11-22T12:00:00Z').length, 1)
    assert.deepEqual(at('2026-12-01T05:59:59.999Z', '2026-11-30T20:00:00Z'), [])
    assert.equal(at('2026-12-01T06:00:00Z', '2026-11-30T20:00:00Z').length, 1)
  })
})

test('every breach is told at once, in the order in which AWS would come upon them', () => {
  const breaches = check(
    [
      aRecord({ Quantity: -1, Timestamp: new Date(0) }),
      aRecord({ CustomerIdentifier: 'both', Quantity: 2, UsageAllocations: parts(1) }),
      aRecord({ UsageAllocations: [{ AllocatedUsageQuantity: 0, Tags: [aTag('ü')] }] }),
      aRecord({ Dimension: '', CustomerAWSAccountId: undefined }),
    ],
    { ProductCode: 'has blanks' },
  )
  assert.deepEqual(briefly(breaches), [
    'UsageRecords[0].Quantity Validation',
    'UsageRecords[3].Dimension Validation',
    'ProductCode Validation',
    ' Validation',
    'UsageRecords[3] Validation',
    'UsageRecords[2].UsageAllocations[0].Tags[0] InvalidTag',
    'UsageRecords[1].UsageAllocations InvalidUsageAllocations',
    'UsageRecords[0].Timestamp TimestampOutOfBounds',
  ])
  for (const { problem, remedy } of breaches) {
    assert.ok(problem !== '' && remedy.endsWith('.'), `${problem} / ${remedy}`)
  }
})

test('a breach says where, what and what to do', () => {
  assert.deepEqual(check([aRecord({ Quantity: -1 })]), [
    {
      path: 'UsageRecords[0].Quantity',
      problem: "is '-1' and must have value greater than or equal to 0",
      remedy: 'Give a whole number from 0 to 2147483647; choose a greater unit for more.',
      exception: 'ValidationException',
    },
  ])
})

test('members of wrong types, as untyped callers give them, are breaches and not crashes', () => {
  const untyped = JSON.parse(
    '[{"Timestamp":"2026-11-23","Dimension":5,"Quantity":"1","CustomerAWSAccountId":111122223333,"LicenseArn":{},"UsageAllocations":[{"AllocatedUsageQuantity":"1","Tags":[{"Key":1}]}]}, {}]',
  ) as UsageRecord[]
  assert.deepEqual(briefly(check(untyped)), [
    'UsageRecords[0].Timestamp Serialization',
    'UsageRecords[0].Dimension Serialization',
    'UsageRecords[0].Quantity Serialization',
    'UsageRecords[0].UsageAllocations[0].AllocatedUsageQuantity Serialization',
    'UsageRecords[0].UsageAllocations[0].Tags[0].Key Serialization',
    'UsageRecords[0].UsageAllocations[0].Tags[0].Value Validation',
    'UsageRecords[0].CustomerAWSAccountId Serialization',
    'UsageRecords[0].LicenseArn Serialization',
    'UsageRecords[1].Timestamp Validation',
    'UsageRecords[1].Dimension Validation',
    'UsageRecords[1] Validation',
  ])
})

test('an unknown profile or an invalid now is the caller’s mistake', () => {
  assert.throws(() => check([], { profile: JSON.parse('"aws-1999"') as ProfileChoice }), RangeError)
  assert.throws(() => check([], { now: new Date(NaN) }), RangeError)
})

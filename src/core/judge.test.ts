/** The judgement of a batch: decision D11 from the product code on, and what each rule counts as a breach. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aCatalog,
  aCustomerIdentifier,
  aDimension,
  anAgreement,
  anAllocation,
  aProduct,
  at,
  aUsageRecord,
  BUYER,
  CUSTOMER,
  DIMENSION,
  licenseOf,
  NOON,
  nowAt,
  OTHER_BUYER,
  OTHER_SELLER,
  PRODUCT,
  REGION,
  SELLER,
} from '../testing/builders.ts'
import type { CatalogEntry } from './control-entries.ts'
import { MS_PER_HOUR, usageHourOf } from './hour.ts'
import { type Batch, judgeBatch, type JudgedRecord, type Judgement } from './judge.ts'
import { AWS_2025, AWS_2026, type Profile } from './profile.ts'
import type {
  AgreementId,
  BuyerNames,
  CustomerIdentifier,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  UsageRecord,
} from './usage.ts'

const FOREIGN = 'foreign-product' as ProductCode
const RETIRED = 'retired-product' as ProductCode
const BY_METER_USAGE = 'container-product' as ProductCode
const CONCURRENT = 'concurrent-product' as ProductCode
const NEW = 'new-product' as ProductCode
const TURNED = 'turned-product' as ProductCode
/** The product TURNED has concurrent agreements from 11:00 on. */
const TURNED_FROM = usageHourOf(at('2026-11-23T11:00:00.000Z'))

const WORLD: readonly CatalogEntry[] = [
  aProduct({ dimensions: [aDimension(), aDimension({ name: 'old' as Dimension, retired: true })] }),
  aProduct({ code: FOREIGN, seller: OTHER_SELLER }),
  aProduct({ code: RETIRED, retired: true }),
  aProduct({ code: BY_METER_USAGE, meteredBy: 'MeterUsage' }),
  aProduct({ code: CONCURRENT, concurrentFromHour: usageHourOf(0 as InstantMs) }),
  aProduct({ code: TURNED, concurrentFromHour: TURNED_FROM }),
  aProduct({ code: NEW, integration: 'new' }),
  aCustomerIdentifier(),
  aCustomerIdentifier({ seller: OTHER_SELLER, identifier: 'theirs' as CustomerIdentifier }),
  agreement('single'),
  agreement('foreign', { product: FOREIGN }),
  agreement('retired', { product: RETIRED }),
  agreement('container', { product: BY_METER_USAGE }),
  agreement('concurrent-1', { product: CONCURRENT }),
  agreement('concurrent-2', { product: CONCURRENT }),
  agreement('concurrent-theirs', { product: CONCURRENT, buyer: OTHER_BUYER }),
  agreement('new', { product: NEW }),
  agreement('turned', { product: TURNED }),
  agreement('ended', { buyer: OTHER_BUYER, endMs: at('2026-11-23T11:30:00.000Z') }),
]

/** Ways to be wrong, in the order in which D11 looks for them. The product code is the request's, the rest a record's. */
const FAULTS = [
  { code: 'InvalidProductCodeException', productCode: FOREIGN },
  { code: 'InvalidLicenseException', buyer: { account: BUYER, licenseArn: licenseOf('unknown') } },
  {
    code: 'InvalidCustomerIdentifierException',
    buyer: { customerIdentifier: 'nobody' as CustomerIdentifier },
  },
  { code: 'InvalidUsageDimensionException', dimension: 'Requests' },
  { code: 'InvalidTagException', allocations: [anAllocation(1, 'a=~')] },
  { code: 'InvalidUsageAllocationsException', allocations: [anAllocation(2, 'a=1')] },
  { code: 'TimestampOutOfBoundsException', timestampMs: (NOON - 6 * MS_PER_HOUR) as InstantMs },
] as const

describe('the order of the rules (D11)', () => {
  for (const [first, earlier] of FAULTS.entries()) {
    it(`${earlier.code} by itself`, () => {
      const productCode = 'productCode' in earlier ? earlier.productCode : PRODUCT
      const judgement = judge({ productCode, records: [aUsageRecord(), recordWith(earlier)] })
      assert.equal(codeOf(judgement), earlier.code)
    })

    for (const later of FAULTS.slice(first + 1)) {
      it(`${earlier.code} comes before ${later.code}, though it stands in a later record`, () => {
        const productCode = 'productCode' in earlier ? earlier.productCode : PRODUCT
        const records = [recordWith(later), recordWith(earlier)]
        assert.equal(codeOf(judge({ productCode, records })), earlier.code)
      })
    }
  }

  it('names the record that is to blame, the first of several', () => {
    const wrong = aUsageRecord({ dimension: 'none' })
    const judgement = judge({ productCode: PRODUCT, records: [aUsageRecord(), wrong, wrong] })
    assert.equal(judgement.ok ? undefined : judgement.refusal.recordIndex, 1)
  })

  function recordWith(fault: (typeof FAULTS)[number]): UsageRecord {
    const { productCode, code, ...facts } = { productCode: undefined, ...fault }
    assert.ok(productCode ?? code)
    return aUsageRecord(facts)
  }
})

describe('the product of a request', () => {
  const TABLE = [
    ['a product of the caller', PRODUCT, [{ account: BUYER }], 'ok'],
    ['no such product', 'nothing', [{ account: BUYER }], 'InvalidProductCodeException'],
    ['another seller’s', FOREIGN, [{ account: BUYER }], 'InvalidProductCodeException'],
    ['a retired one', RETIRED, [{ account: BUYER }], 'InvalidProductCodeException'],
    ['one for MeterUsage', BY_METER_USAGE, [{ account: BUYER }], 'InvalidProductCodeException'],
    ['none, and no license', undefined, [{ account: BUYER }], 'InvalidProductCodeException'],
    ['none, and no records', undefined, [], 'InvalidProductCodeException'],
    ['one, and no records', PRODUCT, [], 'ok'],
    ['another seller’s, and no records', FOREIGN, [], 'InvalidProductCodeException'],
    ['by a license', undefined, [licensed('concurrent-1')], 'ok'],
    ['by an unknown license', undefined, [licensed('unknown')], 'InvalidLicenseException'],
    ['by another seller’s license', undefined, [licensed('foreign')], 'InvalidLicenseException'],
    [
      'by a license of a retired product',
      undefined,
      [licensed('retired')],
      'InvalidLicenseException',
    ],
    [
      'by a license of a MeterUsage product',
      undefined,
      [licensed('container')],
      'InvalidLicenseException',
    ],
  ] as const satisfies readonly (readonly [
    string,
    string | undefined,
    readonly BuyerNames[],
    string,
  ])[]
  for (const [name, productCode, buyers, answer] of TABLE) {
    it(`${name}: ${answer}`, () => {
      assert.equal(codeOf(judge(batchOf(productCode, buyers))), answer)
    })
  }
})

describe('the reason for a refused product', () => {
  const TABLE = [
    ['nothing', 'the seller has no such product'],
    [FOREIGN, 'the seller has no such product'],
    [RETIRED, 'the product is retired'],
    [BY_METER_USAGE, 'the product is metered by MeterUsage'],
  ] as const
  for (const [productCode, reason] of TABLE) {
    it(`is told to our own surfaces: ${reason}`, () => {
      const judgement = judge(batchOf(productCode, []))
      assert.equal(judgement.ok ? 'ok' : judgement.refusal.reason, reason)
    })
  }
})

describe('the licenses of a request', () => {
  const TABLE = [
    [
      'two licenses of one buyer and product',
      undefined,
      [licensed('concurrent-1'), licensed('concurrent-2')],
      'ok',
    ],
    [
      'licenses of two buyers',
      undefined,
      [licensed('concurrent-1'), theirs('concurrent-theirs')],
      'ok',
    ],
    [
      'licenses of two products',
      undefined,
      [licensed('concurrent-1'), licensed('single')],
      'InvalidLicenseException',
    ],
    ['the product code and its license', CONCURRENT, [licensed('concurrent-1')], 'ok'],
    [
      'the product code and another’s license',
      PRODUCT,
      [licensed('concurrent-1')],
      'InvalidLicenseException',
    ],
    ['another buyer’s license', CONCURRENT, [theirs('concurrent-1')], 'InvalidLicenseException'],
    ['an unknown license', CONCURRENT, [licensed('unknown')], 'InvalidLicenseException'],
    ['another seller’s license', CONCURRENT, [licensed('foreign')], 'InvalidLicenseException'],
    [
      'a license without an account',
      CONCURRENT,
      [{ licenseArn: licenseOf('concurrent-1') }],
      'InvalidLicenseException',
    ],
    [
      'a license with a customer identifier',
      CONCURRENT,
      [{ licenseArn: licenseOf('concurrent-1'), customerIdentifier: CUSTOMER }],
      'InvalidLicenseException',
    ],
    [
      'concurrent agreements and no license',
      CONCURRENT,
      [{ account: BUYER }],
      'InvalidLicenseException',
    ],
    [
      'concurrent agreements by customer identifier',
      CONCURRENT,
      [{ customerIdentifier: CUSTOMER }],
      'InvalidLicenseException',
    ],
    ['single agreements by license', PRODUCT, [licensed('single')], 'ok'],
    ['single agreements, some by license', PRODUCT, [licensed('single'), { account: BUYER }], 'ok'],
  ] as const satisfies readonly (readonly [
    string,
    string | undefined,
    readonly BuyerNames[],
    string,
  ])[]
  for (const [name, productCode, buyers, answer] of TABLE) {
    it(`${name}: ${answer}`, () => {
      assert.equal(codeOf(judge(batchOf(productCode, buyers))), answer)
    })
  }
})

describe('a product that goes from single to concurrent agreements', () => {
  const before = at('2026-11-23T10:59:59.999Z')
  const after = at('2026-11-23T11:00:00.000Z')

  it('needs no license for the hours before, and bills them to product and buyer', () => {
    const [byAccount, byLicense] = judged(TURNED, [
      aUsageRecord({ timestampMs: before }),
      aUsageRecord({ timestampMs: before, buyer: licensed('turned') }),
    ])
    assert.equal(lineOf(byAccount), `${TURNED}#${BUYER}`)
    assert.equal(lineOf(byLicense), `${TURNED}#${BUYER}`)
  })

  it('needs one from the named hour on, and bills to it', () => {
    const withNone = judge({ productCode: TURNED, records: [aUsageRecord({ timestampMs: after })] })
    assert.equal(codeOf(withNone), 'InvalidLicenseException')
    const [record] = judged(TURNED, [
      aUsageRecord({ timestampMs: after, buyer: licensed('turned') }),
    ])
    assert.equal(lineOf(record), licenseOf('turned'))
  })
})

describe('the buyer of a record', () => {
  it('is one fact under each of its names', () => {
    const records = [{ account: BUYER }, { customerIdentifier: CUSTOMER }, licensed('single')].map(
      (buyer) => aUsageRecord({ buyer }),
    )
    const keys = judged(PRODUCT, records).map(keyOf)
    assert.equal(new Set(keys.map((key) => JSON.stringify(key))).size, 1)
  })

  it('is remembered with the way in which it was named', () => {
    const buyers = [{ account: BUYER }, { customerIdentifier: CUSTOMER }, licensed('single')]
    const ways = judged(
      PRODUCT,
      buyers.map((buyer) => aUsageRecord({ buyer })),
    ).map((one) => (one.kind === 'admitted' ? one.record.namedBy : one.kind))
    assert.deepEqual(ways, ['account', 'customerIdentifier', 'license'])
  })

  it('by an unknown account is not subscribed, and has no key', () => {
    const buyer = { account: '999999999999' as typeof BUYER }
    const [record] = judged(PRODUCT, [aUsageRecord({ buyer })])
    assert.equal(record?.kind, 'notSubscribed')
  })

  it('by a customer identifier refuses the batch of a new integration, whatever the profile', () => {
    const byIdentifier = [aUsageRecord({ buyer: { customerIdentifier: CUSTOMER } })]
    for (const unknownCustomer of ['exception', 'perRecord'] as const) {
      const judgement = judge(
        { productCode: NEW, records: byIdentifier },
        { ...AWS_2025, unknownCustomer },
      )
      assert.equal(codeOf(judgement), 'InvalidCustomerIdentifierException')
    }
    const byAccount = [aUsageRecord({ buyer: { account: BUYER } })]
    assert.equal(judge({ productCode: NEW, records: byAccount }).ok, true)
  })

  const unknown = [
    ['nobody’s', 'nobody'],
    ['another seller’s', 'theirs'],
  ] as const
  for (const [name, identifier] of unknown) {
    const records = [
      aUsageRecord({ buyer: { customerIdentifier: identifier as CustomerIdentifier } }),
    ]

    it(`by ${name} customer identifier refuses the batch`, () => {
      const judgement = judge({ productCode: PRODUCT, records })
      assert.equal(codeOf(judgement), 'InvalidCustomerIdentifierException')
    })

    it(`by ${name} customer identifier is not subscribed, where the profile says so`, () => {
      const profile: Profile = { ...AWS_2025, unknownCustomer: 'perRecord' }
      const [record] = judged(PRODUCT, records, profile)
      assert.equal(record?.kind, 'notSubscribed')
      assert.equal(record.key, undefined)
    })
  }

  it('without an agreement at the time is not subscribed, but has a key, for the hour may be held', () => {
    const [record] = judged(PRODUCT, [aUsageRecord({ buyer: { account: OTHER_BUYER } })])
    assert.equal(record?.kind, 'notSubscribed')
    assert.equal(lineOf(record), `${PRODUCT}#${OTHER_BUYER}`)
  })

  it('by a license that does not cover the time is outside it, with its key', () => {
    const timestampMs = at('2026-11-23T11:30:00.001Z')
    const buyer = { account: OTHER_BUYER, licenseArn: licenseOf('ended') }
    const [record] = judged(PRODUCT, [aUsageRecord({ buyer, timestampMs })])
    assert.equal(record?.kind, 'outsideLicense')
    assert.equal(lineOf(record), `${PRODUCT}#${OTHER_BUYER}`)
  })
})

describe('the dimension of a record', () => {
  const TABLE = [
    [DIMENSION, 'ok'],
    ['Requests', 'InvalidUsageDimensionException'],
    ['requests ', 'InvalidUsageDimensionException'],
    ['__proto__', 'InvalidUsageDimensionException'],
    ['old', 'InvalidUsageDimensionException'],
  ] as const
  for (const [dimension, answer] of TABLE) {
    it(`'${dimension}': ${answer}`, () => {
      const judgement = judge({ productCode: PRODUCT, records: [aUsageRecord({ dimension })] })
      assert.equal(codeOf(judgement), answer)
    })
  }
})

describe('the record that may be held', () => {
  it('says everything that an invoice and an audit need', () => {
    const allocations = [anAllocation(3, 'team=red')]
    const timestampMs = at('2026-11-23T11:22:33.444Z')
    const [record] = judged(PRODUCT, [aUsageRecord({ quantity: 3, timestampMs, allocations })])
    assert.deepEqual(record?.kind === 'admitted' && record.record, {
      region: REGION,
      billingLine: `${PRODUCT}#${BUYER}`,
      dimension: DIMENSION,
      hour: usageHourOf(timestampMs),
      resource: '',
      product: PRODUCT,
      seller: SELLER,
      buyer: BUYER,
      agreement: 'single',
      licenseArn: licenseOf('single'),
      namedBy: 'account',
      quantity: 3,
      timestampMs,
      allocations,
    })
  })

  it('has the same key under every profile', () => {
    const records = [aUsageRecord({ buyer: { customerIdentifier: CUSTOMER } })]
    const keys = [AWS_2025, AWS_2026].map((profile) => keyOf(judged(PRODUCT, records, profile)[0]))
    assert.deepEqual(keys[0], keys[1])
  })
})

function agreement(name: string, facts: Parameters<typeof anAgreement>[0] = {}) {
  return anAgreement({ id: name as AgreementId, licenseArn: licenseOf(name), ...facts })
}

function licensed(name: string): { account: typeof BUYER; licenseArn: LicenseArn } {
  return { account: BUYER, licenseArn: licenseOf(name) }
}

function theirs(name: string): BuyerNames {
  return { ...licensed(name), account: OTHER_BUYER }
}

function batchOf(productCode: string | undefined, buyers: readonly BuyerNames[]): Batch {
  const records = buyers.map((buyer) => aUsageRecord({ buyer }))
  return productCode === undefined
    ? { records }
    : { productCode: productCode as ProductCode, records }
}

function judge(batch: Batch, profile = AWS_2025): Judgement {
  const catalog = aCatalog(...WORLD)
  return judgeBatch(batch, { seller: SELLER, region: REGION, catalog, profile, now: nowAt(NOON) })
}

function judged(
  productCode: ProductCode,
  records: readonly UsageRecord[],
  profile = AWS_2025,
): readonly JudgedRecord[] {
  const judgement = judge({ productCode, records }, profile)
  assert.ok(judgement.ok, codeOf(judgement))
  return judgement.records
}

function codeOf(judgement: Judgement): string {
  return judgement.ok ? 'ok' : judgement.refusal.code
}

function keyOf(record: JudgedRecord | undefined) {
  const key = record?.kind === 'admitted' ? record.record : record?.key
  return key && [key.region, key.billingLine, key.dimension, key.hour, key.resource]
}

function lineOf(record: JudgedRecord | undefined): unknown {
  return keyOf(record)?.[1]
}

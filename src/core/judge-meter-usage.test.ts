/** The judgement of a MeterUsage report: the order of its rules, the key that it gets, and when it is admitted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  aCatalog,
  aDimension,
  anAgreement,
  anAllocation,
  aProduct,
  at,
  aUsageRecord,
  BUYER,
  NOON,
  nowAt,
  OTHER_BUYER,
  PRODUCT,
  REGION,
} from '../testing/builders.ts'
import type { CatalogEntry } from './control-entries.ts'
import { MS_PER_HOUR, usageHourOf } from './hour.ts'
import { judgeReport, type ReportCircumstances, type ReportJudgement } from './judge-meter-usage.ts'
import { AWS_2025 } from './profile.ts'
import type { AgreementId, Dimension, InstantMs, ProductCode, UsageRecord } from './usage.ts'

const BATCH = 'batch-product' as ProductCode
const RETIRED = 'retired-product' as ProductCode
/** Not metered here either, and never bought by the buyer. */
const STRANGE = 'strange-product' as ProductCode
const ONE = 'one-resource-product' as ProductCode
const ENDED = 'ended-product' as ProductCode

const WORLD: readonly CatalogEntry[] = [
  product(PRODUCT, {
    dimensions: [aDimension(), aDimension({ name: 'old' as Dimension, retired: true })],
  }),
  product(BATCH, { meteredBy: 'BatchMeterUsage' }),
  product(RETIRED, { retired: true }),
  product(STRANGE, { retired: true }),
  product(ONE, { oneResourcePerBuyer: true }),
  product(ENDED),
  anAgreement(),
  anAgreement({ id: 'agmt-batch' as AgreementId, product: BATCH }),
  anAgreement({ id: 'agmt-retired' as AgreementId, product: RETIRED }),
  anAgreement({ id: 'agmt-one' as AgreementId, product: ONE }),
  anAgreement({
    id: 'agmt-ended' as AgreementId,
    product: ENDED,
    startMs: at('2026-11-23T08:40:00Z'),
    endMs: at('2026-11-23T11:20:00Z'),
  }),
]

interface Fault {
  readonly code: string
  readonly productCode?: ProductCode
  readonly resource?: string
  readonly usage?: Parameters<typeof aUsageRecord>[0]
}

/** Ways to be wrong, in the order in which they are looked for. */
const FAULTS: readonly Fault[] = [
  { code: 'InvalidProductCodeException', productCode: BATCH },
  { code: 'AccessDeniedException', resource: '' },
  { code: 'InvalidUsageDimensionException', usage: { dimension: 'Requests' } },
  { code: 'InvalidTagException', usage: { allocations: [anAllocation(1, 'a=~')] } },
  { code: 'InvalidUsageAllocationsException', usage: { allocations: [anAllocation(2, 'a=1')] } },
  {
    code: 'TimestampOutOfBoundsException',
    usage: { timestampMs: (NOON - 6 * MS_PER_HOUR - 1) as InstantMs },
  },
]

describe('the order of the rules of a report', () => {
  for (const [first, earlier] of FAULTS.entries()) {
    it(`${earlier.code} by itself`, () => {
      assert.equal(codeOf(judge(earlier)), earlier.code)
    })
    for (const later of FAULTS.slice(first + 1)) {
      it(`${earlier.code} before ${later.code}`, () => {
        const usage = { ...later.usage, ...earlier.usage }
        assert.equal(codeOf(judge({ ...later, ...earlier, usage })), earlier.code)
      })
    }
  }
})

describe('a product in a report', () => {
  const rows = [
    [PRODUCT, 'ok'],
    [BATCH, 'the product is metered by BatchMeterUsage'],
    [RETIRED, 'the product is retired'],
    [STRANGE, 'no product of this code is metered by MeterUsage'],
    ['unknown', 'no product of this code is metered by MeterUsage'],
    ['', 'no product of this code is metered by MeterUsage'],
  ] as const
  for (const [productCode, reason] of rows) {
    it(`${productCode} is ${reason}`, () => {
      const judgement = judge({ productCode: productCode as ProductCode })
      assert.equal(judgement.ok ? 'ok' : judgement.refusal.reason, reason)
    })
  }
})

describe('the resource of a report', () => {
  const rows = [
    [PRODUCT, 'i-1', 'i-1'],
    [PRODUCT, '', 'AccessDeniedException'],
    [PRODUCT, undefined, 'AccessDeniedException'],
    [ONE, undefined, ''],
    [ONE, 'i-1', ''],
  ] as const
  for (const [productCode, resource, expected] of rows) {
    it(`of ${productCode} by a key labelled ${resource} is '${expected}'`, () => {
      const judgement = judge({ productCode, resource })
      assert.equal(judgement.ok ? judgement.key.resource : judgement.refusal.code, expected)
    })
  }
})

describe('the record of a report', () => {
  it('is of the hour’s beginning, and of the buyer that signed', () => {
    const timestampMs = at('2026-11-23T10:59:59.999Z')
    const judgement = judge({ usage: { timestampMs } })
    assert(judgement.ok && judgement.record.kind === 'admitted')
    const { record, usage } = judgement.record
    assert.equal(record.timestampMs, at('2026-11-23T10:00:00.000Z'))
    assert.equal(record.hour, usageHourOf(timestampMs))
    assert.equal(record.buyer, BUYER)
    assert.equal(record.billingLine, `${PRODUCT}#${BUYER}`)
    assert.equal(record.namedBy, 'account')
    assert.equal(usage.timestampMs, timestampMs, 'our own surfaces show what was sent')
  })

  // The agreement runs from 08:40 to 11:20. What is told of the hour's beginning counts (rule 166).
  const rows = [
    ['07:59:59.999', '12:00', 'notSubscribed'],
    ['08:00', '12:00', 'admitted'],
    ['11:20', '12:00', 'admitted'],
    ['11:59:59.999', '12:19:59.999', 'admitted'],
    ['11:59:59.999', '12:20', 'notSubscribed'],
    ['12:00', '12:00', 'notSubscribed'],
  ] as const
  for (const [timestamp, received, kind] of rows) {
    it(`of ${timestamp}, received at ${received}, is ${kind}`, () => {
      const usage = { timestampMs: at(`2026-11-23T${timestamp}Z`) }
      const now = nowAt(`2026-11-23T${received}Z`)
      const judgement = judge({ productCode: ENDED, usage }, { now })
      assert(judgement.ok)
      assert.equal(judgement.record.kind, kind)
    })
  }

  it('is admitted of nobody without an agreement, but has the key that it would have', () => {
    const judgement = judge({}, { buyer: OTHER_BUYER })
    assert(judgement.ok)
    assert.equal(judgement.record.kind, 'notSubscribed')
    assert.equal(judgement.key.billingLine, `${PRODUCT}#${OTHER_BUYER}`)
  })
})

type Asked = Omit<Fault, 'code' | 'resource'> & { readonly resource?: string | undefined }

function judge(asked: Asked, other: Partial<ReportCircumstances> = {}): ReportJudgement {
  const resource = 'resource' in asked ? asked.resource : 'i-1'
  const usage: UsageRecord = aUsageRecord(asked.usage)
  return judgeReport(
    { productCode: asked.productCode ?? PRODUCT, usage },
    {
      buyer: BUYER,
      ...(resource !== undefined && { resource }),
      region: REGION,
      catalog: aCatalog(...WORLD),
      profile: AWS_2025,
      now: nowAt(NOON),
      ...other,
    },
  )
}

function codeOf(judgement: ReportJudgement): string {
  return judgement.ok ? 'ok' : judgement.refusal.code
}

function product(code: ProductCode, facts: Parameters<typeof aProduct>[0] = {}): CatalogEntry {
  return aProduct({ code, meteredBy: 'MeterUsage', ...facts })
}

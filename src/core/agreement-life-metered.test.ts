/**
 * The life of agreements whose product MeterUsage meters: the buyer signs, so there is one name; the hour is kept apart by the
 * resource of the key; and the timestamp is rounded down to the hour before an agreement is asked for it (rule 166, D10).
 *
 * agreement-story.spec.ts says how stories are told; agreement-life.test.ts has the same for BatchMeterUsage.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { aProduct, aUsageRecord, BUYER, nowAt, PRODUCT, REGION } from '../testing/builders.ts'
import {
  aStory,
  clock,
  everyTenMinutes,
  iso,
  type Step,
  stepsOf,
  Story,
  valueOf,
} from './agreement-story.spec.ts'
import type { HourKey } from './billing-line.ts'
import { usageHourOf } from './hour.ts'
import { judgeReport } from './judge-meter-usage.ts'
import { AWS_2025 } from './profile.ts'
import type { AgreementId, InstantMs } from './usage.ts'

const PRODUCTS = {
  byResource: aProduct({ meteredBy: 'MeterUsage' }),
  oneResource: aProduct({ meteredBy: 'MeterUsage', oneResourcePerBuyer: true }),
} as const
type Kind = keyof typeof PRODUCTS

/** Labels of the buyer's keys; `none` has none. */
const LABELS = ['i-1', 'i-2', 'none'] as const
type Label = (typeof LABELS)[number]

/**
 * An answer `1, 10:00 of i-1` is: admitted by the first agreement, under the key of that hour and resource; `of all`: of no resource.
 * Usage of an hour that began in the gap before an agreement is named after the one before it, as all usage of a gap is: one
 * hour has one record, whichever of the span it names.
 */
const TABLE = `
  product      story                                   key    usage   received  answer
  byResource   buy@8:20                                i-1    8:00    8:20      1, 8:00 of i-1
  byResource   buy@8:20                                i-1    8:59    9:00      1, 8:00 of i-1
  byResource   buy@8:20                                i-1    7:59    8:20      notSubscribed
  byResource   buy@8:20                                i-2    8:30    8:30      1, 8:00 of i-2
  byResource   buy@8:20                                none   8:30    8:30      AccessDeniedException
  byResource   buy@8:00 cancel-1@10:30                 i-1    10:30   11:29     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@10:30                 i-1    10:59   11:29     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@10:30                 i-1    10:30   11:30     notSubscribed
  byResource   buy@8:00 cancel-1@10:30                 i-1    11:00   11:00     notSubscribed
  byResource   buy@8:00 cancel-1@10:30 buy@10:50       i-1    10:10   12:00     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@10:30 buy@10:50       i-1    10:55   12:00     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@10:30 buy@10:50       i-2    10:55   12:00     1, 10:00 of i-2
  byResource   buy@8:00 cancel-1@10:30 buy@10:50       i-1    11:00   12:00     2, 11:00 of i-1
  byResource   buy@8:00 cancel-1@9:50 buy@10:20        i-1    9:55    10:30     1, 9:00 of i-1
  byResource   buy@8:00 cancel-1@9:50 buy@10:20        i-1    10:10   10:30     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@9:50 buy@10:20        i-1    10:30   10:30     1, 10:00 of i-1
  byResource   buy@8:00 cancel-1@10:30 buy@11:30       i-1    10:10   11:40     notSubscribed
  byResource   buy@8:00 cancel-1@10:30 buy@11:30       i-1    11:10   11:40     2, 11:00 of i-1
  byResource   buy@8:00-10:00                          i-1    10:40   10:59     1, 10:00 of i-1
  byResource   buy@8:00-10:00                          i-1    10:40   11:00     notSubscribed
  byResource   buy@8:00-10:00 buy@10:00                i-1    10:40   11:00     2, 10:00 of i-1
  byResource   buy@8:00-10:00 buy@10:00                i-1    11:00   11:00     2, 11:00 of i-1
  byResource   buy@8:00-10:00 end-1@9:00=12:00         i-1    11:50   11:50     1, 11:00 of i-1
  byResource   buy@8:00-10:00 end-1@10:30=12:00        i-1    10:20   11:00     1, 10:00 of i-1
  byResource   buy@8:00 suspend-1@9:00                 i-1    8:30    9:00      notSubscribed
  byResource   buy@8:00 suspend-1@9:00 resume-1@10:00  i-1    9:30    10:00     1, 9:00 of i-1
  byResource   buy@8:00 buy@9:00                       i-1    9:30    9:30      refused

  oneResource  buy@8:20                                none   8:30    8:30      1, 8:00 of all
  oneResource  buy@8:20                                i-1    8:30    8:30      1, 8:00 of all
  oneResource  buy@8:20                                none   7:59    8:30      notSubscribed
  oneResource  buy@8:00 cancel-1@10:30                 none   10:59   11:29     1, 10:00 of all
  oneResource  buy@8:00 cancel-1@10:30                 none   10:59   11:30     notSubscribed
  oneResource  buy@8:00 cancel-1@10:30 buy@10:50       i-2    10:55   12:00     1, 10:00 of all
  oneResource  buy@8:00 cancel-1@10:30 buy@10:50       none   11:00   12:00     2, 11:00 of all
`
const ROWS = TABLE.split('\n')
  .slice(2)
  .map((row) => row.trim().split(/ {2,}/))

describe('the life of an agreement that MeterUsage meters', () => {
  for (const [kind, text = '', label, usage = '', received = '', answer] of ROWS) {
    if (!isKind(kind) || !isLabel(label)) continue
    it(`${kind}: ${text}; ${label} at ${usage}, received at ${received}: ${answer ?? ''}`, () => {
      const story = new Story(PRODUCTS[kind])
      const told = stepsOf(text).map((step) => story.take(step))
      const answered = told.includes('refused')
        ? 'refused'
        : shown(judge(story, label, clock(usage), clock(received)))
      assert.equal(answered, answer)
    })
  }
})

describe('nothing that MeterUsage meters is billed twice, whatever happens', () => {
  const STORIES = [...new Set(ROWS.map(([, text = '']) => text))].filter(Boolean)
  for (const kind of Object.keys(PRODUCTS).filter(isKind)) {
    for (const text of STORIES) it(`${kind}: ${text}`, () => walk(kind, stepsOf(text)))
  }

  it('in stories that nobody thought of', () => {
    const kinds = fc.constantFrom(...Object.keys(PRODUCTS).filter(isKind))
    fc.assert(fc.property(kinds, aStory(), walk), { numRuns: 200 })
  })
})

interface Judged {
  readonly key: HourKey
  readonly agreement: AgreementId
}

function judge(
  { index }: Story,
  label: Label,
  timestampMs: InstantMs,
  receivedMs: InstantMs,
): Judged | string {
  const report = { productCode: PRODUCT, usage: aUsageRecord({ timestampMs }) }
  const judgement = judgeReport(report, {
    buyer: BUYER,
    ...(label !== 'none' && { resource: label }),
    region: REGION,
    catalog: index,
    profile: AWS_2025,
    now: nowAt(receivedMs),
  })
  if (!judgement.ok) return judgement.refusal.code
  const { key, record } = judgement
  return record.kind === 'admitted' ? { key, agreement: record.record.agreement } : record.kind
}

function shown(judged: Judged | string): string {
  if (typeof judged === 'string') return judged
  const { key, agreement } = judged
  const hour = `${key.hour % 24}:00 of ${key.resource === '' ? 'all' : key.resource}`
  return `${agreement.replace('agmt-', '')}, ${hour}`
}

/** Reports every ten minutes at every ten minutes, by every key of the buyer's, while the story goes on. */
function walk(kind: Kind, steps: readonly Step[]): void {
  const story = new Story(PRODUCTS[kind])
  const admitted = new Map<string, Set<AgreementId>>()
  for (const receivedMs of story.told(steps)) {
    for (const label of LABELS) {
      for (const timestampMs of everyTenMinutes()) {
        const judged = judge(story, label, timestampMs, receivedMs)
        if (typeof judged === 'string') continue
        checkKey(kind, label, timestampMs, judged.key)
        valueOf(admitted, iso(timestampMs), () => new Set<AgreementId>()).add(judged.agreement)
      }
    }
  }
  // Whose agreement was over and is suspended after all may report the same hour under the next: it has one key, so what is
  // held stays, and names what it named.
  if (steps.some(({ verb }) => verb === 'suspend')) return
  for (const [instant, agreements] of admitted) checkInstant(story, instant, [...agreements])
}

/** One hour of one resource has one key, and the ledger bills a key once. */
function checkKey(kind: Kind, label: Label, timestampMs: InstantMs, key: HourKey): void {
  assert.deepEqual(key, {
    region: REGION,
    billingLine: `${PRODUCT}#${BUYER}`,
    dimension: 'requests',
    hour: usageHourOf(timestampMs),
    resource: kind === 'oneResource' ? '' : label,
  })
}

function checkInstant(story: Story, instant: string, agreements: readonly AgreementId[]): void {
  for (const one of agreements) {
    for (const other of agreements) {
      if (one === other || !story.follows(one, other)) continue
      assert.fail(`${instant} is admitted by ${other} and by ${one} after it`)
    }
  }
}

function isKind(text: string | undefined): text is Kind {
  return text !== undefined && text in PRODUCTS
}

function isLabel(text: string | undefined): text is Label {
  return LABELS.some((label) => label === text)
}

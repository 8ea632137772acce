/**
 * The life of agreements, from the change of the catalog to the ledger's key: whatever a buyer does, and however the
 * seller names the buyer, no hour of a billing line is billed twice, and no instant is admitted by an agreement and by the
 * one that followed it (D3, D10).
 *
 * Two ways to show it: a table that people can read, and a walk that sends usage of every ten minutes of half a day, at
 * every ten minutes of that half day, under every name, through many stories. The stories are changed by the rules
 * of the catalog, and judged by those of the wire.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  aProduct,
  aUsageRecord,
  BUYER,
  CUSTOMER,
  nowAt,
  PRODUCT,
  REGION,
  SELLER,
} from '../testing/builders.ts'
import {
  aStory,
  clock,
  everyTenMinutes,
  iso,
  licenseNumbered,
  type Step,
  stepsOf,
  Story,
  valueOf,
} from './agreement-story.spec.ts'
import { usageHourOf } from './hour.ts'
import { judgeBatch } from './judge.ts'
import { AWS_2025, AWS_2026 } from './profile.ts'
import type { AgreementId, BuyerNames, InstantMs } from './usage.ts'

/** How a product has its agreements. `turning` is single until 11:00 and concurrent from then on. */
const PRODUCTS = {
  single: aProduct(),
  concurrent: aProduct({ concurrentFromHour: usageHourOf(0 as InstantMs) }),
  turning: aProduct({ concurrentFromHour: usageHourOf(clock('11:00')) }),
} as const
type Kind = keyof typeof PRODUCTS

/**
 * agreement-story.spec.ts says how stories are told.
 *
 * `customer`, `account` and `license-N` say how the usage names its buyer. An answer `2 by product` is: admitted by the second
 * agreement, and billed to the line of product and buyer; `2 by license`: to the line of its license.
 */
const TABLE = `
  product     story                                        named      usage        received     answer
  single      buy@8:20                                     customer   8:00         8:20         1 by product
  single      buy@8:20                                     account    8:00         8:20         1 by product
  single      buy@8:20                                     license-1  8:00         8:20         1 by product
  single      buy@8:20                                     account    7:59         8:20         notSubscribed
  single      buy@8:00 cancel-1@10:30                      account    10:30        11:29        1 by product
  single      buy@8:00 cancel-1@10:30                      account    10:30        11:30        notSubscribed
  single      buy@8:00 cancel-1@10:30                      account    10:31        10:31        notSubscribed
  single      buy@8:00 cancel-1@10:30 buy@10:50            customer   10:10        12:00        1 by product
  single      buy@8:00 cancel-1@10:30 buy@10:50            account    10:40        12:00        1 by product
  single      buy@8:00 cancel-1@10:30 buy@10:50            account    10:50        12:00        2 by product
  single      buy@8:00 cancel-1@10:30 buy@10:50            license-1  10:10        12:00        1 by product
  single      buy@8:00 cancel-1@10:30 buy@10:50            license-1  10:40        12:00        outsideLicense
  single      buy@8:00 cancel-1@10:30 buy@11:30            account    10:10        11:40        notSubscribed
  single      buy@8:00 cancel-1@10:30 buy@11:30            account    11:10        11:40        2 by product
  single      buy@8:00-10:00                               account    10:00        10:59        1 by product
  single      buy@8:00-10:00                               account    10:00        11:00        notSubscribed
  single      buy@8:00-10:00 end-1@9:00=12:00              account    11:00        11:00        1 by product
  single      buy@8:00-10:00 end-1@10:30=12:00             account    10:20        11:00        1 by product
  single      buy@8:00-10:00 end-1@9:00=9:10               account    9:20         9:20         notSubscribed
  single      buy@8:00 suspend-1@9:00                      account    8:30         9:00         notSubscribed
  single      buy@8:00 suspend-1@9:00 resume-1@10:00       account    9:30         10:00        1 by product
  single      buy@8:00 buy@9:00                            account    9:30         9:30         refused

  concurrent  buy@8:20                                     license-1  8:00         8:20         1 by license
  concurrent  buy@8:20                                     account    8:30         8:30         InvalidLicenseException
  concurrent  buy@8:20                                     customer   8:30         8:30         InvalidLicenseException
  concurrent  buy@8:00 buy@9:20                            license-2  9:00         9:30         2 by license
  concurrent  buy@8:00 cancel-1@10:30                      license-1  10:30        11:29        1 by license
  concurrent  buy@8:00 cancel-1@10:30                      license-1  10:30        11:30        notSubscribed
  concurrent  buy@8:00 cancel-1@10:30                      license-1  10:31        10:31        outsideLicense
  concurrent  buy@8:00 cancel-1@10:30 buy@10:30            license-1  10:30        10:40        1 by license
  concurrent  buy@8:00 cancel-1@10:30 buy@10:30            license-2  10:30        10:40        outsideLicense
  concurrent  buy@8:00 cancel-1@10:30 buy@10:50            license-2  10:40        10:50        outsideLicense
  concurrent  buy@8:00 cancel-1@10:30 buy@10:50            license-2  10:50        10:50        2 by license
  concurrent  buy@8:00 cancel-1@10:30 buy@10:50            license-1  10:10        11:20        1 by license
  concurrent  buy@8:00 cancel-1@10:30 buy@10:50            license-1  10:10        11:30        notSubscribed
  concurrent  buy@8:00 cancel-1@9:59 buy@10:50             license-2  10:00        10:50        2 by license
  concurrent  buy@8:00-10:00 end-1@9:00=12:00              license-1  11:00        11:00        1 by license
  concurrent  buy@8:00-10:00 end-1@10:30=12:00             license-1  10:20        11:00        1 by license
  concurrent  buy@8:00 suspend-1@9:00 buy@9:10             license-2  9:30         9:30         2 by license

  turning     buy@8:00                                     account    10:59        11:10        1 by product
  turning     buy@8:00                                     license-1  10:59        11:10        1 by product
  turning     buy@8:00                                     account    11:00        11:10        InvalidLicenseException
  turning     buy@8:00                                     license-1  11:00        11:10        1 by license
  turning     buy@8:00 buy@10:00                           license-1  10:10        10:10        refused
  turning     buy@8:00-11:00 buy@11:00                     license-2  11:10        11:10        2 by license
  turning     buy@8:00-11:00 buy@11:00                     license-2  11:00        11:10        outsideLicense
  turning     buy@8:00 cancel-1@10:40 buy@11:10            license-2  11:00        11:10        2 by license
  turning     buy@8:00 cancel-1@10:40 buy@11:10            license-1  10:30        11:10        1 by product
`

describe('the life of an agreement', () => {
  for (const row of TABLE.split('\n').slice(2)) {
    const [kind, story, named, usage, received, ...answer] = row.trim().split(/ {2,}/)
    if (!isKind(kind)) continue
    it(`${kind}: ${story}; ${named} at ${usage}, received at ${received}: ${answer.join('')}`, () => {
      const world = new World(kind)
      const told = stepsOf(story ?? '').map((step) => world.story.take(step))
      const answered = told.includes('refused')
        ? 'refused'
        : world.answer(named ?? '', clock(usage ?? ''), clock(received ?? ''))
      assert.equal(answered, answer.join(''))
    })
  }
})

describe('nothing is billed twice, whatever happens', () => {
  const STORIES = [...new Set(TABLE.split('\n').map((row) => row.trim().split(/ {2,}/)[1] ?? ''))]
  for (const kind of Object.keys(PRODUCTS).filter(isKind)) {
    for (const story of STORIES.filter((text) => text.includes('@'))) {
      it(`${kind}: ${story}`, () => {
        walk(kind, stepsOf(story))
      })
    }
  }

  it('in stories that nobody thought of', () => {
    const kinds = fc.constantFrom(...Object.keys(PRODUCTS).filter(isKind))
    fc.assert(fc.property(kinds, aStory(), walk), { numRuns: 200 })
  })
})

/** A story, and what the wire's rules say of usage in it. */
class World {
  readonly kind: Kind
  readonly story: Story

  constructor(kind: Kind) {
    this.kind = kind
    this.story = new Story(PRODUCTS[kind])
  }

  answer(named: string, timestampMs: InstantMs, receivedMs: InstantMs): string {
    const judged = this.judge(namesOf(named), timestampMs, receivedMs)
    if (typeof judged === 'string') return judged
    const way = judged.line.includes('license') ? 'license' : 'product'
    return `${judged.agreement.replace('agmt-', '')} by ${way}`
  }

  judge(
    buyer: BuyerNames,
    timestampMs: InstantMs,
    receivedMs: InstantMs,
  ): string | { readonly line: string; readonly agreement: AgreementId } {
    const batch = {
      ...(buyer.licenseArn === undefined && { productCode: PRODUCT }),
      records: [aUsageRecord({ buyer, timestampMs })],
    }
    const circumstances = {
      seller: SELLER,
      region: REGION,
      catalog: this.story.index,
      profile: buyer.licenseArn === undefined ? AWS_2025 : AWS_2026,
      now: nowAt(receivedMs),
    }
    const judgement = judgeBatch(batch, circumstances)
    if (!judgement.ok) return judgement.refusal.code
    const [record] = judgement.records
    if (record?.kind !== 'admitted') return record?.kind ?? 'nothing'
    const { billingLine, agreement } = record.record
    return { line: billingLine, agreement }
  }
}

/** Sends usage of every ten minutes at every ten minutes, under every name, while the story goes on. */
function walk(kind: Kind, steps: readonly Step[]): void {
  const world = new World(kind)
  const admitted = new Map<InstantMs, Map<string, Set<AgreementId>>>()
  for (const receivedMs of world.story.told(steps)) {
    const licenses = world.story.agreements.map(({ id }) => id.replace('agmt', 'license'))
    for (const named of ['customer', 'account', ...licenses]) {
      for (const timestampMs of everyTenMinutes()) {
        const judged = world.judge(namesOf(named), timestampMs, receivedMs)
        if (typeof judged === 'string') continue
        const lines = valueOf(admitted, timestampMs, () => new Map<string, Set<AgreementId>>())
        valueOf(lines, judged.line, () => new Set<AgreementId>()).add(judged.agreement)
      }
    }
  }
  for (const [timestampMs, lines] of admitted) checkInstant(world, timestampMs, lines)
}

function checkInstant(
  world: World,
  timestampMs: InstantMs,
  lines: ReadonlyMap<string, ReadonlySet<AgreementId>>,
): void {
  const fromHour = PRODUCTS[world.kind].concurrentFromHour ?? Infinity
  if (usageHourOf(timestampMs) < fromHour) {
    // One line for the hour means one key, and a key is billed once: the ledger sees to that.
    assert.equal(lines.size, 1, `${lines.size} lines take usage of ${iso(timestampMs)}`)
    return
  }
  const agreements = [...lines.values()].map((of) => {
    assert.equal(of.size, 1, 'a license is the line of one agreement')
    return [...of][0]!
  })
  for (const one of agreements) {
    for (const other of agreements) {
      if (one === other || !world.story.follows(one, other)) continue
      assert.fail(`${iso(timestampMs)} is admitted by ${other} and by ${one} after it`)
    }
  }
}

function namesOf(named: string): BuyerNames {
  if (named === 'customer') return { customerIdentifier: CUSTOMER }
  if (named === 'account') return { account: BUYER }
  return { account: BUYER, licenseArn: licenseNumbered(Number(named.replace('license-', ''))) }
}

function isKind(text: string | undefined): text is Kind {
  return text !== undefined && text in PRODUCTS
}

/**
 * Stories of one buyer and one product, and the catalog that they change by its rules: what the walks over the life of
 * agreements share.
 *
 * A story is told in steps: `buy@8:00`, `buy@8:00-10:30` with an end, `cancel-1@10:30`, `end-1@9:00=12:00` moves the end as a
 * renewal or an amendment does, `suspend-1@…`, `resume-1@…`. Agreements are numbered in the order in which they were bought.
 */
import fc from 'fast-check'
import { aCustomerIdentifier, at, BUYER, PRODUCT, SELLER } from '../testing/builders.ts'
import { decideChange } from './catalog-change.ts'
import { CatalogIndex } from './catalog-index.ts'
import { type NewNames, newNames } from './catalog-names.ts'
import type { WantedAgreement } from './catalog-wanted.ts'
import type { AgreementEntry, ProductEntry } from './control-entries.ts'
import { MS_PER_HOUR } from './hour.ts'
import type { AgreementId, InstantMs, LicenseArn } from './usage.ts'

const MINUTE = 60_000
const DAY = at('2026-11-23T00:00:00.000Z')

export interface Step {
  readonly verb: 'buy' | 'cancel' | 'end' | 'suspend' | 'resume'
  readonly number: number
  readonly atMs: InstantMs
  readonly endMs?: InstantMs
}

/** One product, one buyer, and a catalog that changes by its rules. */
export class Story {
  readonly index = new CatalogIndex()
  readonly #names: NewNames
  #bought = 0

  constructor(product: ProductEntry) {
    this.index.put({ kind: 'seller', account: SELLER, name: '', retired: false })
    this.index.put({ kind: 'buyer', account: BUYER, name: '', retired: false })
    this.index.put(product)
    this.index.put(aCustomerIdentifier())
    this.#names = {
      ...newNames(() => 0),
      agreementId: () => `agmt-${this.#bought + 1}` as AgreementId,
      licenseArn: () => licenseNumbered(this.#bought + 1),
    }
  }

  get agreements(): readonly AgreementEntry[] {
    return this.index.agreementsOf(PRODUCT, BUYER)
  }

  /** A step that the rules refuse changes nothing. */
  take(step: Step): 'done' | 'refused' {
    const decision = decideChange(this.index, [wishOf(step)], this.#names, step.atMs)
    if (!decision.ok) return 'refused'
    for (const { after } of decision.changes) this.index.put(after)
    if (step.verb === 'buy') this.#bought += 1
    return 'done'
  }

  /** Tells the story, and stops at every ten minutes of it. */
  *told(steps: readonly Step[]): Generator<InstantMs> {
    const coming = [...steps]
    for (const nowMs of everyTenMinutes()) {
      while ((coming[0]?.atMs ?? Infinity) <= nowMs) this.take(coming.shift()!)
      yield nowMs
    }
  }

  /** Whether one of the agreements followed the other. */
  follows(laterId: AgreementId, earlierId: AgreementId): boolean {
    const [later, earlier] = [this.#agreement(laterId), this.#agreement(earlierId)]
    if (earlier.endMs === undefined || earlier.endMs > later.startMs) return false
    return earlier.startMs < later.startMs || earlier.id < later.id
  }

  #agreement(id: AgreementId): AgreementEntry {
    return this.index.agreements.get(id)!
  }
}

export function* everyTenMinutes(): Generator<InstantMs> {
  for (let minute = 470; minute <= 750; minute += 10) yield (DAY + minute * MINUTE) as InstantMs
}

export function stepsOf(story: string): Step[] {
  return [...story.matchAll(/([a-z]+)(?:-(\d))?@([\d:]+)(?:[-=]([\d:]+))?/g)].map(
    ([, verb, number, atText, end]) => ({
      verb: verb as Step['verb'],
      number: Number(number ?? 0),
      atMs: clock(atText ?? ''),
      ...(end !== undefined && { endMs: clock(end) }),
    }),
  )
}

/** Stories that nobody thought of. */
export function aStory(): fc.Arbitrary<readonly Step[]> {
  const minutes = fc.integer({ min: 0, max: 26 }).map((ten) => 480 + ten * 10)
  const verbs = ['buy', 'buy', 'cancel', 'cancel', 'end', 'suspend', 'resume'] as const
  const step = fc.record({
    verb: fc.constantFrom<Step['verb']>(...verbs),
    number: fc.integer({ min: 1, max: 4 }),
    minute: minutes,
    endMinute: fc.option(minutes, { nil: undefined }),
  })
  return fc
    .array(step, { minLength: 1, maxLength: 7 })
    .map((steps) => steps.map(stepOf).sort((left, right) => left.atMs - right.atMs))
}

export function licenseNumbered(number: number): LicenseArn {
  return `arn:aws:license-manager::123456789012:license:l-${number}` as LicenseArn
}

export function clock(text: string): InstantMs {
  const [hour, minute] = text.split(':').map(Number)
  return (DAY + (hour ?? 0) * MS_PER_HOUR + (minute ?? 0) * MINUTE) as InstantMs
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function wishOf({ verb, number, atMs, endMs }: Step): WantedAgreement {
  const end = endMs === undefined ? undefined : { ms: endMs, onlyIfNew: false }
  if (verb === 'buy') return { kind: 'agreement', where: '', product: PRODUCT, buyer: BUYER, end }
  const named = { kind: 'agreement', where: '', id: `agmt-${number}` } as const
  if (verb === 'end') return { ...named, end: end ?? { ms: atMs, onlyIfNew: false } }
  const status = { cancel: 'cancelled', suspend: 'suspended', resume: 'active' } as const
  return { ...named, status: status[verb] }
}

function stepOf(drawn: {
  readonly verb: Step['verb']
  readonly number: number
  readonly minute: number
  readonly endMinute: number | undefined
}): Step {
  const { verb, number, minute, endMinute } = drawn
  const atMs = (DAY + minute * MINUTE) as InstantMs
  if (endMinute === undefined) return { verb, number, atMs }
  // An end that is moved into the past corrects a mistake: what was admitted until then was admitted rightly. Nobody
  // buys what ends as it begins.
  const soonest = verb === 'buy' ? minute + 10 : minute
  return { verb, number, atMs, endMs: (DAY + Math.max(soonest, endMinute) * MINUTE) as InstantMs }
}

export function valueOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key) ?? make()
  map.set(key, present)
  return present
}

/**
 * Keeps every answer that a service gave, and tells when two of them, or one and the ledger, do not agree.
 *
 * A fact's key (buyer, dimension, hour) has one timestamp, so all that may differ between two reports of it is the quantity.
 */
import { strict as assert } from 'node:assert'
import { usageHourOf } from '../src/core/hour.ts'
import type { MeteringRecord } from '../src/core/metering-record.ts'
import type { InstantMs } from '../src/core/usage.ts'
import type { Caller } from '../bench/requests.ts'

/** One usage record, as it is reported. */
export interface Report {
  readonly caller: Caller
  readonly buyer: string
  readonly dimension: string
  readonly timestampMs: number
  readonly quantity: number
}

/** What the service said of one usage record. */
export interface ReportAnswer {
  readonly status: string
  readonly id: string | undefined
}

interface Acknowledged {
  readonly report: Report
  readonly id: string
}

export class Witness {
  readonly #acknowledged = new Map<string, Acknowledged>()
  /** Quantities that were answered DuplicateRecord, by key. */
  readonly #denied = new Map<string, Set<number>>()
  /** Quantities that were sent, answered or not, by key. */
  readonly #sent = new Map<string, Set<number>>()
  #repeated = 0

  get acknowledgedCount(): number {
    return this.#acknowledged.size
  }

  /** What was acknowledged, as it was reported. */
  get acknowledged(): readonly Report[] {
    return [...this.#acknowledged.values()].map(({ report }) => report)
  }

  /** Answers that gave an id once more. */
  get repeatedCount(): number {
    return this.#repeated
  }

  get deniedCount(): number {
    return this.#denied.size
  }

  sending(report: Report): void {
    noteIn(this.#sent, report)
  }

  answered(report: Report, { status, id }: ReportAnswer): void {
    const key = keyOf(report)
    const before = this.#acknowledged.get(key)
    if (status === 'DuplicateRecord') {
      assert.notEqual(before?.report.quantity, report.quantity, `${key}: its own quantity denied`)
      noteIn(this.#denied, report)
      return
    }
    assert.equal(status, 'Success', key)
    assert.ok(id, `${key}: Success without an id`)
    const deniedBefore = this.#denied.get(key)?.has(report.quantity)
    assert.ok(deniedBefore !== true, `${key}: denied ${report.quantity}, then took it`)
    if (before === undefined) {
      this.#acknowledged.set(key, { report, id })
      return
    }
    assert.equal(id, before.id, `${key}: two ids`)
    assert.equal(report.quantity, before.report.quantity, `${key}: two quantities`)
    this.#repeated += 1
  }

  /**
   * Every acknowledged record must be there as it was sent, once, and nothing that was never sent.
   *
   * @returns How many are held though nobody was told: committed, and the answer lost.
   */
  compareWith(records: readonly MeteringRecord[]): number {
    const held = new Map<string, MeteringRecord>()
    for (const record of records) {
      const key = keyOfHeld(record)
      assert.ok(!held.has(key), `${key}: two records`)
      held.set(key, record)
      assert.ok(this.#sent.get(key)?.has(record.quantity), `${key}: held, but never sent so`)
      assert.ok(!this.#denied.get(key)?.has(record.quantity), `${key}: denied, but held so`)
    }
    for (const [key, { report, id }] of this.#acknowledged) {
      const record = held.get(key)
      assert.ok(record, `${key}: acknowledged, but lost`)
      assert.deepEqual(contentOf(record), { ...contentOfReport(report), id }, key)
    }
    return held.size - this.#acknowledged.size
  }
}

/** The key as facts have it: who sold, who bought, what, in which hour. */
export function keyOf({ caller, buyer, dimension, timestampMs }: Report): string {
  return `${caller.productCode}/${buyer}/${dimension}/${usageHourOf(timestampMs as InstantMs)}`
}

export function keyOfHeld({ product, buyer, dimension, hour }: MeteringRecord): string {
  return `${product}/${buyer}/${dimension}/${hour}`
}

function contentOf(record: MeteringRecord): object {
  const { id, product, buyer, dimension, quantity, timestampMs, allocations } = record
  assert.equal(allocations, undefined)
  return { product, buyer, dimension, quantity, timestampMs, id }
}

function contentOfReport({ caller, buyer, dimension, quantity, timestampMs }: Report): object {
  return { product: caller.productCode, buyer, dimension, quantity, timestampMs }
}

function noteIn(quantities: Map<string, Set<number>>, report: Report): void {
  const key = keyOf(report)
  const present = quantities.get(key)
  if (present === undefined) quantities.set(key, new Set([report.quantity]))
  else present.add(report.quantity)
}

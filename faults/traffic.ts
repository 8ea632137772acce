/**
 * Usage as several clients send it at once: new facts, facts sent again, facts of which nobody knows whether they
 * arrived, and facts with another quantity, all mixed.
 */
import { randomOf } from '../bench/requests.ts'
import type { Caller } from '../bench/requests.ts'
import type { Report } from './witness.ts'

export const BUYERS = 1_000
export const DIMENSIONS = 10
const HOURS = 4
const HOUR_MS = 3_600_000
const RECORDS_PER_BATCH = 25
/** Facts so new that another client may be sending them at this moment. */
const RECENT = 100
const QUANTITY_END = 1_000_000

export class Traffic {
  readonly #callers: readonly Caller[]
  readonly #random: () => number
  readonly #startMs = Date.now()
  readonly #nextFact = new Map<Caller, number>()
  readonly #unanswered: Report[] = []

  /** @param seed The same seed gives the same choices. */
  constructor(callers: readonly Caller[], seed: number) {
    this.#callers = callers
    this.#random = randomOf(seed)
  }

  caller(client: number): Caller {
    const caller = this.#callers[client % this.#callers.length]
    if (caller === undefined) throw new RangeError('traffic without callers')
    return caller
  }

  /** The next request of a caller, of 1 to 25 records. */
  batch(caller: Caller): readonly Report[] {
    const again = this.#takeUnanswered(caller)
    const count = 1 + Math.floor(this.#random() * RECORDS_PER_BATCH)
    const more = Array.from({ length: Math.max(0, count - again.length) }, () => this.#one(caller))
    return [...again, ...more]
  }

  /** What was sent and not answered is sent again before anything else, as every SDK does. */
  notAnswered(reports: readonly Report[]): void {
    this.#unanswered.push(...reports)
  }

  #takeUnanswered(caller: Caller): Report[] {
    const taken: Report[] = []
    for (let index = this.#unanswered.length - 1; index >= 0; index--) {
      const report = this.#unanswered[index]
      if (report?.caller !== caller || taken.length === RECORDS_PER_BATCH) continue
      this.#unanswered.splice(index, 1)
      taken.push(report)
    }
    return taken
  }

  #one(caller: Caller): Report {
    const next = this.#nextFact.get(caller) ?? 0
    const choice = this.#random()
    if (choice < 0.6 || next === 0) {
      this.#nextFact.set(caller, next + 1)
      return this.#fact(caller, next)
    }
    const span = choice < 0.8 ? Math.min(next, RECENT) : next
    const known = this.#fact(caller, next - 1 - Math.floor(this.#random() * span))
    if (choice < 0.9) return known
    return { ...known, quantity: (known.quantity + 1) % QUANTITY_END }
  }

  /** Fact number `index` of a caller, always the same. */
  #fact(caller: Caller, index: number): Report {
    const series = index % (BUYERS * DIMENSIONS)
    const hoursBack = Math.floor(index / (BUYERS * DIMENSIONS)) % HOURS
    return {
      caller,
      buyer: String(caller.firstBuyer + (series % BUYERS)),
      dimension: `dimension-${Math.floor(series / BUYERS)}`,
      timestampMs: this.#startMs - hoursBack * HOUR_MS,
      quantity: (index * 7_919) % QUANTITY_END,
    }
  }
}

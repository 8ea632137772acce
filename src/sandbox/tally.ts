/**
 * Counts what a world was asked: calls by what became of them, and usage that was sent again.
 *
 * Bounded     Counts of calls by their few outcomes; resends of the first so many records.
 * Checked by  assertions.test.ts
 */
import type { MeteringRecordId } from '../core/usage.ts'
import type { RequestFacts } from '../server/service.ts'
import type { SettledRecord } from '../server/settle.ts'
import type { Answer } from '../wire/answer.ts'

const RESENT_MAX = 10_000
/** Quantities that are remembered of one hour. */
const CONFLICTS_MAX = 100

/** Calls that had the same outcome. */
export interface CallsMade {
  /** Absent where the request named none that there is. */
  readonly operation?: string
  /** Who signed; absent if nobody did, or not well. */
  readonly account?: string
  /** Absent of calls that succeeded. */
  readonly errorCode?: string
  readonly count: number
}

export interface Resent {
  /** How often the same quantity came again. */
  readonly repeats: number
  /** Other quantities that came for the same hour, in order: the first 100. */
  readonly conflicts: readonly number[]
  /** How many came in all. */
  readonly conflictCount: number
}

export class Tally {
  readonly #calls = new Map<string, CallsMade>()
  readonly #resent = new Map<MeteringRecordId, Resent>()

  copy(): Tally {
    const copy = new Tally()
    for (const [key, calls] of this.#calls) copy.#calls.set(key, calls)
    for (const [id, resent] of this.#resent) copy.#resent.set(id, resent)
    return copy
  }

  answered({ operation, signer }: RequestFacts, { errorCode }: Answer): void {
    const key = JSON.stringify([operation, signer?.account, errorCode])
    const facts = {
      ...(operation !== undefined && { operation }),
      ...(signer && { account: signer.account }),
      ...(errorCode !== undefined && { errorCode }),
    }
    const count = (this.#calls.get(key)?.count ?? 0) + 1
    this.#calls.set(key, { ...facts, count })
  }

  settled(records: readonly SettledRecord[]): void {
    for (const { outcome, held, usage } of records) {
      if (held === undefined) continue
      if (outcome === 'repeated') this.#count(held.id, ({ repeats }) => ({ repeats: repeats + 1 }))
      if (outcome === 'conflicting') {
        this.#count(held.id, ({ conflicts, conflictCount }) => ({
          conflicts: [...conflicts, usage.quantity].slice(0, CONFLICTS_MAX),
          conflictCount: conflictCount + 1,
        }))
      }
    }
  }

  /** In the order in which each outcome was first seen. */
  get calls(): readonly CallsMade[] {
    return [...this.#calls.values()]
  }

  /** In the order in which each record was first sent again. */
  get resent(): ReadonlyMap<MeteringRecordId, Resent> {
    return this.#resent
  }

  #count(id: MeteringRecordId, change: (present: Resent) => Partial<Resent>): void {
    const present = this.#resent.get(id) ?? { repeats: 0, conflicts: [], conflictCount: 0 }
    if (this.#resent.size >= RESENT_MAX && !this.#resent.has(id)) return
    this.#resent.set(id, { ...present, ...change(present) })
  }
}

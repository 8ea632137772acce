/**
 * Which refusals make room only for one another: a seller's own, and those of each other account that signs for its
 * products. So a hostile buyer pushes out nothing but what it was refused itself.
 *
 * Checked by control.spec.ts
 */
import { otherSignerOf, type RefusedRecord } from '../core/refused-record.ts'
import type { AccountId } from '../core/usage.ts'
import type { RefusalBounds } from './control.ts'

export interface RefusalShare {
  readonly seller: AccountId
  /** Empty for the seller itself. */
  readonly signer: AccountId | ''
}

/** Each other account has this part of the seller's bound, for there may be many. */
const OTHER_SIGNER_PART = 100
/** A share is pruned when this process has added so much to it since the last time, in parts of its bound. */
const PRUNE_EVERY_PART = 100

export function refusalShareOf(refused: RefusedRecord): RefusalShare {
  return { seller: refused.seller, signer: otherSignerOf(refused) ?? '' }
}

export function shareCountMax({ countMax }: RefusalBounds, { signer }: RefusalShare): number {
  return signer === '' ? countMax : Math.ceil(countMax / OTHER_SIGNER_PART)
}

/** Tells when to prune, so that a flood of refusals costs little more than writing them. */
export class PruneTurns {
  readonly #bounds: RefusalBounds
  readonly #added = new Map<string, number>()

  constructor(bounds: RefusalBounds) {
    this.#bounds = bounds
  }

  /** To be told of all that is added. @returns Shares that are to be pruned now. */
  dueAfter(batch: readonly RefusedRecord[]): readonly RefusalShare[] {
    const due = new Map<string, RefusalShare>()
    for (const refused of batch) {
      const share = refusalShareOf(refused)
      const name = `${share.seller} ${share.signer}`
      const added = (this.#added.get(name) ?? 0) + 1
      this.#added.set(name, added)
      if (added >= Math.ceil(shareCountMax(this.#bounds, share) / PRUNE_EVERY_PART)) {
        due.set(name, share)
      }
    }
    for (const name of due.keys()) this.#added.delete(name)
    return [...due.values()]
  }
}

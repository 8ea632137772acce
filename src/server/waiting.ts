/**
 * Bounds the records that wait for a commit, so that overload is told to callers and not stored up.
 *
 * One seller may hold half of the room. The other half is there for everybody else, so a seller
 * that floods the service throttles itself first.
 */
import type { AccountId } from '../core/usage.ts'

export class WaitingRecords {
  readonly #countMax: number
  readonly #bySeller = new Map<AccountId, number>()
  #count = 0

  /** @param countMax Records, over all sellers. */
  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get count(): number {
    return this.#count
  }

  /** Whether another call of this seller may come in. */
  hasRoomFor(seller: AccountId): boolean {
    const ofSeller = this.#bySeller.get(seller) ?? 0
    return this.#count < this.#countMax && ofSeller < this.#countMax / 2
  }

  /** Counts `records` in while `work` runs. */
  async during<T>(seller: AccountId, records: number, work: () => Promise<T>): Promise<T> {
    this.#add(seller, records)
    try {
      return await work()
    } finally {
      this.#add(seller, -records)
    }
  }

  #add(seller: AccountId, records: number): void {
    this.#count += records
    const left = (this.#bySeller.get(seller) ?? 0) + records
    if (left === 0) this.#bySeller.delete(seller)
    else this.#bySeller.set(seller, left)
  }
}

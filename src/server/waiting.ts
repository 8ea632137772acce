/**
 * Bounds the records that wait for a commit, and the bytes of the bodies that they came in, so that overload is told to
 * callers and not stored up.
 *
 * One seller may hold half of the room. The other half is there for everybody else, so a seller
 * that floods the service throttles itself first.
 *
 * Both        A record may take 200 bytes or, with allocations, 40 KB: a bound on one alone is none on the other.
 * Checked by  waiting.test.ts, handle.test.ts
 */
import type { AccountId } from '../core/usage.ts'

/** What waits, or may wait. */
export interface Load {
  readonly records: number
  /** Of whole bodies, as they came over the wire. */
  readonly bytes: number
}

type Count = { -readonly [Member in keyof Load]: number }

/** Of bodies. What is made of them takes six to nine times that of the heap, so this is half a gigabyte. */
export const WAITING_BYTES_MAX = 64 * 1_048_576

export class WaitingRecords {
  readonly #max: Load
  readonly #bySeller = new Map<AccountId, Count>()
  readonly #all: Count = { records: 0, bytes: 0 }

  /** @param max Over all sellers. */
  constructor(max: Load) {
    this.#max = max
  }

  /** Over all sellers. */
  get load(): Load {
    return this.#all
  }

  /** Whether another call of this seller may come in. It may go over the bounds itself, by one body. */
  hasRoomFor(seller: AccountId): boolean {
    if (!isBelow(this.#all, this.#max, 1)) return false
    const ofSeller = this.#bySeller.get(seller)
    return ofSeller === undefined || isBelow(ofSeller, this.#max, 1 / 2)
  }

  /** Counts `load` in while `work` runs. */
  async during<T>(seller: AccountId, load: Load, work: () => Promise<T>): Promise<T> {
    this.#add(seller, load)
    try {
      return await work()
    } finally {
      this.#remove(seller, load)
    }
  }

  #add(seller: AccountId, load: Load): void {
    add(this.#all, load, 1)
    const ofSeller = this.#bySeller.get(seller)
    if (ofSeller === undefined) this.#bySeller.set(seller, { ...load })
    else add(ofSeller, load, 1)
  }

  #remove(seller: AccountId, load: Load): void {
    add(this.#all, load, -1)
    const ofSeller = this.#bySeller.get(seller)
    if (ofSeller === undefined) return
    add(ofSeller, load, -1)
    if (ofSeller.records === 0 && ofSeller.bytes === 0) this.#bySeller.delete(seller)
  }
}

function add(count: Count, { records, bytes }: Load, sign: 1 | -1): void {
  count.records += sign * records
  count.bytes += sign * bytes
}

function isBelow(count: Load, max: Load, share: number): boolean {
  return count.records < max.records * share && count.bytes < max.bytes * share
}

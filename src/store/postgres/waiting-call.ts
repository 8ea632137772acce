/** A call to `hold` on its way: its records are settled bucket by bucket, and answered together. */
import type { Call } from '../../core/metering-record.ts'
import type { Held } from '../ledger.ts'
import type { BookedRecord } from './series-book.ts'

/** The records of one call that go with one statement. */
export interface CallPart {
  readonly waiting: WaitingCall
  /** Their places in the call. */
  readonly indexes: readonly number[]
}

export class WaitingCall {
  readonly call: Call
  /** With the names of their series, which every step on the way needs. */
  readonly records: readonly BookedRecord[]
  /** By `performance.now`: from then on nothing of it is tried again. */
  readonly deadlineMs: number
  readonly done: Promise<readonly (Held | 'unavailable')[]>
  readonly #answers: (Held | 'unavailable')[]
  readonly #resolve: (answers: readonly (Held | 'unavailable')[]) => void
  readonly #reject: (error: Error) => void
  #left: number
  #failure: Error | undefined

  constructor(call: Call, records: readonly BookedRecord[], deadlineMs: number) {
    this.call = call
    this.records = records
    this.deadlineMs = deadlineMs
    const { promise, resolve, reject } = Promise.withResolvers<readonly (Held | 'unavailable')[]>()
    this.done = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#answers = records.map(() => 'unavailable')
    this.#left = records.length
  }

  /** Whether it was answered. */
  get isOver(): boolean {
    return this.#left <= 0
  }

  answer(index: number, held: Held): void {
    if (this.isOver) return
    this.#answers[index] = held
    this.#settled(1)
  }

  /** These records stay unavailable. If that is true of all of them, the call fails with the last reason. */
  fail(count: number, error: Error): void {
    if (this.isOver) return
    this.#failure = error
    this.#settled(count)
  }

  /** The records that are not answered yet stay unavailable, whatever becomes of them. */
  giveUp(error: Error): void {
    this.fail(this.#left, error)
  }

  #settled(count: number): void {
    this.#left -= count
    if (this.#left > 0) return
    const isLost = this.#answers.every((answer) => answer === 'unavailable')
    if (isLost && this.#failure !== undefined) this.#reject(this.#failure)
    else this.#resolve(this.#answers)
  }
}

/** A call to `hold` on its way: its records are settled bucket by bucket, and answered together. */
import type { Bucket } from '../../core/billing-line.ts'
import type { Call, NewRecord } from '../../core/metering-record.ts'
import type { Held } from '../ledger.ts'

/** The records of one call that belong to one bucket. */
export interface CallPart {
  readonly waiting: WaitingCall
  readonly bucket: Bucket
  /** Their places in the call. */
  readonly indexes: readonly number[]
}

export class WaitingCall {
  readonly call: Call
  readonly records: readonly NewRecord[]
  readonly done: Promise<readonly (Held | 'unavailable')[]>
  readonly #answers: (Held | 'unavailable')[]
  readonly #resolve: (answers: readonly (Held | 'unavailable')[]) => void
  readonly #reject: (error: Error) => void
  #left: number
  #failure: Error | undefined

  constructor(call: Call, records: readonly NewRecord[]) {
    this.call = call
    this.records = records
    const { promise, resolve, reject } = Promise.withResolvers<readonly (Held | 'unavailable')[]>()
    this.done = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#answers = records.map(() => 'unavailable')
    this.#left = records.length
  }

  answer(index: number, held: Held): void {
    this.#answers[index] = held
    this.#settled(1)
  }

  /** These records stay unavailable. If that is true of all of them, the call fails with the last reason. */
  fail(count: number, error: Error): void {
    this.#failure = error
    this.#settled(count)
  }

  #settled(count: number): void {
    this.#left -= count
    if (this.#left > 0) return
    const isLost = this.#answers.every((answer) => answer === 'unavailable')
    if (isLost && this.#failure !== undefined) this.#reject(this.#failure)
    else this.#resolve(this.#answers)
  }
}

/** @param bucketAt The bucket of the record at a place. */
export function partsOf(waiting: WaitingCall, bucketAt: (index: number) => Bucket): CallPart[] {
  const indexes = new Map<Bucket, number[]>()
  for (let index = 0; index < waiting.records.length; index++) {
    const bucket = bucketAt(index)
    const list = indexes.get(bucket)
    if (list === undefined) indexes.set(bucket, [index])
    else list.push(index)
  }
  return Array.from(indexes, ([bucket, list]) => ({ waiting, bucket, indexes: list }))
}

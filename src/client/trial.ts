/** What is known of the records of one request between its attempts. */
import type { Failure } from './failure.ts'
import { notSent, type Outcome } from './outcome.ts'
import type { Item } from './plan.ts'

export class Trial {
  /** Records that still want an answer. */
  items: readonly Item[]
  #attempts = 0
  #unnamed: ReadonlySet<Item> = new Set()
  #reason = ''

  constructor(items: readonly Item[]) {
    this.items = items
  }

  get hasBegun(): boolean {
    return this.#attempts > 0
  }

  begin(): void {
    this.#attempts += 1
  }

  /** Takes up what an answer left: records it gave back, and records it never mentioned. */
  leave(unprocessed: readonly Item[], unnamed: readonly Item[]): void {
    this.items = [...unprocessed, ...unnamed]
    this.#unnamed = new Set(unnamed)
    this.#reason = 'the service left it unprocessed'
  }

  throttled({ errorName, message }: Failure): void {
    this.#unnamed = new Set()
    this.#reason = `${errorName}: ${message}`
  }

  /** What to say of a record when nothing more is tried. */
  outcomeOf(item: Item): Outcome {
    if (this.#attempts === 0) return notSent('the call was ended before its turn')
    if (this.#unnamed.has(item)) {
      return { status: 'unknown', errorName: 'NotNamed', message: 'the answer does not name it' }
    }
    return { status: 'unprocessed', attempts: this.#attempts, message: this.#reason }
  }
}

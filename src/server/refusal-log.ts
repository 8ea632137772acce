/**
 * Refused records on their way to the store: written after the answer, in batches, best effort.
 *
 * Bounded     What waits beyond the bound is dropped and counted, so a flood of refusals costs memory for one bound.
 * Yielding    One batch a turn of the event loop, so answers go between batches.
 * Busy        While another process writes to the store, what is here waits, and is dropped when it has waited long.
 * Failing     A batch that cannot be written is dropped, counted and told; nobody waits for it.
 * Checked by  refusal-log.test.ts
 */
import { setTimeout } from 'node:timers/promises'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { ControlStore } from '../store/control.ts'

export interface RefusalLogOptions {
  readonly waitingMax?: number
  readonly batchMax?: number
  readonly busyPauseMs?: number
  /** Told once for each batch that could not be written. */
  readonly writeFailed?: (error: unknown) => void
}

export interface RefusalFigures {
  /** Written, equal ones included. */
  readonly kept: number
  readonly dropped: number
  readonly waiting: number
}

const WAITING_MAX = 20_000
/** Some milliseconds of writing. */
const BATCH_MAX = 250
/** Ten seconds in all. */
const BUSY_ATTEMPTS_MAX = 200
const BUSY_PAUSE_MS = 50

export class RefusalLog {
  readonly #store: Pick<ControlStore, 'appendRefusals'>
  readonly #options: RefusalLogOptions
  #waiting: RefusedRecord[] = []
  #kept = 0
  #dropped = 0
  #writing: Promise<void> | undefined

  constructor(store: Pick<ControlStore, 'appendRefusals'>, options: RefusalLogOptions = {}) {
    this.#store = store
    this.#options = options
  }

  /** Takes a refused record; never throws and never waits. */
  keep(record: RefusedRecord): void {
    if (this.#waiting.length >= (this.#options.waitingMax ?? WAITING_MAX)) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(record)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  figures(): RefusalFigures {
    return { kept: this.#kept, dropped: this.#dropped, waiting: this.#waiting.length }
  }

  /** Writes what waits. The store is the caller's to close. */
  async close(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    await nextTurn()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#options.batchMax ?? BATCH_MAX)
      this.#waiting = this.#waiting.slice(batch.length)
      await this.#write(batch)
      await nextTurn()
    }
  }

  async #write(batch: readonly RefusedRecord[]): Promise<void> {
    try {
      for (let attempt = 1; attempt <= BUSY_ATTEMPTS_MAX; attempt++) {
        if ((await this.#store.appendRefusals(batch)) === 'kept') {
          this.#kept += batch.length
          return
        }
        await setTimeout(this.#options.busyPauseMs ?? BUSY_PAUSE_MS)
      }
      throw new Error('another process has been writing to the store all the time')
    } catch (error) {
      this.#dropped += batch.length
      this.#options.writeFailed?.(error)
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/**
 * Keeps refused records after the answer, best effort: a bounded queue, written in batches.
 *
 * What does not fit, or cannot be written, is dropped and counted; a request never waits for it.
 * Checked by refusal-log.test.ts
 */
import type { RefusedRecord } from '../core/refused-record.ts'
import type { ControlStore } from '../store/control.ts'

export interface RefusalLogOptions {
  /** Records that may wait to be written. */
  readonly waitingMax?: number
  /** Told when a batch could not be written. */
  readonly writeFailed?: (error: unknown) => void
}

const WAITING_MAX = 10_000
const BATCH_MAX = 500
/** Long enough that a burst of equal refusals becomes one write, short enough to be seen at once. */
const WRITE_AFTER_MS = 200

export class RefusalLog {
  readonly #store: Pick<ControlStore, 'appendRefusals'>
  readonly #options: RefusalLogOptions
  #waiting: RefusedRecord[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #kept = 0
  #dropped = 0

  constructor(store: Pick<ControlStore, 'appendRefusals'>, options: RefusalLogOptions = {}) {
    this.#store = store
    this.#options = options
  }

  keep(record: RefusedRecord): void {
    if (this.#waiting.length >= (this.#options.waitingMax ?? WAITING_MAX)) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(record)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref()
  }

  figures(): { readonly kept: number; readonly dropped: number } {
    return { kept: this.#kept, dropped: this.#dropped }
  }

  /** Writes what waits. Batches go one after the other, each a turn of its own. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#writeAll())
    return this.#writing
  }

  async close(): Promise<void> {
    await this.flush()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      try {
        await this.#store.appendRefusals(batch)
        this.#kept += batch.length
      } catch (error) {
        this.#dropped += batch.length
        this.#options.writeFailed?.(error)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

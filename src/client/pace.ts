/**
 * Lets calls begin at no more than so many in any second, over all sends of a client.
 *
 * Why ours    Queues with a rate count by the wall clock, so that a step back would hold usage up for as long, and
 *             when they are aborted they give up calls under way too, or everybody's. A turn here is a few numbers.
 * Window      It slides: a bucket that fills again would let twice the quota through in its first second.
 * Checked by  pace.test.ts, by a clock that the test sets
 */

/** Effort time. */
export interface Timing {
  /** Monotonic. */
  readonly nowMs: () => number
  /** Ends after that time, or as soon as the signal aborts. Never fails. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

export class Pace {
  readonly #countMax: number
  readonly #windowMs: number
  readonly #timing: Timing
  /** When the last `countMax` turns began or are to begin, oldest first. */
  readonly #turnsMs: number[] = []

  /** @param perSecond Any number above zero; `Infinity` holds nobody up. */
  constructor(perSecond: number, timing: Timing = MACHINE) {
    this.#countMax = Math.max(1, Math.floor(perSecond))
    this.#windowMs = (1_000 * this.#countMax) / perSecond
    this.#timing = timing
  }

  /** Waits for the turn of one more call; ends at once when the signal aborts, which is the caller's to look at. */
  async turn(signal: AbortSignal): Promise<void> {
    if (this.#countMax === Infinity) return
    const nowMs = this.#timing.nowMs()
    const isFull = this.#turnsMs.length === this.#countMax
    const oldestMs = isFull ? this.#turnsMs.shift() : undefined
    const turnMs = Math.max(nowMs, (oldestMs ?? -Infinity) + this.#windowMs)
    this.#turnsMs.push(turnMs)
    if (turnMs > nowMs) await this.#timing.sleep(turnMs - nowMs, signal)
  }
}

const MACHINE: Timing = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    }),
}

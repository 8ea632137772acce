/** Recorded-at: strictly increasing, whatever the machine's clock does. */

export class RecordingClock {
  readonly #nowUs: () => number
  #lastUs: number

  /** @param lastUs The latest instant that was ever handed out, restarts included; 0 if none. */
  constructor(nowUs: () => number, lastUs: number) {
    this.#nowUs = nowUs
    this.#lastUs = lastUs
  }

  get lastUs(): number {
    return this.#lastUs
  }

  /** The machine's clock as it is, for decisions that need no order. */
  get nowMs(): number {
    return this.#nowUs() / 1_000
  }

  /** The next instant: the clock's, or one microsecond past the last where the clock stepped back. */
  nextUs(): number {
    this.#lastUs = Math.max(Math.floor(this.#nowUs()), this.#lastUs + 1)
    return this.#lastUs
  }

  /** Instants after this one were handed out and never used: the next may be before them. */
  fallBackTo(usedUs: number): void {
    this.#lastUs = Math.min(this.#lastUs, usedUs)
  }

  /** An instant that no later one will be before, whatever the machine's clock does. */
  promiseUs(): number {
    const promisedUs = Math.max(Math.floor(this.#nowUs()), this.#lastUs + 1)
    this.#lastUs = promisedUs - 1
    return promisedUs
  }
}

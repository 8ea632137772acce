/**
 * How many transactions of several lanes run at once, and how many lanes each takes.
 *
 * Why few     With two the server always has work, and what comes meanwhile gathers; with eight a statement had half as many
 *             rows (measured), and a statement of few rows costs nearly what one of many does.
 * Slow ones   A transaction may hang on a lock, or on a standby. After a moment it is no reason for others to wait.
 * Checked by  pace.test.ts
 */

/** All buckets of a call or two. Eight made 38,400 records/s and sixteen 43,800, on a quiet machine. */
const LANES = 16
const AT_ONCE = 2
const SLOW_MS = 50

export interface PaceSettings {
  /** Transactions at once, slow ones included. */
  readonly countMax: number
  /** Others need wait for one no more. */
  readonly onSlow: () => void
}

export class Pace {
  readonly #settings: PaceSettings
  #count = 0
  #slowCount = 0

  constructor(settings: PaceSettings) {
    this.#settings = settings
  }

  /** How many lanes the next transaction takes; 0 if none may start now. */
  get lanesNext(): number {
    const quickCount = this.#count - this.#slowCount
    return quickCount === AT_ONCE || this.#count === this.#settings.countMax ? 0 : LANES
  }

  /** Counts a transaction as long as it runs. */
  async run(transaction: () => Promise<void>): Promise<void> {
    const counted = { isSlow: false }
    this.#count++
    const timer = setTimeout(() => {
      counted.isSlow = true
      this.#slowCount++
      this.#settings.onSlow()
    }, SLOW_MS)
    try {
      await transaction()
    } finally {
      clearTimeout(timer)
      this.#count--
      if (counted.isSlow) this.#slowCount--
    }
  }
}

/**
 * Ends the wait of whoever has waited too long, whatever it is that keeps them: one timer for all of them, which runs out
 * about once in the time that anybody waits.
 */

interface Wait {
  readonly endMs: number
  readonly giveUp: () => void
}

export class Patience {
  readonly #msMax: number
  readonly #onOverdue: () => void
  readonly #nowMs: () => number
  /** The longest first, because all wait equally long. */
  readonly #waits = new Set<Wait>()
  #isTimed = false

  /** @param onOverdue Called after one or more were given up. */
  constructor(msMax: number, onOverdue: () => void, nowMs = () => performance.now()) {
    this.#msMax = msMax
    this.#onOverdue = onOverdue
    this.#nowMs = nowMs
  }

  /** @returns What `work` comes to; `giveUp` has to end it, and is called unless it ended in time. */
  async bound<Result>(work: Promise<Result>, giveUp: () => void): Promise<Result> {
    const wait = { endMs: this.#nowMs() + this.#msMax, giveUp }
    this.#waits.add(wait)
    if (!this.#isTimed) this.#timeFor(wait)
    try {
      return await work
    } finally {
      this.#waits.delete(wait)
    }
  }

  #timeFor({ endMs }: Wait): void {
    this.#isTimed = true
    setTimeout(() => {
      this.#look()
    }, endMs - this.#nowMs()).unref()
  }

  #look(): void {
    this.#isTimed = false
    const overdue = [...this.#waits].filter(({ endMs }) => endMs <= this.#nowMs())
    for (const wait of overdue) {
      this.#waits.delete(wait)
      wait.giveUp()
    }
    const [next] = this.#waits
    if (next !== undefined) this.#timeFor(next)
    if (overdue.length > 0) this.#onOverdue()
  }
}

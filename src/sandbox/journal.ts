/**
 * The exchanges of a workspace, the newest so many, and who watches them.
 *
 * Bounded     So many exchanges a workspace, and so many bytes over all workspaces of a process: past that the oldest of all go.
 * Checked by  journal.test.ts
 */
import type { Exchange } from './exchange.ts'

const COUNT_MAX = 1_000
const BYTES_MAX = 64 * 1_048_576
/** Of an exchange beside its texts. */
const BYTES_OVERHEAD = 1_024

export type Watcher = (exchange: Exchange) => void

/** What all journals of a process may hold together. */
export class JournalBudget {
  readonly #bytesMax: number
  /** In order of age, oldest first. */
  readonly #held = new Map<Exchange, { readonly bytes: number; readonly forget: () => void }>()
  #bytes = 0

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  hold(exchange: Exchange, forget: () => void): void {
    const bytes = bytesOf(exchange)
    this.#held.set(exchange, { bytes, forget })
    this.#bytes += bytes
    for (const [oldest, held] of this.#held) {
      if (this.#bytes <= this.#bytesMax) return
      this.release(oldest)
      held.forget()
    }
  }

  release(exchange: Exchange): void {
    this.#bytes -= this.#held.get(exchange)?.bytes ?? 0
    this.#held.delete(exchange)
  }
}

export class Journal {
  readonly #budget: JournalBudget
  readonly #exchanges = new Set<Exchange>()
  readonly #watchers = new Set<Watcher>()
  #count = 0

  constructor(budget: JournalBudget) {
    this.#budget = budget
  }

  /** The number of the next exchange. */
  next(): number {
    return ++this.#count
  }

  add(exchange: Exchange): void {
    this.#exchanges.add(exchange)
    this.#budget.hold(exchange, () => this.#exchanges.delete(exchange))
    const [oldest] = this.#exchanges
    if (oldest !== undefined && this.#exchanges.size > COUNT_MAX) this.#drop(oldest)
    for (const watch of this.#watchers) watch(exchange)
  }

  /** Those after a number, oldest first. */
  after(number: number): readonly Exchange[] {
    return [...this.#exchanges].filter((exchange) => exchange.number > number)
  }

  /** The oldest that is kept after a number. */
  nextAfter(number: number): Exchange | undefined {
    for (const exchange of this.#exchanges) if (exchange.number > number) return exchange
    return undefined
  }

  /** @returns Ends the watching. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
    }
  }

  clear(): void {
    for (const exchange of this.#exchanges) this.#drop(exchange)
  }

  #drop(exchange: Exchange): void {
    this.#exchanges.delete(exchange)
    this.#budget.release(exchange)
  }
}

function bytesOf({ request, answer }: Exchange): number {
  const headers = request.headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  )
  return BYTES_OVERHEAD + request.target.length + headers + request.body.length + answer.body.length
}

/**
 * The exchanges of a workspace, the newest so many, and who watches them.
 *
 * Bounded     So many exchanges a workspace, and so many bytes over all workspaces of a process: past that the oldest of all go.
 * As bytes    What is kept is what is sent, so a limit is a limit: as objects with all that they hold on to it would be twenty times that.
 * Checked by  journal.test.ts
 */
import { randomBytes } from 'node:crypto'
import type { Exchange } from './exchange.ts'

const COUNT_MAX = 1_000
const BYTES_MAX = 64 * 1_048_576
/** Of an exchange beside its bytes. */
const BYTES_OVERHEAD = 512

/** An exchange as it is kept. */
export interface Kept {
  readonly number: number
  readonly json: Buffer
}

/** What all journals of a process may hold together. */
export class JournalBudget {
  readonly #bytesMax: number
  /** In order of age, oldest first. */
  readonly #held = new Map<Kept, () => void>()
  #bytes = 0

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  hold(kept: Kept, forget: () => void): void {
    this.#held.set(kept, forget)
    this.#bytes += bytesOf(kept)
    for (const [oldest, forgetOldest] of this.#held) {
      if (this.#bytes <= this.#bytesMax) return
      this.release(oldest)
      forgetOldest()
    }
  }

  release(kept: Kept): void {
    if (this.#held.delete(kept)) this.#bytes -= bytesOf(kept)
  }
}

export class Journal {
  readonly #budget: JournalBudget
  readonly #kept = new Set<Kept>()
  readonly #watchers = new Set<() => void>()
  #count = 0
  #isClosed = false
  #era = newEra()

  constructor(budget: JournalBudget) {
    this.#budget = budget
  }

  /** The number of the next exchange. */
  next(): number {
    return ++this.#count
  }

  add(exchange: Exchange): void {
    const kept = { number: exchange.number, json: Buffer.from(JSON.stringify(exchange)) }
    this.#kept.add(kept)
    this.#budget.hold(kept, () => this.#kept.delete(kept))
    const [oldest] = this.#kept
    if (oldest !== undefined && this.#kept.size > COUNT_MAX) this.#drop(oldest)
    this.#wake()
  }

  /** Those after a number, oldest first; as `nextAfter`. */
  after(number: number): readonly Exchange[] {
    const last = this.#known(number)
    const found = [...this.#kept].filter((kept) => kept.number > last)
    return found.map(({ json }) => JSON.parse(json.toString()) as Exchange)
  }

  /** The oldest that is kept after a number. */
  nextAfter(number: number): Kept | undefined {
    const last = this.#known(number)
    for (const kept of this.#kept) if (kept.number > last) return kept
    return undefined
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  /** Another one whenever it was emptied, and in each process: who knows exchanges of another era knows none of these. */
  get era(): string {
    return this.#era
  }

  /** Whether its workspace has ended, and nothing will come any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** @param watcher Told that there is something to look for. @returns Ends the watching. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => {
      this.#watchers.delete(watcher)
    }
  }

  clear(): void {
    for (const kept of this.#kept) this.#drop(kept)
    this.#era = newEra()
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.clear()
  }

  /** A number that there never was is of an earlier process, and all come after it. */
  #known(number: number): number {
    return number > this.#count ? 0 : number
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #drop(kept: Kept): void {
    this.#kept.delete(kept)
    this.#budget.release(kept)
  }
}

function newEra(): string {
  return randomBytes(6).toString('hex')
}

function bytesOf({ json }: Kept): number {
  return BYTES_OVERHEAD + json.length
}

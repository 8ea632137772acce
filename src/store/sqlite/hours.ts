/**
 * The hours that hold records, and how the keys of each are kept unique.
 *
 * memory      An index rebuilt at start from the file. The way of an open hour, while the index is not too big.
 * constraint  The primary key of `record_key`. The way of closed hours, and of new ones past the limit.
 *
 * An hour's way is decided and stored with its first record. It changes once at most, from memory to
 * constraint, in the transaction that writes the last of its keys (maintenance.ts); never back, so a
 * clock that jumps or a window that widens finds every hour as it was left.
 */
import type { DatabaseSync } from 'node:sqlite'
import { MS_PER_HOUR, type UsageHour } from '../../core/hour.ts'
import { HourIndex } from '../hour-index.ts'
import { LedgerRefused } from '../refused.ts'

export interface HourState {
  readonly hour: UsageHour
  readonly firstPosition: number
  /** Absent: the constraint. */
  index: HourIndex | undefined
  /** Its keys are being written to the file, so new ones go there as well. */
  sealing: boolean
}

export interface HourLimits {
  /** Past this size of the index, new hours begin with the constraint. */
  readonly indexBytesMax: number
  /** How long after its end an hour still gets records: the profile's window. */
  readonly windowMs: number
}

/** Positions read at a time while the index is rebuilt. */
const REBUILD_ROWS = 20_000
/** 24 bits of hour and 29 of series make one exact number, and one column is read faster than two. */
export const SERIES_END = 2 ** 29
/** Clocks differ, and a request may be under way while its hour leaves the window. */
const SEAL_MARGIN_MS = 10 * 60_000

export class HourBook {
  readonly #states = new Map<UsageHour, HourState>()
  /** Those with an index: a few, while the states are as many as the ledger has hours. */
  readonly #open = new Set<HourState>()
  readonly #limits: HourLimits

  constructor(database: DatabaseSync, limits: HourLimits) {
    this.#limits = limits
    const rows = database.prepare('select hour, way, first_position from hour_state').all()
    for (const row of rows) {
      const hour = Number(row['hour']) as UsageHour
      const firstPosition = Number(row['first_position'])
      this.#remember(stateOf(hour, firstPosition, row['way'] === 'memory'))
    }
    this.#rebuild(database)
  }

  get(hour: UsageHour): HourState | undefined {
    return this.#states.get(hour)
  }

  /** Begins an hour with its first record; undone by {@link forget}. */
  begin(hour: UsageHour, position: number, nowMs: number): HourState {
    const isOpen = !this.#hasLeft(hour, nowMs) && this.indexBytes < this.#limits.indexBytesMax
    return this.#remember(stateOf(hour, position, isOpen))
  }

  forget(state: HourState): void {
    this.#states.delete(state.hour)
    this.#open.delete(state)
  }

  /** Hands an hour whose keys are all in the file over to the constraint. */
  close(state: HourState): void {
    state.index = undefined
    state.sealing = false
    this.#open.delete(state)
  }

  get indexBytes(): number {
    return this.#sum((index) => index.bytes)
  }

  get indexKeys(): number {
    return this.#sum((index) => index.count)
  }

  get inMemoryCount(): number {
    return this.#open.size
  }

  get isFull(): boolean {
    return this.indexBytes >= this.#limits.indexBytesMax
  }

  /** The hour whose keys should go to the file next: one that left the window, or the oldest if there is no room. */
  nextToSeal(nowMs: number): HourState | undefined {
    let oldest: HourState | undefined
    for (const state of this.#open) {
      if (oldest === undefined || state.hour < oldest.hour) oldest = state
    }
    if (oldest === undefined) return undefined
    return this.isFull || this.#hasLeft(oldest.hour, nowMs) ? oldest : undefined
  }

  #remember(state: HourState): HourState {
    this.#states.set(state.hour, state)
    if (state.index !== undefined) this.#open.add(state)
    return state
  }

  #hasLeft(hour: UsageHour, nowMs: number): boolean {
    return nowMs >= (hour + 1) * MS_PER_HOUR + this.#limits.windowMs + SEAL_MARGIN_MS
  }

  #sum(measure: (index: HourIndex) => number): number {
    let sum = 0
    for (const { index } of this.#open) if (index !== undefined) sum += measure(index)
    return sum
  }

  #rebuild(database: DatabaseSync): void {
    if (this.#open.size === 0) return
    const select = database.prepare(
      `select hour * ${SERIES_END} + series, quantity * 2 + (allocations is not null)
       from record where position between ? and ?`,
    )
    select.setReturnArrays(true)
    const last = lastPosition(database)
    const first = Math.min(...Array.from(this.#open, ({ firstPosition }) => firstPosition))
    for (let from = first; from <= last; from += REBUILD_ROWS) {
      const to = Math.min(last, from + REBUILD_ROWS - 1)
      // Typed as records, but arrays since the line above.
      const rows = select.all(from, to) as unknown as readonly (readonly [number, number])[]
      if (rows.length !== to - from + 1) throw damaged('lacks a record', from, to)
      this.#index(rows, from)
    }
  }

  #index(rows: readonly (readonly [number, number])[], from: number): void {
    let position = from
    for (const [key, content] of rows) {
      const series = key % SERIES_END
      const index = this.#states.get(((key - series) / SERIES_END) as UsageHour)?.index
      if (index !== undefined) {
        const countBefore = index.count
        index.put(series, position, content >>> 1, (content & 1) === 1)
        if (index.count === countBefore) throw damaged('holds a key twice', from, position)
      }
      position++
    }
  }
}

export function lastPosition(database: DatabaseSync): number {
  return Number(database.prepare('select max(position) as last from record').get()?.['last'] ?? 0)
}

function stateOf(hour: UsageHour, firstPosition: number, inMemory: boolean): HourState {
  return {
    hour,
    firstPosition,
    index: inMemory ? new HourIndex(firstPosition) : undefined,
    sealing: false,
  }
}

function damaged(what: string, from: number, to: number): LedgerRefused {
  return new LedgerRefused(
    `The ledger is damaged: it ${what} between positions ${from} and ${to}. Run \`marketmeter ledger verify\`, then restore a backup.`,
  )
}

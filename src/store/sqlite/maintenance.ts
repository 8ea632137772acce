/**
 * What keeps the ledger small in memory and quick to start: done in slices, when nobody waits.
 *
 * seal        Writes the keys of an hour that left the window to `record_key`, in order, and in the transaction
 *             of the last slice hands the hour over to that constraint. A crash in the middle is harmless:
 *             the hour is still rebuilt from its rows, and the same keys are written again.
 * index       Lets `series_key` catch up with `series`, in batches sorted by fingerprint.
 * checkpoint  Carries the log back into the file before it grows.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HourBook, HourState } from './hours.ts'
import { Inserter } from './insert.ts'
import type { SeriesRegister } from './series-register.ts'

/** A few milliseconds' work. */
const KEYS_PER_SLICE = 2_000
const SERIES_PER_SLICE = 1_000
/** Sorted together, so that a page of the big index is written once for several; sorting more takes too long. */
const SERIES_PER_BATCH = 6_000
/** Below this, a start reads them faster than it is worth to index them while others wait. */
const SERIES_URGENT = 250_000
const CHECKPOINT_PAGES = 2_000
const PROBE_BYTES = 1_048_576

interface Batch {
  readonly rows: readonly (readonly [Uint8Array, number])[]
  readonly lastId: number
  done: number
}

export class Maintenance {
  readonly #database: DatabaseSync
  readonly #hours: HourBook
  readonly #series: SeriesRegister
  readonly #insertKey: Inserter
  readonly #insertSeriesKey: Inserter
  readonly #seal: StatementSync
  readonly #mark: StatementSync
  readonly #selectTail: StatementSync
  readonly #walState: StatementSync
  #sealing: { readonly state: HourState; fromSeries: number } | undefined
  #batch: Batch | undefined
  /** Pages of the log when a checkpoint could carry nothing back. */
  #heldUpAt: number | undefined

  constructor(database: DatabaseSync, hours: HourBook, series: SeriesRegister) {
    this.#database = database
    this.#hours = hours
    this.#series = series
    const skip = 'on conflict do nothing'
    this.#insertKey = new Inserter(database, 'record_key', ['hour', 'series', 'position'], skip)
    this.#insertSeriesKey = new Inserter(database, 'series_key', ['fingerprint', 'series'], skip)
    this.#seal = database.prepare(`update hour_state set way = 'constraint' where hour = ?`)
    this.#mark = database.prepare(
      `insert into meta values ('series_indexed', ?) on conflict (name) do update set value = excluded.value`,
    )
    this.#selectTail = database.prepare(
      'select fingerprint, id from series where id > ? and id <= ? order by fingerprint',
    )
    this.#selectTail.setReturnArrays(true)
    this.#walState = database.prepare('pragma wal_checkpoint(noop)')
  }

  /** Whether there is work that should be done even while callers wait. */
  isUrgent(nowMs: number): boolean {
    return (
      this.#sealing !== undefined ||
      this.#series.unindexedCount > SERIES_URGENT ||
      this.#hours.nextToSeal(nowMs) !== undefined
    )
  }

  /**
   * Does one slice of work, in a transaction of its own.
   *
   * @returns Whether there may be more.
   * @throws Whatever SQLite says; memory is then as before.
   */
  slice(nowMs: number): boolean {
    if (this.#sealing === undefined) {
      const state = this.#hours.nextToSeal(nowMs)
      if (state !== undefined) this.#sealing = { state, fromSeries: 0 }
    }
    if (this.#sealing !== undefined) {
      this.#sealSlice(this.#sealing)
      return true
    }
    return this.#indexSlice()
  }

  /** @returns Whether some of a long log was carried back. */
  checkpoint(): boolean {
    const { log, done } = this.walPages()
    if (log - done < CHECKPOINT_PAGES || this.#isHeldUp(log)) return false
    this.#database.exec('pragma wal_checkpoint(passive)')
    const moved = this.walPages().done > done
    this.#heldUpAt = moved ? undefined : log
    return moved
  }

  /** A reader's snapshot holds up what is behind it. Trying at every turn would leave time for nothing else. */
  #isHeldUp(log: number): boolean {
    if (this.#heldUpAt === undefined) return false
    // A shorter log is a new one.
    return log >= this.#heldUpAt && log < this.#heldUpAt + CHECKPOINT_PAGES
  }

  /** Writes as much as a commit may need and takes it away again. @throws If there is no space. */
  probeSpace(): void {
    this.#inTransaction(() => {
      this.#database.exec(`insert into meta values ('probe', hex(zeroblob(${PROBE_BYTES / 2})))
        on conflict (name) do update set value = excluded.value`)
    })
    this.#inTransaction(() => this.#database.exec(`delete from meta where name = 'probe'`))
  }

  /** Pages of the log, and how many of them are in the file already. */
  walPages(): { log: number; done: number } {
    const row = this.#walState.get()
    return { log: Number(row?.['log'] ?? 0), done: Number(row?.['checkpointed'] ?? 0) }
  }

  #sealSlice(sealing: { readonly state: HourState; fromSeries: number }): void {
    const { state, fromSeries } = sealing
    // From now on a new record of this hour writes its key itself; the walk may have passed its series.
    state.sealing = true
    const keys: number[] = []
    const next = state.index?.walk(fromSeries, KEYS_PER_SLICE, (series, { position }) => {
      keys.push(state.hour, series, position)
    })
    this.#inTransaction(() => {
      this.#insertKey.insert(keys)
      if (next === undefined) this.#seal.run(state.hour)
    })
    if (next === undefined) {
      this.#hours.close(state)
      this.#sealing = undefined
    } else {
      sealing.fromSeries = next
    }
  }

  #indexSlice(): boolean {
    this.#batch ??= this.#nextBatch()
    const batch = this.#batch
    if (batch === undefined) return false
    const end = Math.min(batch.rows.length, batch.done + SERIES_PER_SLICE)
    this.#inTransaction(() => {
      this.#insertSeriesKey.insert(batch.rows.slice(batch.done, end).flat())
      if (end === batch.rows.length) this.#mark.run(String(batch.lastId))
    })
    batch.done = end
    if (end === batch.rows.length) {
      this.#series.indexedUpTo = batch.lastId
      this.#batch = undefined
    }
    return true
  }

  #nextBatch(): Batch | undefined {
    const { indexedUpTo, count } = this.#series
    if (indexedUpTo === count) return undefined
    const lastId = Math.min(count, indexedUpTo + SERIES_PER_BATCH)
    // Typed as records, but arrays since setReturnArrays.
    const rows = this.#selectTail.all(indexedUpTo, lastId) as unknown as Batch['rows']
    return { rows, lastId, done: 0 }
  }

  #inTransaction(write: () => void): void {
    this.#database.exec('begin immediate')
    try {
      write()
      this.#database.exec('commit')
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    }
  }
}

/**
 * What keeps the ledger small in memory and quick to start: done in slices, when nobody waits.
 *
 * seal        Writes the keys of an hour that left the window to `record_key`, in order, and in the transaction
 *             of the last slice hands the hour over to that constraint. A crash in the middle is harmless:
 *             the hour is still rebuilt from its rows, and the same keys are written again.
 * index       Lets `series_key` catch up with `series`, a batch at a time, in the order of fingerprints: what lies on
 *             one page of the index is written together, and a page is written once for many.
 * tokens      Removes client tokens that are over by the machine's clock: whoever sends them may have stopped.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HourBook, HourState } from './hours.ts'
import { Inserter } from './insert.ts'
import type { SeriesRegister } from './series-register.ts'
import { TokenBook } from './token-book.ts'

/** A few milliseconds' work. */
const KEYS_PER_SLICE = 2_000
const SERIES_PER_SLICE = 1_000
const SERIES_READ_PER_SLICE = 4_000
const SERIES_PER_BATCH = 64_000
/** Below this, a start reads them faster than it is worth to index them while others wait. */
const SERIES_URGENT = 250_000
const TOKENS_PER_SLICE = 1_000
const PROBE_BYTES = 1_048_576

type SeriesKeyRow = readonly [fingerprint: Uint8Array, id: number]

interface Batch {
  readonly lastId: number
  /** By the first byte of the fingerprint: written one after the other, they are nearly sorted. */
  readonly parts: readonly SeriesKeyRow[][]
  readUpTo: number
  partsWritten: number
}

export class Maintenance {
  readonly #database: DatabaseSync
  readonly #hours: HourBook
  readonly #series: SeriesRegister
  readonly #insertKey: Inserter
  readonly #insertSeriesKey: Inserter
  readonly #tokens: TokenBook
  readonly #seal: StatementSync
  readonly #selectToken: StatementSync
  readonly #mark: StatementSync
  readonly #selectTail: StatementSync
  #sealing: { readonly state: HourState; fromSeries: number } | undefined
  #batch: Batch | undefined

  constructor(database: DatabaseSync, hours: HourBook, series: SeriesRegister) {
    this.#database = database
    this.#hours = hours
    this.#series = series
    const skip = 'on conflict do nothing'
    this.#insertKey = new Inserter(database, 'record_key', ['hour', 'series', 'position'], skip)
    this.#insertSeriesKey = new Inserter(database, 'series_key', ['fingerprint', 'series'], skip)
    this.#tokens = new TokenBook(database)
    this.#selectToken = database.prepare(
      'select 1 from client_token where kept_until_ms <= ? limit 1',
    )
    this.#seal = database.prepare(`update hour_state set way = 'constraint' where hour = ?`)
    this.#mark = database.prepare(
      `insert into meta values ('series_indexed', ?) on conflict (name) do update set value = excluded.value`,
    )
    this.#selectTail = database.prepare(
      'select fingerprint, id from series where id > ? and id <= ? order by id',
    )
    this.#selectTail.setReturnArrays(true)
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
    return this.#indexSlice() || this.#tokenSlice(nowMs)
  }

  /** Writes as much as a commit may need and takes it away again. @throws If there is no space. */
  probeSpace(): void {
    this.#inTransaction(() => {
      this.#database.exec(`insert into meta values ('probe', hex(zeroblob(${PROBE_BYTES / 2})))
        on conflict (name) do update set value = excluded.value`)
    })
    this.#inTransaction(() => this.#database.exec(`delete from meta where name = 'probe'`))
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

  /** Looks before it begins to write: seldom is there one. */
  #tokenSlice(nowMs: number): boolean {
    const endMs = Math.floor(nowMs)
    if (this.#selectToken.get(endMs) === undefined) return false
    this.#inTransaction(() => {
      this.#tokens.removeOver(endMs, TOKENS_PER_SLICE)
    })
    return true
  }

  #indexSlice(): boolean {
    this.#batch ??= this.#nextBatch()
    const batch = this.#batch
    if (batch === undefined) return false
    if (batch.readUpTo < batch.lastId) this.#readSlice(batch)
    else this.#writeSlice(batch)
    return true
  }

  #nextBatch(): Batch | undefined {
    const { indexedUpTo, count } = this.#series
    if (indexedUpTo === count) return undefined
    const lastId = Math.min(count, indexedUpTo + SERIES_PER_BATCH)
    const parts = Array.from({ length: 256 }, (): SeriesKeyRow[] => [])
    return { lastId, parts, readUpTo: indexedUpTo, partsWritten: 0 }
  }

  #readSlice(batch: Batch): void {
    const to = Math.min(batch.lastId, batch.readUpTo + SERIES_READ_PER_SLICE)
    // Typed as records, but arrays since setReturnArrays.
    const rows = this.#selectTail.all(batch.readUpTo, to) as unknown as readonly SeriesKeyRow[]
    for (const row of rows) batch.parts[row[0][0] ?? 0]?.push(row)
    batch.readUpTo = to
  }

  #writeSlice(batch: Batch): void {
    const rows: SeriesKeyRow[] = []
    let { partsWritten: end } = batch
    while (end < batch.parts.length && rows.length < SERIES_PER_SLICE) {
      rows.push(...(batch.parts[end++] ?? []))
    }
    const isWhole = end === batch.parts.length
    this.#inTransaction(() => {
      this.#insertSeriesKey.insert(rows.flat())
      if (isWhole) this.#mark.run(String(batch.lastId))
    })
    batch.partsWritten = end
    if (!isWhole) return
    this.#series.indexedUpTo = batch.lastId
    this.#batch = undefined
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

/**
 * The ledger on SQLite: one writer, no service to install.
 *
 * Commit      Calls wait in a queue that serves sellers in turn. A turn of the event loop settles all that
 *             wait, up to a bound, in one transaction, and answers after the commit: under load, hundreds of
 *             records share one sync.
 * Failures    A full disk rejects the calls of that commit, and the ledger works again when there is space. After
 *             a failed sync nobody knows what is on the disk, so nothing is tried again until a restart.
 * Limits      The event loop stands still for each commit, a few milliseconds at most.
 * Checked by  sqlite.test.ts, with ../ledger.spec.ts.
 */
import type { Worker } from 'node:worker_threads'
import type { HourKey } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import type { Call, HeldRecord, NewRecord } from '../../core/metering-record.ts'
import { checkTokened, TokenTaken } from '../client-token.ts'
import { FairQueue } from '../fair-queue.ts'
import { checkIncoming } from '../incoming.ts'
import type { Held, Ledger, LedgerHealth, LedgerPage, LedgerQuery } from '../ledger.ts'
import { positionBefore } from '../query.ts'
import { Checkpoints } from './checkpoints.ts'
import { type CallToSettle, CommitFailed, CommitWriter } from './commit-writer.ts'
import { failureKindOf } from './failure.ts'
import { openForWriting, type WritableFile } from './file.ts'
import { Horizon, recordingClockOf } from './horizon.ts'
import { HourBook, type HourLimits } from './hours.ts'
import { Maintenance } from './maintenance.ts'
import { checkMark, markOf } from './mark.ts'
import { ReaderThread } from './reader-thread.ts'
import { movedTo, refuseMoved } from './moved.ts'
import { SeriesRegister } from './series-register.ts'

export interface SqliteLedgerOptions {
  /** The ledger's file. Its directory is made; beside it appear -wal, -shm and .lock. */
  readonly file: string
  /** Microseconds since 1970 by the machine's clock. */
  readonly nowUs: () => number
  /** How long after its end an hour still gets records: the profile's window, and what it adds at a month's end. */
  readonly windowMs: number
  /** Bytes of the index of open hours, past which new hours rely on the file alone. */
  readonly indexBytesMax?: number
  /** Records that one commit settles at most, but for a single call that has more. */
  readonly commitRecordsMax?: number
  /** What kind of ledger this is. Stored when the ledger is new; another one is refused ever after. */
  readonly mark?: string
  /** Told about every commit that wrote records or client tokens: for metrics. */
  readonly onCommit?: (commit: { readonly records: number; readonly seconds: number }) => void
  /** Told in a sentence what deserves a look, once each time it begins: for the log. */
  readonly onNote?: (note: string) => void
  /** Starts the thread that carries the log back. Only a test starts another one. */
  readonly startCheckpoints?: (file: string) => Worker
  /** Runs the commit that it is given. Only a test does anything else. */
  readonly commit?: (commit: () => void) => void
}

interface Waiting extends CallToSettle {
  readonly resolve: (held: readonly Held[]) => void
  readonly reject: (error: unknown) => void
}

const INDEX_BYTES_MAX = 1_073_741_824
/** More would save little, and let a quiet seller wait behind a loud one. */
const COMMIT_RECORDS_MAX = 1_000
/** A commit takes fewer if by the last ones so many would be longer in work, as new series are. */
const COMMIT_MS_MAX = 8
const COMMIT_RECORDS_MIN = 100
const COMMITS_SMOOTHED = 8
/** While callers wait, maintenance gets a slice this often. */
const SLICE_EVERY_MS = 25
const IDLE_MS = 1_000

export class SqliteLedger implements Ledger {
  readonly #options: SqliteLedgerOptions
  readonly #file: WritableFile
  readonly #hours: HourBook
  readonly #series: SeriesRegister
  readonly #writer: CommitWriter
  readonly #maintenance: Maintenance
  readonly #checkpoints: Checkpoints
  readonly #horizon: Horizon
  readonly #reader: ReaderThread
  readonly #queue = new FairQueue<Waiting>()
  readonly #idle: NodeJS.Timeout
  #isScheduled = false
  #lastSliceMs = 0
  #closing: Promise<void> | undefined
  /** Why nothing can be held, until a restart. */
  #broken: string | undefined
  /** Why nothing can be held just now. */
  #full: string | undefined
  #indexNote: string | undefined
  /** The log cannot be carried back just now. */
  #logNote: string | undefined
  #commitCount = 0
  #commitSeconds = 0
  /** Of work before the sync, smoothed over some commits. */
  #msPerRecord = 0

  /**
   * Opens a ledger, or makes one, and rebuilds the index of its open hours.
   *
   * @throws LedgerRefused in a sentence: another writer, a newer schema, a damaged file, another mark, moved away.
   */
  static async open(options: SqliteLedgerOptions): Promise<SqliteLedger> {
    const file = openForWriting(options.file)
    try {
      refuseMoved(options.file, movedTo(file.database))
      checkMark(file, options.mark, options.file)
      return new SqliteLedger(options, file)
    } catch (error) {
      file.close()
      throw error
    }
  }

  private constructor(options: SqliteLedgerOptions, file: WritableFile) {
    const limits: HourLimits = {
      indexBytesMax: options.indexBytesMax ?? INDEX_BYTES_MAX,
      windowMs: options.windowMs,
    }
    const { database } = file
    this.#options = options
    this.#file = file
    this.#hours = new HourBook(database, limits)
    this.#series = new SeriesRegister(database)
    const commit = options.commit ?? ((run) => run())
    const clock = recordingClockOf(database, options.nowUs)
    this.#writer = new CommitWriter(database, this.#series, this.#hours, clock, commit)
    this.#horizon = new Horizon(database, clock)
    this.#maintenance = new Maintenance(database, this.#hours, this.#series)
    this.#checkpoints = new Checkpoints({
      database,
      file: options.file,
      onFailure: (error) => this.#onCheckpointFailure(error),
      onMoved: () => (this.#logNote = undefined),
      onDone: () => this.#onIdle(),
      onAlone: (reason) => {
        this.#note(
          `The thread that carries the log back cannot go on: ${reason}. The service does its work itself and stands still for some milliseconds each time, until a restart.`,
        )
      },
      ...(options.startCheckpoints && { startWorker: options.startCheckpoints }),
    })
    this.#promise()
    this.#reader = new ReaderThread(options.file)
    this.#idle = setInterval(() => this.#onIdle(), IDLE_MS)
    this.#idle.unref()
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<readonly Held[]> {
    this.#refuseIfClosed()
    if (this.#broken !== undefined) throw new Error(this.#broken)
    checkIncoming(records)
    checkTokened(records, token)
    if (records.length === 0) return []
    return new Promise((resolve, reject) => {
      const waiting =
        token === undefined
          ? { call, records, resolve, reject }
          : { call, records, token, resolve, reject }
      this.#queue.push(call.account, waiting, records.length)
      this.#schedule()
    })
  }

  async isTaken(token: ClientToken): Promise<boolean> {
    this.#refuseIfClosed()
    if (this.#broken !== undefined) throw new Error(this.#broken)
    return this.#writer.isTaken(token)
  }

  async find(keys: readonly HourKey[]): Promise<readonly (HeldRecord | undefined)[]> {
    this.#refuseIfClosed()
    // What a failed sync left in the file is unknown: "not held" might be wrong.
    if (this.#broken !== undefined) throw new Error(this.#broken)
    return keys.map((key) => this.#writer.find(key))
  }

  async read(query: LedgerQuery): Promise<LedgerPage> {
    this.#refuseIfClosed()
    // Told here, so that a caller's mistake costs no thread.
    positionBefore(query)
    return this.#reader.read(query)
  }

  health(): LedgerHealth {
    const problem = this.#closing ? 'The ledger is closed.' : (this.#broken ?? this.#full)
    const note = problem ?? this.#logNote ?? this.#indexNote
    const figures = {
      records: this.#writer.recordCount,
      series: this.#series.count,
      series_loaded: this.#series.loadedCount,
      series_bytes: this.#series.facts.bytes,
      series_unindexed: this.#series.unindexedCount,
      index_keys: this.#hours.indexKeys,
      index_bytes: this.#hours.indexBytes,
      index_hours: this.#hours.inMemoryCount,
      commits: this.#commitCount,
      commit_seconds: this.#commitSeconds,
      wal_pages: this.#walPages(),
    }
    const health = { ready: problem === undefined, waiting: this.#queue.size, figures }
    return note === undefined ? health : { ...health, note }
  }

  close(): Promise<void> {
    this.#closing ??= this.#finishAndClose()
    return this.#closing
  }

  get file(): string {
    return this.#options.file
  }

  /** What the ledger is marked as; undefined if it has no mark. */
  get mark(): string | undefined {
    return markOf(this.#file)
  }

  /** How the writing connection really works, read back from SQLite itself. */
  diagnostics(): Readonly<Record<'journal_mode' | 'synchronous', string>> {
    const read = (pragma: string) =>
      String(Object.values(this.#file.database.prepare(`pragma ${pragma}`).get() ?? {})[0])
    return { journal_mode: read('journal_mode'), synchronous: read('synchronous') }
  }

  /** Bounds the size of the file; past it, the disk counts as full. @param count Pages of 4 KiB. */
  limitPages(count: number): void {
    this.#file.database.exec(`pragma max_page_count = ${Math.floor(count)}`)
  }

  /** Does the maintenance there is, now: for commands and tests. Callers wait meanwhile. */
  maintain(slicesMax = Infinity): void {
    for (let slices = 0; slices < slicesMax && this.#slice(); slices++) this.#checkpoint('now')
    if (this.#horizon.isDue) this.#promise()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  /** One turn: a commit if somebody waits, then what is due besides. Answers leave between turns. */
  #turn(): void {
    this.#isScheduled = false
    if (this.#closing !== undefined) return
    this.#checkpoint('order')
    if (this.#isDue()) {
      this.#lastSliceMs = performance.now()
      this.#slice()
    } else {
      this.#settleSome()
    }
    if (!this.#queue.isEmpty) this.#schedule()
  }

  #isDue(): boolean {
    if (this.#broken !== undefined || this.#full !== undefined) return false
    if (this.#checkpoints.isUnderWay) return false
    if (performance.now() - this.#lastSliceMs < SLICE_EVERY_MS) return false
    return this.#maintenance.isUrgent(this.#nowMs)
  }

  #settleSome(): void {
    const waiting = this.#queue.take(this.#commitRecords())
    if (waiting.length === 0) return
    if (this.#broken !== undefined) {
      for (const { reject } of waiting) reject(new Error(this.#broken))
      return
    }
    const startedMs = performance.now()
    try {
      const { answers, addedCount, writtenCount, workedMs } = this.#writer.settle(waiting)
      if (writtenCount > 0) {
        this.#msPerRecord += (workedMs / writtenCount - this.#msPerRecord) / COMMITS_SMOOTHED
        this.#onCommitted(addedCount, (performance.now() - startedMs) / 1_000)
      }
      waiting.forEach(({ resolve, reject }, index) => {
        const answer = answers[index] ?? []
        if (answer === 'tokenTaken') reject(new TokenTaken())
        else resolve(answer)
      })
    } catch (error) {
      this.#onFailure(error, error instanceof CommitFailed ? error.kind : 'other')
      for (const { reject } of waiting) reject(error)
    }
  }

  #commitRecords(): number {
    const inTime = Math.max(COMMIT_RECORDS_MIN, Math.floor(COMMIT_MS_MAX / this.#msPerRecord))
    return Math.min(this.#options.commitRecordsMax ?? COMMIT_RECORDS_MAX, inTime)
  }

  #onCommitted(records: number, seconds: number): void {
    this.#full = undefined
    this.#commitCount++
    this.#commitSeconds += seconds
    this.#noteIndex()
    this.#options.onCommit?.({ records, seconds })
  }

  #onFailure(error: unknown, kind: ReturnType<typeof failureKindOf>): void {
    const reason = error instanceof Error ? error.message : String(error)
    if (kind === 'broken') {
      this.#broken ??= this.#note(
        `The ledger takes no more records: ${reason}. What the disk holds is unknown until a restart reads it back. Check the disk, then restart.`,
      )
    }
    if (kind === 'full') {
      this.#full ??= this.#note(
        'The disk is full, so nothing can be held. Make space; the ledger goes on by itself.',
      )
    }
  }

  #noteIndex(): void {
    if (!this.#hours.isFull) this.#indexNote = undefined
    else {
      this.#indexNote ??= this.#note(
        `The index of open hours is over its limit of ${this.#options.indexBytesMax ?? INDEX_BYTES_MAX} bytes: new hours rely on the file alone, which is slower. Give it more memory if this lasts.`,
      )
    }
  }

  #note(note: string): string {
    this.#options.onNote?.(note)
    return note
  }

  /** @returns Whether there may be more to do. */
  #slice(): boolean {
    if (this.#broken !== undefined) return false
    try {
      const more = this.#maintenance.slice(this.#nowMs)
      this.#noteIndex()
      return more
    } catch (error) {
      this.#onFailure(error, failureKindOf(error, true))
      return false
    }
  }

  /** Has the log carried back if it is long: `order` goes on at once, `now` waits. */
  #checkpoint(when: 'order' | 'now'): void {
    if (this.#broken === undefined) this.#checkpoints[when]()
  }

  #onCheckpointFailure(error: unknown): void {
    const kind = failureKindOf(error, false)
    if (kind !== 'full') this.#onFailure(error, kind)
    else {
      this.#logNote ??= this.#note(
        'There is no space to carry the log back into the file. Records are held for as long as the log has room. Make space; the ledger goes on by itself.',
      )
    }
  }

  #onIdle(): void {
    if (this.#closing !== undefined || !this.#queue.isEmpty) return
    if (this.#logNote !== undefined) this.#checkpoints.tryAgain()
    this.#checkpoint('order')
    if (this.#full !== undefined) this.#probeSpace()
    else if (this.#checkpoints.isUnderWay) return
    else if (this.#slice()) setImmediate(() => this.#onIdle())
    else if (this.#horizon.isDue) this.#promise()
  }

  /** Tells readers, in the file, up to when the ledger is complete. */
  #promise(): void {
    if (this.#broken !== undefined || this.#full !== undefined) return
    try {
      this.#horizon.advance()
    } catch (error) {
      this.#onFailure(error, failureKindOf(error, true))
    }
  }

  /** Nobody may send anything while the service is not ready, so the ledger looks for space itself. */
  #probeSpace(): void {
    try {
      this.#maintenance.probeSpace()
      this.#full = undefined
    } catch (error) {
      this.#onFailure(error, failureKindOf(error, false))
    }
  }

  async #finishAndClose(): Promise<void> {
    clearInterval(this.#idle)
    // What was accepted is answered, however many commits it takes.
    while (!this.#queue.isEmpty) this.#settleSome()
    this.#promise()
    await Promise.all([this.#reader.close(), this.#checkpoints.close()])
    if (this.#broken === undefined) this.#file.close()
    else this.#file.abandon()
  }

  #walPages(): number {
    // A connection that is closed or broken is not asked.
    const isUsable = this.#closing === undefined && this.#broken === undefined
    return isUsable ? this.#checkpoints.walPages().log : 0
  }

  get #nowMs(): number {
    return this.#options.nowUs() / 1_000
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new Error('The ledger is closed.')
  }
}

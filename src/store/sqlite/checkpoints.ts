/**
 * Carries the log back into the file before it grows, in a thread of its own.
 *
 * Why a thread   Two thousand pages take 10 to 30 ms, and the event loop would stand still for them. SQLite lets
 *                one connection carry back what is committed while another commits on.
 * The rest       Whatever was committed meanwhile keeps the log from beginning anew, so the writer carries back
 *                the little that is left itself, between two commits.
 * A failed sync  is told to the writer like one of its own: SQLite counts no page as carried back that was not
 *                synced, so the log stays whole for the next start.
 * Checked by     checkpoint.test.ts, file.test.ts and crash.test.ts
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

const CHECKPOINT_PAGES = 2_000
/** So few take the writer a millisecond or two. */
const REST_PAGES_MAX = 400

/** Of the thread. Empty: done as far as readers let it. */
export interface CheckpointReport {
  readonly failure?: { readonly message: string; readonly errcode?: number }
}

/** The worker's file has this file's ending: .ts from source, .js when built. */
const WORKER = import.meta.url.replace(/checkpoints(\.\w+)$/, 'checkpoint-worker$1')

export interface CheckpointSettings {
  readonly database: DatabaseSync
  readonly file: string
  readonly onFailure: (error: unknown) => void
  /** An order was carried out. */
  readonly onDone: () => void
}

export class Checkpoints {
  readonly #settings: CheckpointSettings
  readonly #walState: StatementSync
  #worker: Worker | undefined
  /** Pages that were carried back when the thread got its order; undefined while it has none. */
  #orderedAt: number | undefined
  /** Pages of the log when a checkpoint could carry nothing back. */
  #heldUpAt: number | undefined
  /** The thread ended, or never began. Without one the log would grow for ever, so the writer does its work. */
  #isAlone = false

  constructor(settings: CheckpointSettings) {
    this.#settings = settings
    this.#walState = settings.database.prepare('pragma wal_checkpoint(noop)')
  }

  /** Pages of the log, and how many of them are in the file already. */
  walPages(): { log: number; done: number } {
    const row = this.#walState.get()
    return { log: Number(row?.['log'] ?? 0), done: Number(row?.['checkpointed'] ?? 0) }
  }

  /**
   * Whether an order is being carried out. Who can wait should: what is written meanwhile keeps the log from
   * beginning anew, and a log that is written faster than it is carried back never does.
   */
  get isUnderWay(): boolean {
    return this.#orderedAt !== undefined
  }

  /** Has a long log carried back, and does not wait for it. @throws Whatever SQLite says, without a thread. */
  order(): void {
    if (this.#orderedAt !== undefined) return
    const { log, done } = this.walPages()
    if (!this.#isDue(log, done)) return
    if (this.#isAlone) {
      this.#carryBack(log, done)
      return
    }
    this.#orderedAt = done
    this.#worker ??= this.#start()
    this.#worker.postMessage('carry back')
  }

  /** Carries a long log back at once. @returns Whether some of it was. @throws Whatever SQLite says. */
  now(): boolean {
    const { log, done } = this.walPages()
    return this.#isDue(log, done) && this.#carryBack(log, done)
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #isDue(log: number, done: number): boolean {
    return log - done >= CHECKPOINT_PAGES && !this.#isHeldUp(log)
  }

  /** A reader's snapshot holds up what is behind it. Trying at every turn would leave time for nothing else. */
  #isHeldUp(log: number): boolean {
    if (this.#heldUpAt === undefined) return false
    // A shorter log is a new one.
    return log >= this.#heldUpAt && log < this.#heldUpAt + CHECKPOINT_PAGES
  }

  #carryBack(log: number, before: number): boolean {
    this.#settings.database.exec('pragma wal_checkpoint(passive)')
    return this.#note(log, before)
  }

  /** Notes whether the log got anywhere. */
  #note(log: number, before: number): boolean {
    const moved = this.walPages().done > before
    this.#heldUpAt = moved ? undefined : log
    return moved
  }

  #start(): Worker {
    const worker = new Worker(new URL(WORKER), { workerData: this.#settings.file })
    worker.on('message', (report: CheckpointReport) => this.#onReport(worker, report))
    worker.on('error', () => this.#onEnd(worker))
    worker.on('exit', () => this.#onEnd(worker))
    worker.unref()
    return worker
  }

  #onReport(worker: Worker, { failure }: CheckpointReport): void {
    const before = this.#orderedAt
    if (this.#worker !== worker || before === undefined) return
    this.#orderedAt = undefined
    if (failure !== undefined) {
      this.#settings.onFailure(Object.assign(new Error(failure.message), failure))
      return
    }
    try {
      const { log, done } = this.walPages()
      const isLittleLeft = done < log && log - done <= REST_PAGES_MAX
      if (this.#note(log, before) && isLittleLeft) this.#carryBack(log, done)
    } catch (error) {
      this.#settings.onFailure(error)
      return
    }
    this.#settings.onDone()
  }

  #onEnd(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#orderedAt = undefined
    this.#isAlone = true
  }
}

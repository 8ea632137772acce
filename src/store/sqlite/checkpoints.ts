/**
 * Carries the log back into the file before it grows, in a thread of its own.
 *
 * Why a thread   Two thousand pages take 10 to 30 ms, and the event loop would stand still for them. SQLite lets
 *                one connection carry back what is committed while another commits on.
 * The rest       Whatever was committed meanwhile keeps the log from beginning anew, so the writer carries back
 *                what is left itself, between two commits: when it is little, or the log has grown long.
 * No thread      Where none can be started, or it ends, the writer does its work, and somebody is told.
 * No space       The file may lack room where the log still has some: records are held on, and it is tried again later.
 * A failed sync  is told to the writer like one of its own: SQLite counts no page as carried back that was not
 *                synced, so the log stays whole for the next start.
 * Checked by     checkpoint.test.ts, file.test.ts and crash.test.ts
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

const CHECKPOINT_PAGES = 2_000
/** So few take the writer a millisecond or two. */
const REST_PAGES_MAX = 400
/** 64 MiB. Where commits write all over the file, more comes meanwhile than that, and a log this long is ended all the same. */
const LOG_PAGES_MAX = 16_384

/** Of the thread. Empty: done as far as readers let it. */
export interface CheckpointReport {
  readonly failure?: { readonly message: string; readonly errcode?: number }
}

/** The worker's file has this file's ending: .ts from source, .js when built. */
const WORKER = import.meta.url.replace(/checkpoints(\.\w+)$/, 'checkpoint-worker$1')

export interface CheckpointSettings {
  readonly database: DatabaseSync
  readonly file: string
  /** SQLite refused. @throws Nothing. */
  readonly onFailure: (error: unknown) => void
  /** Some of the log was carried back. */
  readonly onMoved: () => void
  /** The thread has carried out an order, as far as readers let it. */
  readonly onDone: () => void
  /** From now on the writer does it itself. */
  readonly onAlone: (reason: string) => void
  /** Only a test starts another one. */
  readonly startWorker?: (file: string) => Worker
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

  /** Has a long log carried back, and does not wait for it. */
  order(): void {
    if (this.#orderedAt !== undefined) return
    const { log, done } = this.walPages()
    if (!this.#isDue(log, done)) return
    const worker = this.#workerIfAny()
    if (worker === undefined) {
      this.#carryBack(log, done)
      return
    }
    this.#orderedAt = done
    worker.postMessage('carry back')
  }

  /** Carries a long log back at once. */
  now(): void {
    const { log, done } = this.walPages()
    if (this.#isDue(log, done)) this.#carryBack(log, done)
  }

  /** Forgets what held it up: the next order tries again. */
  tryAgain(): void {
    this.#heldUpAt = undefined
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

  #carryBack(log: number, before: number): void {
    try {
      this.#settings.database.exec('pragma wal_checkpoint(passive)')
      this.#note(log, before)
    } catch (error) {
      this.#fail(log, error)
    }
  }

  /** Not tried again at every turn: what failed for want of space would only fail again. */
  #fail(log: number, error: unknown): void {
    this.#heldUpAt = log
    this.#settings.onFailure(error)
  }

  /** Notes whether the log got anywhere. */
  #note(log: number, before: number): boolean {
    const moved = this.walPages().done > before
    this.#heldUpAt = moved ? undefined : log
    if (moved) this.#settings.onMoved()
    return moved
  }

  #workerIfAny(): Worker | undefined {
    if (this.#isAlone) return undefined
    try {
      return (this.#worker ??= this.#start())
    } catch (error) {
      this.#beAlone(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  #start(): Worker {
    const { file, startWorker = startThread } = this.#settings
    const worker = startWorker(file)
    worker.on('message', (report: CheckpointReport) => this.#onReport(worker, report))
    worker.on('error', (error) => this.#onEnd(worker, String(error)))
    worker.on('exit', (code) => this.#onEnd(worker, `it ended with ${code}`))
    worker.unref()
    return worker
  }

  #onReport(worker: Worker, { failure }: CheckpointReport): void {
    const before = this.#orderedAt
    if (this.#worker !== worker || before === undefined) return
    this.#orderedAt = undefined
    const { log, done } = this.walPages()
    if (failure !== undefined) {
      this.#fail(log, Object.assign(new Error(failure.message), failure))
      return
    }
    const isTimely = log - done <= REST_PAGES_MAX || log >= LOG_PAGES_MAX
    if (this.#note(log, before) && done < log && isTimely) this.#carryBack(log, done)
    this.#settings.onDone()
  }

  #onEnd(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#orderedAt = undefined
    this.#beAlone(reason)
  }

  #beAlone(reason: string): void {
    this.#isAlone = true
    this.#settings.onAlone(reason)
  }
}

function startThread(file: string): Worker {
  return new Worker(new URL(WORKER), { workerData: file })
}

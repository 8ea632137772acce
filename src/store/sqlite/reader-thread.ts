/**
 * A reader in a thread of its own, so that a long export delays no request.
 *
 * The thread starts with the first question and never keeps the process alive.
 */
import { Worker } from 'node:worker_threads'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'

export interface Question {
  readonly id: number
  readonly query: LedgerQuery
}

export type Answer =
  | { readonly id: number; readonly page: LedgerPage }
  | { readonly id: number; readonly error: unknown }

interface Waiting {
  readonly resolve: (page: LedgerPage) => void
  readonly reject: (error: unknown) => void
}

/** The worker's file has this file's ending: .ts from source, .js when built. */
const WORKER = import.meta.url.replace(/reader-thread(\.\w+)$/, 'reader-worker$1')

export class ReaderThread {
  readonly #file: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0

  constructor(file: string) {
    this.#file = file
  }

  read(query: LedgerQuery): Promise<LedgerPage> {
    const worker = (this.#worker ??= this.#start())
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.ref()
      worker.postMessage({ id, query } satisfies Question)
    })
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#rejectAll(new Error('The ledger is closed.'))
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL(WORKER), { workerData: this.#file })
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', (code) => this.#fail(worker, new Error(`the reader ended with ${code}`)))
    worker.unref()
    return worker
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker?.unref()
    if ('page' in answer) waiting?.resolve(answer.page)
    else waiting?.reject(answer.error)
  }

  /** The next question starts a new thread. */
  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#rejectAll(error)
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

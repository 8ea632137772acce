/**
 * Keeps requests and answers whole, for operators who turned that on: JSON Lines in files of a folder, the oldest of which go.
 *
 * Aside       Written after the answer, in batches. What waits beyond the bound is dropped and counted, so a slow disk costs
 *             memory for one bound and no call waits for it.
 * Failing     A batch that cannot be written, as on a full disk, is dropped, counted and told, and so is what comes within a second
 *             of it; then it is tried anew.
 * Rotating    A new file once the present one is an eighth of the bound or a day old. The oldest files go when all are larger than the
 *             bound, or older. Each process has files of its own, and counts and removes those of its folder that are named so.
 * Why ours    Libraries that rotate logs end with the first error of the disk, or hold it all back in memory.
 * Checked by  body-log.test.ts
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bodyLine, type Exchange } from './body-line.ts'

export interface BodyLogOptions {
  readonly folder: string
  /** Of all files together. */
  readonly bytesMax: number
  readonly ageMsMax: number
  readonly waitingBytesMax?: number
  readonly nowMs?: () => number
  /** Told of each batch that was not written. */
  readonly writeFailed: (error: unknown) => void
}

export interface BodyFigures {
  readonly kept: number
  readonly dropped: number
}

const WAITING_BYTES_MAX = 16 * 1_048_576
/** Of bodies, between two looks at the rest of the work. */
const BATCH_BYTES = 262_144
const FILES_MIN = 8
const FILE_AGE_MS_MAX = 86_400_000
const PAUSE_MS = 1_000
const FILE = /^bodies-\d{8}T\d{9}Z-[0-9a-f]{8}\.jsonl$/

interface OpenFile {
  readonly handle: FileHandle
  readonly path: string
  readonly sinceMs: number
  bytes: number
}

export class BodyLog {
  readonly #options: BodyLogOptions
  readonly #nowMs: () => number
  #waiting: Exchange[] = []
  #waitingBytes = 0
  #file: OpenFile | undefined
  #kept = 0
  #dropped = 0
  #pausedUntilMs = 0
  #writing: Promise<void> | undefined

  constructor(options: BodyLogOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? Date.now
  }

  /** Takes what was asked and answered; never throws and never waits. */
  keep(exchange: Exchange): void {
    const bytes = bytesOf(exchange)
    const isPaused = this.#nowMs() < this.#pausedUntilMs
    if (
      isPaused ||
      this.#waitingBytes + bytes > (this.#options.waitingBytesMax ?? WAITING_BYTES_MAX)
    ) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(exchange)
    this.#waitingBytes += bytes
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  figures(): BodyFigures {
    return { kept: this.#kept, dropped: this.#dropped }
  }

  /** Once nothing waits. */
  async written(): Promise<void> {
    await this.#writing
  }

  async close(): Promise<void> {
    await this.written()
    await this.#leaveFile()
  }

  async #writeAll(): Promise<void> {
    await nextTurn()
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        await this.#write(batch.map(bodyLine).join(''))
        this.#kept += batch.length
      } catch (error) {
        this.#dropped += batch.length
        await this.#rest()
        this.#options.writeFailed(error)
      }
      await nextTurn()
    }
  }

  async #rest(): Promise<void> {
    this.#pausedUntilMs = this.#nowMs() + PAUSE_MS
    this.#dropped += this.#waiting.length
    this.#waiting = []
    this.#waitingBytes = 0
    const file = this.#file
    await this.#leaveFile()
    if (file?.bytes === 0) await rm(file.path, { force: true }).catch(() => undefined)
  }

  #takeBatch(): readonly Exchange[] {
    let bytes = 0
    let count = 0
    for (const exchange of this.#waiting) {
      bytes += bytesOf(exchange)
      count += 1
      if (bytes >= BATCH_BYTES) break
    }
    const batch = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#waitingBytes -= bytes
    return batch
  }

  async #write(text: string): Promise<void> {
    const file = await this.#fileFor(Buffer.byteLength(text))
    const { bytesWritten } = await file.handle.write(text)
    file.bytes += bytesWritten
    if (bytesWritten < Buffer.byteLength(text)) throw new Error('the disk took a part of it only')
  }

  async #fileFor(bytes: number): Promise<OpenFile> {
    const { folder, bytesMax } = this.#options
    const nowMs = this.#nowMs()
    const file = this.#file
    const isFull = file !== undefined && file.bytes > 0 && file.bytes + bytes > bytesMax / FILES_MIN
    if (file !== undefined && !isFull && nowMs - file.sinceMs < FILE_AGE_MS_MAX) return file
    await this.#leaveFile()
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await this.#removeOldest()
    const path = join(folder, fileName(nowMs))
    const handle = await open(path, 'ax', 0o600)
    this.#file = { handle, path, sinceMs: nowMs, bytes: 0 }
    return this.#file
  }

  async #leaveFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    // What was to be written was told already.
    await file?.handle.close().catch(() => undefined)
  }

  /** So that there is room for a whole file more. */
  async #removeOldest(): Promise<void> {
    const { folder, bytesMax, ageMsMax } = this.#options
    const names = (await readdir(folder)).filter((name) => FILE.test(name)).sort()
    let room = bytesMax - bytesMax / FILES_MIN
    for (const name of names.reverse()) {
      const { size, mtimeMs } = await stat(join(folder, name))
      room -= size
      if (room < 0 || this.#nowMs() - mtimeMs > ageMsMax) await rm(join(folder, name))
    }
  }
}

/** In order of time. */
function fileName(nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:.]/g, '')
  return `bodies-${time}-${randomBytes(4).toString('hex')}.jsonl`
}

function bytesOf({ request, answer }: Exchange): number {
  return request.body.length + answer.body.length + 1_000
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

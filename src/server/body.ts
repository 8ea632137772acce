/**
 * Reads request bodies within bounds: each below the profile's size, all together below one budget.
 *
 * A body for which there is no room is not read until there is; its connection waits in the kernel's
 * buffers, and the listener's time limit ends those that wait too long.
 * Checked by http.test.ts over raw sockets
 */
import type { IncomingMessage } from 'node:http'

export interface BodyLimits {
  /** The first size, in bytes, that is refused. */
  readonly bodyBytesRefused: number
  /** Bytes of all bodies that are being read at once. */
  readonly bodiesBytesMax: number
}

/** How much of a refused body is still taken in, so that its sender gets to read the answer. */
const REFUSED_BYTES_READ_MAX = 8 * 1_048_576

/** 25 records without allocations take an eighth of this. */
const SMALL_BODY_BYTES = 65_536

export class BodyReader {
  readonly #bodyBytesRefused: number
  readonly #small: BodyRoom
  readonly #large: BodyRoom

  /** Half of the room is for small bodies, so strangers who declare large ones cannot hold up everybody. */
  constructor({ bodyBytesRefused, bodiesBytesMax }: BodyLimits) {
    this.#bodyBytesRefused = bodyBytesRefused
    this.#small = new BodyRoom(bodiesBytesMax / 2)
    this.#large = new BodyRoom(bodiesBytesMax / 2)
  }

  /** @returns `gone` when the client left, or was too slow, before the body was whole. */
  async read(request: IncomingMessage): Promise<Buffer | 'tooLarge' | 'gone'> {
    const bytes = this.#bytesExpected(request)
    if (bytes === 0) return EMPTY
    if ('content-length' in request.headers && bytes >= this.#bodyBytesRefused) {
      return discard(request)
    }
    const room = bytes <= SMALL_BODY_BYTES ? this.#small : this.#large
    if (!(await room.take(bytes, request))) return 'gone'
    try {
      return await collect(request, this.#bodyBytesRefused)
    } finally {
      room.giveBack(bytes)
    }
  }

  /** A body in chunks counts as a full one; with neither header there is no body. */
  #bytesExpected({ headers }: IncomingMessage): number {
    if ('transfer-encoding' in headers) return this.#bodyBytesRefused
    return Number(headers['content-length'] ?? 0)
  }
}

const EMPTY = Buffer.alloc(0)

/** Room for bytes, given out in the order of asking, so that a large body is not overtaken for ever. */
class BodyRoom {
  readonly #bytesMax: number
  readonly #waiting = new Set<{ readonly bytes: number; readonly admit: () => void }>()
  #bytesTaken = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @returns false if the client left before there was room; then nothing was taken. */
  take(bytes: number, request: IncomingMessage): Promise<boolean> {
    if (this.#waiting.size === 0 && this.#fits(bytes)) {
      this.#bytesTaken += bytes
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiting.delete(waiting)
        this.#admitWaiting()
        resolve(false)
      }
      const admit = (): void => {
        request.off('close', leave)
        resolve(true)
      }
      const waiting = { bytes, admit }
      this.#waiting.add(waiting)
      request.once('close', leave)
    })
  }

  giveBack(bytes: number): void {
    this.#bytesTaken -= bytes
    this.#admitWaiting()
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes)) return
      this.#waiting.delete(waiting)
      this.#bytesTaken += waiting.bytes
      waiting.admit()
    }
  }

  /** One body alone always fits, however small the room. */
  #fits(bytes: number): boolean {
    return this.#bytesTaken === 0 || this.#bytesTaken + bytes <= this.#bytesMax
  }
}

function collect(
  request: IncomingMessage,
  bytesRefused: number,
): Promise<Buffer | 'tooLarge' | 'gone'> {
  if (request.destroyed) return Promise.resolve('gone')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes < bytesRefused) {
        chunks.push(chunk)
      } else {
        request.removeAllListeners('data')
        resolve(discard(request))
      }
    })
    request.on('end', () => {
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes))
    })
    // Also after `end`; a promise that has its value takes no other.
    request.on('close', () => {
      resolve('gone')
    })
  })
}

/** Lets a refused body run out, within reason: a client that still sends does not read. */
function discard(request: IncomingMessage): Promise<'tooLarge' | 'gone'> {
  return new Promise((resolve) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > REFUSED_BYTES_READ_MAX) resolve('tooLarge')
    })
    request.on('end', () => {
      resolve('tooLarge')
    })
    request.on('close', () => {
      resolve('gone')
    })
  })
}

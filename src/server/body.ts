/**
 * Reads request bodies within bounds: each below the profile's size, all together below one budget.
 *
 * A body for which there is no room is not read until there is; its connection waits in the kernel's
 * buffers, and the listener's time limit ends those that wait too long.
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

export class BodyReader {
  readonly #limits: BodyLimits
  readonly #queue: (() => void)[] = []
  #reservedBytes = 0

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  /** @returns `gone` when the client left, or was too slow, before the body was whole. */
  async read(request: IncomingMessage): Promise<Buffer | 'tooLarge' | 'gone'> {
    const { bodyBytesRefused } = this.#limits
    const declared = Number(request.headers['content-length'] ?? bodyBytesRefused)
    if (declared >= bodyBytesRefused && 'content-length' in request.headers) {
      return discard(request)
    }
    await this.#reserve(declared)
    try {
      return await collect(request, bodyBytesRefused)
    } finally {
      this.#release(declared)
    }
  }

  /** A body without a declared length counts as a full one. */
  async #reserve(bytes: number): Promise<void> {
    while (this.#reservedBytes > 0 && this.#reservedBytes + bytes > this.#limits.bodiesBytesMax) {
      await new Promise<void>((resolve) => this.#queue.push(resolve))
    }
    this.#reservedBytes += bytes
  }

  #release(bytes: number): void {
    this.#reservedBytes -= bytes
    this.#queue.shift()?.()
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

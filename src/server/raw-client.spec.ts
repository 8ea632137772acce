/** A client of bytes: what an HTTP library would never send, and when it would never send it. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case; the last of equal ones. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const HEAD_END = '\r\n\r\n'
/** Ours never come in chunks; a bare answer of Node's own does, and is empty. */
const CHUNKS_END = '0\r\n\r\n'

export class RawClient {
  readonly #socket: Socket
  readonly #closed: Promise<void>
  #received: Buffer = Buffer.alloc(0)
  #isClosed = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#closed = new Promise((resolve) => {
      // A reset is an end like any other here.
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        this.#received = Buffer.concat([this.#received, chunk])
        this.#wake()
      })
      const end = (): void => {
        this.#isClosed = true
        this.#wake()
        resolve()
      }
      socket.on('end', end)
      socket.on('close', end)
    })
  }

  /** Connects, and never closes its own side because the other did: so a server must close for good. */
  static async open(port: number, options: { readonly isTls?: boolean } = {}): Promise<RawClient> {
    const to = { port, host: '127.0.0.1', allowHalfOpen: true }
    const socket = options.isTls ? connectTls({ ...to, rejectUnauthorized: false }) : connectTcp(to)
    const client = new RawClient(socket)
    await new Promise<void>((resolve) => {
      socket.once(options.isTls ? 'secureConnect' : 'connect', resolve)
      socket.once('close', resolve)
    })
    return client
  }

  /** @returns once the bytes are handed over, or the connection is gone. */
  write(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.write(bytes, () => resolve())
    })
  }

  /** The next answer, or undefined if the connection ended before it was whole. */
  async answer(): Promise<RawAnswer | undefined> {
    for (;;) {
      const answer = this.#takeAnswer()
      if (answer !== undefined) return answer
      if (this.#isClosed) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async ask(bytes: Buffer | string): Promise<RawAnswer | undefined> {
    await this.write(bytes)
    return this.answer()
  }

  /** Once the server has ended the connection. */
  closed(): Promise<void> {
    return this.#closed
  }

  /** Bytes that were received and are no part of an answer taken so far. */
  get left(): string {
    return this.#received.toString('latin1')
  }

  /** Sends no more, but still reads. */
  finish(): void {
    this.#socket.end()
  }

  leave(): void {
    this.#socket.destroy()
  }

  #takeAnswer(): RawAnswer | undefined {
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return undefined
    const [statusLine = '', ...lines] = this.#received.toString('latin1', 0, headEnd).split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    )
    const bodyStart = headEnd + HEAD_END.length
    const bodyEnd =
      headers['transfer-encoding'] === 'chunked'
        ? this.#received.indexOf(CHUNKS_END, bodyStart) + CHUNKS_END.length
        : bodyStart + Number(headers['content-length'] ?? 0)
    if (bodyEnd < bodyStart || this.#received.length < bodyEnd) return undefined
    const body = this.#received.toString('utf8', bodyStart, bodyEnd)
    this.#received = this.#received.subarray(bodyEnd)
    return { status: Number(statusLine.split(' ')[1]), headers, body }
  }
}

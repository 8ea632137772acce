/** One kept-alive socket with at most one request under way: whole answers, or an error when it closes. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Status line and headers. */
  readonly head: string
  readonly body: Buffer
}

/** The service closed the connection before a whole answer came. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Bytes of an answer that had come by then. */
  readonly bytesReceived: number

  constructor(bytesReceived: number, cause?: unknown) {
    super(`the connection closed after ${bytesReceived} bytes of an answer`, { cause })
    this.bytesReceived = bytesReceived
  }
}

const HEAD_END = Buffer.from('\r\n\r\n')

interface Waiting {
  readonly resolve: (answer: RawAnswer) => void
  readonly reject: (error: Error) => void
}

export class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #waiting: Waiting | undefined
  #closed = false
  #cause: Error | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      this.#receive(chunk)
    })
    socket.on('error', (error) => {
      this.#cause = error
    })
    socket.on('close', () => {
      this.#closed = true
      this.#waiting?.reject(new NoAnswer(this.#received.length, this.#cause))
      this.#waiting = undefined
    })
  }

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
      socket.once('error', reject)
    })
  }

  /** @throws NoAnswer */
  exchange(request: Buffer | string): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new NoAnswer(0, this.#cause))
        return
      }
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = this.#received.toString('latin1', 0, headEnd)
    const bodyStart = headEnd + HEAD_END.length
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (this.#received.length < bodyStart + length) return
    const body = this.#received.subarray(bodyStart, bodyStart + length)
    this.#received = Buffer.alloc(0)
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve({ status: Number(head.slice(9, 12)), head, body })
  }
}

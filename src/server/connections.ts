/**
 * The connections of a listener: how malformed ones end, and how all of them end.
 *
 * Trusts     Nothing. A connection that is broken or too slow is closed for good, even if its other side
 *            never closes it: half an open connection is a connection that somebody else cannot have.
 * Checked by http.test.ts over raw sockets
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export class Connections {
  readonly #newRequestId: () => string
  /** The requests that each connection waits to see answered; several where it pipelines. */
  readonly #unanswered = new Map<Socket, Set<IncomingMessage>>()
  readonly #open = new Set<Socket>()
  /** What speaks HTTP: the same sockets without TLS, and with it those that have shaken hands. */
  readonly #speaking = new Set<Socket>()
  #server: Server | undefined

  constructor(newRequestId: () => string) {
    this.#newRequestId = newRequestId
  }

  watch(server: Server, isTls: boolean): void {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      keep(this.#open, socket)
    })
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
      keep(this.#speaking, socket)
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      this.#endMalformed(error, socket)
    })
    server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
      this.#endExpecting(response)
    })
  }

  /** Remembers that `request` waits for an answer while `work` gives it. */
  async owing(request: IncomingMessage, work: () => Promise<void>): Promise<void> {
    const { socket } = request
    const unanswered = this.#unanswered.get(socket) ?? new Set()
    this.#unanswered.set(socket, unanswered.add(request))
    try {
      await work()
    } finally {
      unanswered.delete(request)
      if (unanswered.size === 0) this.#unanswered.delete(socket)
    }
  }

  /** Takes no more connections, lets answers out, and ends the rest after `drainMsMax`. */
  close(drainMsMax: number): Promise<void> {
    const server = this.#server
    if (server === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const force = setTimeout(() => {
        for (const socket of this.#open) socket.destroy()
      }, drainMsMax)
      // Also closes connections between two requests.
      server.close(() => {
        clearTimeout(force)
        resolve()
      })
      // To node:http a connection that has sent nothing yet is one in the middle of its headers.
      for (const socket of this.#speaking) if (socket.bytesRead === 0) socket.destroy()
    })
  }

  /** Bytes that are not HTTP, headers that are too many, or a sender that is too slow. */
  #endMalformed({ code }: NodeJS.ErrnoException, socket: Socket): void {
    const status = statusOf(code)
    // Where answers are owed, this one would be taken for the first of them: the client must not
    // believe that usage was refused which the ledger may hold. It sends it again.
    if (status === undefined || !socket.writable || this.#owes(socket)) {
      socket.destroy()
      return
    }
    const lines = [
      `HTTP/1.1 ${status}`,
      `Date: ${new Date().toUTCString()}`,
      `x-amzn-RequestId: ${this.#newRequestId()}`,
      'Connection: close',
      'Content-Length: 0',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n`)
    socket.destroySoon()
  }

  /** Expects what nobody here does. Node's own answer has no number, and keeps the connection for a body it may not send. */
  #endExpecting(response: ServerResponse): void {
    const headers = ['x-amzn-RequestId', this.#newRequestId(), 'Connection', 'close']
    response.writeHead(417, [...headers, 'Content-Length', '0'])
    response.end()
  }

  /** Whether a whole request was taken that is not answered. One that is still being sent is not owed anything. */
  #owes(socket: Socket): boolean {
    for (const { complete } of this.#unanswered.get(socket) ?? []) if (complete) return true
    return false
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}

/** Undefined where there is nobody to tell: a connection that broke, or a TLS handshake that failed. */
function statusOf(code: string | undefined): string | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code?.startsWith('HPE_') === true ? '400 Bad Request' : undefined
}

/**
 * A way to PostgreSQL on which some buckets are out of reach: a connection that names one of them is cut.
 *
 * It reads the client's messages (type, length, body) and looks at Bind, whose first value is the bucket in every
 * statement of the hot path. So it is what a lost shard looks like from here, where there is no cluster to lose one of.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const BIND = 'B'.charCodeAt(0)

export class CuttingProxy {
  /** Buckets whose statements cut their connection. */
  readonly cut = new Set<number>()
  /** Buckets whose statements are never answered, as if their machine had lost its power. */
  readonly mute = new Set<number>()
  /** Connections that were cut. */
  cutCount = 0
  /** Turns every new connection away. */
  closed = false
  /** Takes everything and hands nothing on, as a network that has lost its way does. */
  silent = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  #to: URL

  private constructor(to: string) {
    this.#to = new URL(to)
    this.#server = createServer((client) => {
      const { hostname, port } = this.#to
      if (this.closed) client.destroy()
      else this.#join(client, connect(Number(port || 5432), hostname))
    })
  }

  /** @param url Where it leads. */
  static async open(url: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(url)
    proxy.#server.listen(0, '127.0.0.1').unref()
    await once(proxy.#server, 'listening')
    return proxy
  }

  /** The same database by this way. */
  urlOf(url: string): string {
    const through = new URL(url)
    const address = this.#server.address()
    through.hostname = '127.0.0.1'
    through.port = typeof address === 'object' && address !== null ? String(address.port) : ''
    return through.href
  }

  /** From now on it leads new connections elsewhere, as an address does that moves to another server. */
  leadTo(url: string): void {
    this.#to = new URL(url)
  }

  /** Cuts what is open now, as a switch that loses power does. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Connections that are open now, counted on both sides of it. */
  get openCount(): number {
    return this.#sockets.size
  }

  async close(): Promise<void> {
    this.cutAll()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(client: Socket, server: Socket): void {
    const messages = new ClientMessages()
    const end = () => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        end()
      })
    }
    server.on('data', (bytes: Buffer) => {
      if (!this.silent) client.write(bytes)
    })
    let isMute = false
    client.on('data', (bytes: Buffer) => {
      const buckets = messages.take(bytes)
      isMute ||= buckets.some((bucket) => this.mute.has(bucket))
      if (this.silent || isMute) return
      if (buckets.some((bucket) => this.cut.has(bucket))) {
        this.cutCount++
        end()
      } else server.write(bytes)
    })
  }
}

/** Takes a client's bytes apart; the first message has no type. */
class ClientMessages {
  #rest = Buffer.alloc(0)
  #started = false

  /** @returns The buckets that were named in what is whole by now. */
  take(bytes: Buffer): number[] {
    this.#rest = Buffer.concat([this.#rest, bytes])
    const buckets: number[] = []
    for (;;) {
      const head = this.#started ? 1 : 0
      if (this.#rest.length < head + 4) return buckets
      const end = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < end) return buckets
      const message = this.#rest.subarray(0, end)
      if (this.#started && message[0] === BIND) buckets.push(firstValue(message))
      this.#started = true
      this.#rest = this.#rest.subarray(end)
    }
  }
}

/** Bind: portal and statement, each ended by NUL; formats; the count of values; each value's length and bytes. */
function firstValue(message: Buffer): number {
  const statement = message.indexOf(0, 5) + 1
  let at = message.indexOf(0, statement) + 1
  at += 2 + 2 * message.readInt16BE(at)
  if (message.readInt16BE(at) === 0) return Number.NaN
  const length = message.readInt32BE(at + 2)
  return Number(message.toString('latin1', at + 6, at + 6 + length))
}

/**
 * Sends prepared requests over kept-alive sockets, closed or open loop, and times the answers.
 *
 * Closed     Each connection sends its next request when the last was answered.
 * Open       Requests come due at a fixed rate whatever the service does; latency counts from the instant
 *            at which a request was due, so waiting for a free connection is part of it.
 */
import { connect, type Socket } from 'node:net'

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Sorted, in milliseconds, one per request. */
  readonly latenciesMs: Float64Array
}

export interface Target {
  readonly host: string
  readonly port: number
  readonly connections: number
}

/** @param requests Sent once each; the run ends with the last, or after `secondsMax`. */
export async function closedLoop(
  target: Target,
  requests: readonly Buffer[],
  secondsMax = Infinity,
): Promise<LoadResult> {
  const latencies: number[] = []
  const endMs = performance.now() + secondsMax * 1_000
  let next = 0
  return measured(latencies, () =>
    each(target, async (connection) => {
      while (next < requests.length && performance.now() < endMs) {
        const request = requests[next++]
        if (request === undefined) return
        const startMs = performance.now()
        await connection.exchange(request)
        latencies.push(performance.now() - startMs)
      }
    }),
  )
}

/** @param perSecond Requests that come due in a second. */
export async function openLoop(
  target: Target,
  requests: readonly Buffer[],
  perSecond: number,
): Promise<LoadResult> {
  const latencies: number[] = []
  const startMs = performance.now()
  let next = 0
  return measured(latencies, () =>
    each(target, async (connection) => {
      while (next < requests.length) {
        const dueMs = startMs + (next * 1_000) / perSecond
        const request = requests[next++]
        if (request === undefined) return
        await until(dueMs)
        await connection.exchange(request)
        latencies.push(performance.now() - dueMs)
      }
    }),
  )
}

/** @param share 0 to 1. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

async function measured(latencies: number[], run: () => Promise<void>): Promise<LoadResult> {
  const startMs = performance.now()
  await run()
  const seconds = (performance.now() - startMs) / 1_000
  return { requests: latencies.length, seconds, latenciesMs: Float64Array.from(latencies).sort() }
}

async function each(
  { host, port, connections }: Target,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const open = await Promise.all(
    Array.from({ length: connections }, () => Connection.open(host, port)),
  )
  try {
    await Promise.all(open.map(work))
  } finally {
    for (const connection of open) connection.close()
  }
}

function until(dueMs: number): Promise<void> | undefined {
  const waitMs = dueMs - performance.now()
  if (waitMs <= 0) return undefined
  return new Promise((resolve) => setTimeout(resolve, waitMs))
}

const HEAD_END = Buffer.from('\r\n\r\n')
const NOT_TAKEN = [Buffer.from('"DuplicateRecord"'), Buffer.from('"CustomerNotSubscribed"')]

/** One socket with at most one request under way. Anything but a full success ends the run. */
class Connection {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      this.#receive(chunk)
    })
    socket.on('close', () => this.#settle?.reject(new Error('the service closed a connection')))
    socket.on('error', (error) => this.#settle?.reject(error))
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

  exchange(request: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = this.#received.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = this.#received.toString('latin1', 0, headEnd)
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1])
    if (this.#received.length < headEnd + 4 + length) return
    const answer = this.#received
    this.#received = Buffer.alloc(0)
    const { resolve, reject } = this.#settle ?? {}
    if (!isFullSuccess(head, answer)) reject?.(new Error(answer.toString('utf8').slice(0, 600)))
    else resolve?.()
  }
}

function isFullSuccess(head: string, answer: Buffer): boolean {
  if (!head.startsWith('HTTP/1.1 200')) return false
  if (NOT_TAKEN.some((status) => answer.includes(status))) return false
  return answer.subarray(-25).includes('"UnprocessedRecords":[]')
}

/**
 * Sends prepared requests over kept-alive sockets, closed or open loop, and times the answers.
 *
 * Closed     Each connection sends its next request when the last was answered.
 * Open       Requests come due at a fixed rate whatever the service does; latency counts from the instant
 *            at which a request was due, so waiting for a free connection is part of it.
 * Strict     An answer that is not a success for each of its records ends the run, so no figure counts errors.
 */
import { Connection, type RawAnswer } from './connection.ts'

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
        demandFullSuccess(await connection.exchange(request))
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
        demandFullSuccess(await connection.exchange(request))
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

const NOT_TAKEN = [Buffer.from('"DuplicateRecord"'), Buffer.from('"CustomerNotSubscribed"')]

function demandFullSuccess({ status, body }: RawAnswer): void {
  const taken = status === 200 && !NOT_TAKEN.some((text) => body.includes(text))
  if (taken && body.subarray(-25).includes('"UnprocessedRecords":[]')) return
  throw new Error(`an answer was no success: ${status} ${body.toString('utf8').slice(0, 600)}`)
}

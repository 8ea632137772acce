/**
 * Distinct BatchMeterUsage requests, signed before the clock starts.
 *
 * Each record has an hour key of its own: all keys of the current hour in random order, then those of the
 * hour before in another order, as far back as the window of six hours allows. The order is the same in each run.
 */
import { type Credentials, requestSigner } from './signed-request.ts'

export interface Caller extends Credentials {
  readonly productCode: string
  /** The first buyer's account, as a number; the others follow it. */
  readonly firstBuyer: number
}

export interface KeySpace {
  readonly buyers: number
  readonly dimensions: number
  /** At most 25. */
  readonly recordsPerRequest: number
}

/** Requests number `from` up to but without `from + count`, of all that a key space holds. */
export interface Stretch {
  readonly from: number
  readonly count: number
}

const HOUR_MS = 3_600_000
/** Timestamps are now and whole hours before now, so the oldest is a little over five hours old when it is sent. */
const HOURS_OPEN = 6

/** How many distinct requests of one hour there are. */
export function requestsPerHour({ buyers, dimensions, recordsPerRequest }: KeySpace): number {
  return Math.floor((buyers * dimensions) / recordsPerRequest)
}

/** How many distinct requests there are before a key comes twice. */
export function requestsAvailable(space: KeySpace): number {
  return requestsPerHour(space) * HOURS_OPEN
}

/** @throws RangeError when the key space has no fresh keys left. */
export function signedRequests(
  caller: Caller,
  space: KeySpace,
  host: string,
  { from, count }: Stretch,
): Buffer[] {
  if (from + count > requestsAvailable(space)) {
    throw new RangeError('the key space is too small for so many requests')
  }
  const sign = requestSigner(caller, host)
  const bodyOf = bodyMaker(caller, space, Date.now())
  return Array.from({ length: count }, (_, index) => sign(bodyOf(from + index)))
}

function bodyMaker(
  { productCode, firstBuyer }: Caller,
  space: KeySpace,
  nowMs: number,
): (request: number) => string {
  const { dimensions, recordsPerRequest } = space
  const orders: Uint32Array[] = []
  return (request) => {
    const hoursBack = Math.floor(request / requestsPerHour(space))
    const order = (orders[hoursBack] ??= shuffled(space.buyers * dimensions, hoursBack + 1))
    const first = (request % requestsPerHour(space)) * recordsPerRequest
    const records = Array.from({ length: recordsPerRequest }, (_, index) => {
      const key = order[first + index] ?? 0
      return {
        Timestamp: (nowMs - hoursBack * HOUR_MS) / 1_000,
        Dimension: `dimension-${key % dimensions}`,
        Quantity: ((request * recordsPerRequest + index) * 7_919) % 1_000_000,
        CustomerAWSAccountId: String(firstBuyer + Math.floor(key / dimensions)),
      }
    })
    return JSON.stringify({ UsageRecords: records, ProductCode: productCode })
  }
}

/** 0 to size-1 in an order that depends on the seed alone. */
export function shuffled(size: number, seed: number): Uint32Array {
  const random = randomOf(seed)
  const order = Uint32Array.from({ length: size }, (_, index) => index)
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const moved = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = moved
  }
  return order
}

/** A small generator of numbers from 0 to 1 (xorshift), so that runs repeat. */
export function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
}

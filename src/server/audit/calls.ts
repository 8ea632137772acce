/**
 * Metering calls, put together from what is kept of them: records from the ledger and refusals from the log.
 *
 * Together    What a call added stands together in the ledger on SQLite; on PostgreSQL each bucket has its own instant,
 *             some seconds apart at most. So a call is given out once the reading is so far past its first record.
 * Refusals    are bounded by what is kept of them, and are in memory. Those of a call join it; the others come in their
 *             turn, to within a minute.
 * Missing     What was only repeated left no trace but a count, and of equal refusals only the latest has its request id.
 * Checked by  calls.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { AuditedCall } from './cloudtrail.ts'

/** More than a replica goes on trying to hold a call. */
const TOGETHER_US = 60_000_000
/** Calls that wait for their other records; beyond, the oldest goes as it is. */
const OPEN_CALLS_MAX = 100_000
/** A call is recorded soon after it is received; refusals this much older than it have no call to come. */
const SLACK_MS = 60_000

interface OpenCall {
  readonly firstUs: number
  readonly added: MeteringRecord[]
}

export async function* auditedCalls(
  pages: AsyncIterable<readonly MeteringRecord[]>,
  refusals: readonly KeptRefusal[],
): AsyncGenerator<readonly AuditedCall[], void, undefined> {
  const refused = new RefusedRequests(refusals)
  const open = new Map<string, OpenCall>()
  const callsDone = function* (untilUs: number): Generator<AuditedCall> {
    for (const [requestId, { firstUs, added }] of open) {
      if (firstUs > untilUs && open.size <= OPEN_CALLS_MAX) return
      open.delete(requestId)
      const call = callOf(added, refused.take(requestId))
      if (call === undefined) continue
      yield* refused.takeBefore(call.receivedAtMs - SLACK_MS)
      yield call
    }
  }
  for await (const records of pages) {
    for (const record of records) addTo(open, record)
    const lastUs = records.at(-1)?.recordedAtUs
    if (lastUs !== undefined) yield [...callsDone(lastUs - TOGETHER_US)]
  }
  yield [...callsDone(Infinity), ...refused.takeBefore(Infinity)]
}

function addTo(open: Map<string, OpenCall>, record: MeteringRecord): void {
  const { requestId } = record.call
  const call = open.get(requestId)
  if (call === undefined) open.set(requestId, { firstUs: record.recordedAtUs, added: [record] })
  else call.added.push(record)
}

function callOf(
  added: readonly MeteringRecord[],
  refused: readonly KeptRefusal[],
): AuditedCall | undefined {
  const [first] = added
  if (first === undefined) return undefined
  const { call, region, product, seller } = first
  const { requestId, operation, receivedAtMs, account, accessKeyId, address, userAgent } = call
  return {
    ...{ requestId, operation, region, receivedAtMs, account, accessKeyId, address, userAgent },
    seller,
    profile: call.profile,
    productCode: product,
    added,
    refused,
  }
}

/** Refusals by the request that they were of, the oldest first. */
class RefusedRequests {
  readonly #byRequest = new Map<string, KeptRefusal[]>()

  constructor(refusals: readonly KeptRefusal[]) {
    const oldestFirst = [...refusals].sort((one, other) => one.refused.atMs - other.refused.atMs)
    for (const refusal of oldestFirst) {
      const { requestId } = refusal.refused
      const together = this.#byRequest.get(requestId)
      if (together === undefined) this.#byRequest.set(requestId, [refusal])
      else together.push(refusal)
    }
  }

  take(requestId: string): readonly KeptRefusal[] {
    const refused = this.#byRequest.get(requestId) ?? []
    this.#byRequest.delete(requestId)
    return refused
  }

  *takeBefore(atMs: number): Generator<AuditedCall> {
    for (const [requestId, refused] of this.#byRequest) {
      const [first] = refused
      if (first === undefined || first.refused.atMs >= atMs) return
      this.#byRequest.delete(requestId)
      yield refusedCallOf(first, refused)
    }
  }
}

function refusedCallOf({ refused }: KeptRefusal, all: readonly KeptRefusal[]): AuditedCall {
  const { requestId, operation, region, seller, accessKeyId, productCode, address, userAgent } =
    refused
  return {
    ...{ requestId, operation, region, seller, accessKeyId, productCode },
    ...(address !== undefined && { address }),
    ...(userAgent !== undefined && { userAgent }),
    receivedAtMs: refused.atMs,
    account: refused.signer ?? seller,
    added: [],
    refused: all,
  }
}

/**
 * Metering calls, put together from what is kept of them: records from the ledger and refusals from the log, in the order in
 * which the calls were received.
 *
 * Together    What a call added stands together in the ledger on SQLite; on PostgreSQL each bucket has its own instant,
 *             some seconds apart at most. So a call is given out once the reading is so far past its receipt.
 * Places      Each call has a place after which another reading goes on with the next one, whatever was recorded since.
 * Bounded     Records that wait for the rest of their calls, and refusals that wait for their turn. Where more are recorded within a
 *             minute, the oldest calls go as they are.
 * Missing     What was only repeated left no trace but a count, and of equal refusals only the latest has its request id.
 * Checked by  calls.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { AccountId } from '../../core/usage.ts'
import type { ControlStore } from '../../store/control.ts'
import type { Ledger } from '../../store/ledger.ts'
import type { AuditedCall } from './cloudtrail.ts'
import { startPlace } from './start-place.ts'
import { refusalWindows, type RefusalWindow } from './refusal-windows.ts'

export interface AuditSources {
  readonly ledger: Pick<Ledger, 'read'>
  readonly refusals: Pick<ControlStore, 'readRefusals'>
}

/** Received when; the last exclusive. */
export interface AuditQuery {
  readonly seller?: AccountId
  readonly fromMs?: number
  readonly beforeMs?: number
  readonly after?: CallPlace
}

/** Calls are ordered by when they were received, and by request id where that is equal. */
export interface CallPlace {
  readonly receivedAtMs: number
  readonly requestId: string
  /** Where the ledger is read from to find the calls after it; absent: from its start. */
  readonly ledger?: string
}

export interface CallsStep {
  readonly calls: readonly AuditedCall[]
  /** Every call that was received up to and with this instant has been given. */
  readonly untilMs: number
  /** Where a reading begins that finds the records of all calls from here on; absent: at the start. */
  readonly ledger?: string
}

/** More than a replica goes on trying to hold a call. */
const TOGETHER_MS = 60_000
const PAGE_COUNT = 1_000
/** Records that wait for the rest of their calls: some hundred megabytes. */
const OPEN_RECORDS_MAX = 100_000
/** The farthest instant that a calendar of JavaScript can name. */
const END_MS = 8.64e15

/** A step a page of the ledger or a span of refusals; many have no calls. */
export async function* auditedCalls(
  { ledger, refusals }: AuditSources,
  query: AuditQuery,
): AsyncGenerator<CallsStep, void, undefined> {
  const { seller, beforeMs = END_MS, after } = query
  const fromMs = Math.max(query.fromMs ?? 0, after?.receivedAtMs ?? 0)
  const ofSeller = seller === undefined ? {} : { seller }
  const open = new OpenCalls()
  const refused = new RefusedRequests(refusalWindows(refusals, { ...ofSeller, fromMs, beforeMs }))
  let place = after === undefined ? await startOf(ledger, query.fromMs) : after.ledger
  for (let isMore = true; isMore;) {
    const from = place === undefined ? {} : { after: place }
    const page = await ledger.read({ ...ofSeller, ...from, countMax: PAGE_COUNT })
    const { records, next, resume } = page
    for (const record of records) open.add(record, place)
    const readUntilMs = Math.floor((records.at(-1)?.recordedAtUs ?? 0) / 1_000) - TOGETHER_MS
    isMore = next !== undefined && readUntilMs < beforeMs
    place = next ?? resume
    const untilMs = isMore ? Math.max(readUntilMs, open.overfullMs()) : END_MS
    for await (const until of refused.until(untilMs)) {
      const start = open.firstPlace(place)
      const calls = [...open.take(until, refused), ...refused.take(until)]
      const wanted = calls.filter((call) => isWithin(call, fromMs, query))
      const step = { calls: wanted.sort(inOrder), untilMs: Math.max(until, fromMs - 1) }
      yield start === undefined ? step : { ...step, ledger: start }
    }
  }
}

function startOf(ledger: AuditSources['ledger'], fromMs = 0): Promise<string | undefined> {
  return fromMs > 0 ? startPlace(ledger, fromMs) : Promise.resolve(undefined)
}

export function placeOf({ receivedAtMs, requestId }: Ordered, ledger?: string): CallPlace {
  return { receivedAtMs, requestId, ...(ledger !== undefined && { ledger }) }
}

type Ordered = Pick<CallPlace, 'receivedAtMs' | 'requestId'>

export function inOrder(left: Ordered, right: Ordered): number {
  if (left.receivedAtMs !== right.receivedAtMs) return left.receivedAtMs - right.receivedAtMs
  if (left.requestId === right.requestId) return 0
  return left.requestId < right.requestId ? -1 : 1
}

function isWithin(
  call: AuditedCall,
  fromMs: number,
  { after, beforeMs = END_MS }: AuditQuery,
): boolean {
  if (call.receivedAtMs < fromMs || call.receivedAtMs >= beforeMs) return false
  return after === undefined || inOrder(call, after) > 0
}

interface OpenCall {
  readonly place: string | undefined
  readonly added: MeteringRecord[]
}

/** Calls whose other records may still come, in order of their first. */
class OpenCalls {
  readonly #calls = new Map<string, OpenCall>()
  #recordCount = 0

  add(record: MeteringRecord, place: string | undefined): void {
    this.#recordCount += 1
    const { requestId } = record.call
    const call = this.#calls.get(requestId)
    if (call === undefined) this.#calls.set(requestId, { place, added: [record] })
    else call.added.push(record)
  }

  /** Where the reading begins that finds every record in here; where nothing waits, where it is now. */
  firstPlace(readUntil: string | undefined): string | undefined {
    for (const { place } of this.#calls.values()) return place
    return readUntil
  }

  /** Until when calls have to go, because too many wait. */
  overfullMs(): number {
    if (this.#recordCount <= OPEN_RECORDS_MAX) return 0
    const received = [...this.#calls.values()].map(receivedAtMs).sort((left, right) => left - right)
    return received[received.length >> 1] ?? 0
  }

  *take(untilMs: number, refused: RefusedRequests): Generator<AuditedCall> {
    for (const [requestId, call] of this.#calls) {
      if (receivedAtMs(call) > untilMs) continue
      this.#calls.delete(requestId)
      this.#recordCount -= call.added.length
      const audited = callOf(call.added, refused.takeOf(requestId))
      if (audited !== undefined) yield audited
    }
  }
}

function receivedAtMs({ added: [first] }: OpenCall): number {
  return first?.call.receivedAtMs ?? 0
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

/** Refusals by the request that they were of. */
class RefusedRequests {
  readonly #windows: AsyncGenerator<RefusalWindow, void, undefined>
  readonly #byRequest = new Map<string, KeptRefusal[]>()
  #loadedMs = 0

  constructor(windows: AsyncGenerator<RefusalWindow, void, undefined>) {
    this.#windows = windows
  }

  /** Instants up to that one, up to and with each of which all is here. */
  async *until(untilMs: number): AsyncGenerator<number> {
    while (this.#loadedMs <= untilMs) {
      const window = await this.#windows.next()
      if (window.done === true) break
      for (const refusal of window.value.refusals) this.#add(refusal)
      this.#loadedMs = window.value.untilMs
      if (this.#loadedMs <= untilMs) yield this.#loadedMs - 1
    }
    yield untilMs
  }

  takeOf(requestId: string): readonly KeptRefusal[] {
    const refused = this.#byRequest.get(requestId) ?? []
    this.#byRequest.delete(requestId)
    return refused
  }

  *take(untilMs: number): Generator<AuditedCall> {
    for (const [requestId, refused] of this.#byRequest) {
      const [first] = refused
      if (first === undefined || first.refused.atMs > untilMs) continue
      this.#byRequest.delete(requestId)
      yield refusedCallOf(first, refused)
    }
  }

  #add(refusal: KeptRefusal): void {
    const { requestId } = refusal.refused
    const together = this.#byRequest.get(requestId)
    if (together === undefined) this.#byRequest.set(requestId, [refusal])
    else together.push(refusal)
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

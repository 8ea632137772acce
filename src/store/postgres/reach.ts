/**
 * The way to a bucket: a free connection, another try with jitter until a deadline, and what is forgotten when it is lost.
 *
 * Suspects    An attempt on a shard whose machine is gone may hang for as long as a statement may take. So buckets whose
 *             last attempt failed try a few at a time; the others of them count as failed again until their turn.
 *             Buckets that can be reached keep the rest of the connections.
 * No way      Where not even a connection could be made, no bucket is to blame: all of them are suspects.
 * Given up    Callers of one that has failed for as long as anybody tries are told at once, but for one now and then
 *             who tries once; else a shard that is gone for hours holds up everybody whose call touches it.
 * Together    Several buckets may share an attempt. If it fails nobody knows because of which, so none is suspected, and
 *             whoever asked tries each by itself.
 * Checked by  reach.test.ts, faults.test.ts, citus-faults.test.ts
 */
import type { Bucket } from '../../core/billing-line.ts'
import pLimit, { type LimitFunction } from 'p-limit'
import { AbortError } from 'p-retry'
import { madeNoConnection } from './connect.ts'
import { isConnectionLost, isNodeLost, isOutOfReach } from './failure.ts'
import { untilDeadline } from './retry.ts'
import type { SeriesBook } from './series-book.ts'

/** So many attempts at a time go to buckets that failed last. */
const SUSPECTS_MAX = 2
/** One that was given up is tried so long after it was tried last. */
const PROBE_MS = 500

export interface ReachSettings {
  /** Attempts at a time. Waiting for one's turn is no failure; waiting for a connection is. */
  readonly attemptsMax: number
  /** How long to try for a bucket. */
  readonly retryMsMax: number
  /** Why nothing is to be tried now, wherever. It is asked before each attempt. */
  readonly obstacle: () => Error | undefined
  readonly book: Pick<SeriesBook, 'forget' | 'forgetBucket'>
  /** By the clock of `performance.now`, unless a test has another. */
  readonly nowMs?: () => number
}

export interface Tries {
  /** From then on no further attempt begins. It is asked after each, because callers may come along with the first. */
  readonly deadlineMs?: () => number
  readonly onAttemptFailed?: () => void
}

/** Why nothing came of the last attempt. */
interface Suspicion {
  readonly error: unknown
  /** When the first of the attempts that failed was wanted, and when the last of them failed. */
  readonly sinceMs: number
  readonly failedMs: number
  /** When an attempt began, or failed, last. */
  triedMs: number
}

export class Reach {
  readonly #settings: ReachSettings
  readonly #nowMs: () => number
  readonly #slots: LimitFunction
  readonly #suspects = new Map<Bucket | 'all', Suspicion>()
  #suspectAttempts = 0

  constructor(settings: ReachSettings) {
    this.#settings = settings
    this.#nowMs = settings.nowMs ?? (() => performance.now())
    this.#slots = pLimit(settings.attemptsMax)
  }

  get attemptsMax(): number {
    return this.#settings.attemptsMax
  }

  /** Whether nothing came of the last attempt for a bucket. */
  isSuspect(bucket: Bucket): boolean {
    return this.#suspicionOf(bucket) !== undefined
  }

  /**
   * Tries once, for several buckets.
   *
   * @throws Also if one of them has become a suspect before its turn came.
   */
  async together<Result>(
    buckets: readonly Bucket[],
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    const wantedMs = this.#nowMs()
    return this.#slots(() => {
      const suspect = buckets.find((bucket) => this.isSuspect(bucket))
      if (suspect !== undefined) throw this.#suspicionOf(suspect)?.error
      return this.#watched(buckets, attempt, wantedMs)
    })
  }

  /**
   * @param attempt On a connection of its own; may run again after it failed.
   * @throws What the last attempt threw.
   */
  async run<Result>(
    bucket: Bucket,
    attempt: () => Promise<Result>,
    { deadlineMs = never, onAttemptFailed = ignore }: Tries = {},
  ): Promise<Result> {
    const wantedMs = this.#nowMs()
    const isLate = () => this.#nowMs() >= deadlineMs()
    let failure: Error | undefined
    const inTime = async () => {
      // It may have been a while until its turn.
      if (failure !== undefined && isLate()) throw new AbortError(failure)
      try {
        return await this.#inTurn(bucket, attempt, wantedMs)
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
        throw isLate() || this.#isGivenUp(bucket) ? new AbortError(failure) : failure
      }
    }
    return untilDeadline(() => this.#slots(inTime), this.#settings.retryMsMax, onAttemptFailed)
  }

  async #inTurn<Result>(
    bucket: Bucket,
    attempt: () => Promise<Result>,
    wantedMs: number,
  ): Promise<Result> {
    const suspicion = this.#suspicionOf(bucket)
    if (suspicion === undefined) return this.#watched([bucket], attempt, wantedMs)
    if (!this.#mayTry(bucket, suspicion)) throw suspicion.error
    this.#suspectAttempts++
    suspicion.triedMs = this.#nowMs()
    try {
      return await this.#watched([bucket], attempt, wantedMs)
    } finally {
      this.#suspectAttempts--
    }
  }

  #mayTry(bucket: Bucket, { triedMs }: Suspicion): boolean {
    if (this.#suspectAttempts >= SUSPECTS_MAX) return false
    const probeMs = Math.min(PROBE_MS, this.#settings.retryMsMax)
    return !this.#isGivenUp(bucket) || this.#nowMs() - triedMs >= probeMs
  }

  #suspicionOf(bucket: Bucket): Suspicion | undefined {
    return this.#suspects.get('all') ?? this.#suspects.get(bucket)
  }

  #isGivenUp(bucket: Bucket): boolean {
    const suspicion = this.#suspicionOf(bucket)
    if (suspicion === undefined) return false
    return suspicion.failedMs - suspicion.sinceMs >= this.#settings.retryMsMax
  }

  async #watched<Result>(
    buckets: readonly Bucket[],
    attempt: () => Promise<Result>,
    wantedMs: number,
  ): Promise<Result> {
    const obstacle = this.#settings.obstacle()
    if (obstacle !== undefined) throw obstacle
    try {
      const result = await attempt()
      this.#suspects.delete('all')
      for (const bucket of buckets) this.#acquit(bucket)
      return result
    } catch (error) {
      this.#note(buckets, error, wantedMs)
      throw error
    }
  }

  /** Whoever is back may have more than one of them: those that failed for the same cause all try at once again. */
  #acquit(bucket: Bucket): void {
    const suspicion = this.#suspects.get(bucket)
    if (suspicion === undefined) return
    const cause = causeOf(suspicion.error)
    for (const [suspect, { error }] of this.#suspects) {
      if (causeOf(error) === cause) this.#suspects.delete(suspect)
    }
  }

  #note(buckets: readonly Bucket[], error: unknown, wantedMs: number): void {
    const suspect = madeNoConnection(error) ? 'all' : onlyOne(buckets)
    if (suspect !== undefined && isOutOfReach(error)) this.#suspect(suspect, error, wantedMs)
    // Another server may stand behind the next connection, and it may lack the last rows.
    if (isConnectionLost(error)) this.#settings.book.forget()
    else if (isNodeLost(error)) for (const one of buckets) this.#settings.book.forgetBucket(one)
  }

  #suspect(suspect: Bucket | 'all', error: unknown, wantedMs: number): void {
    const sinceMs = this.#suspects.get(suspect)?.sinceMs ?? wantedMs
    const failedMs = this.#nowMs()
    this.#suspects.set(suspect, { error, sinceMs, failedMs, triedMs: failedMs })
  }
}

/** What is out of reach: the server, a node behind it (whose error names it), or nobody knows, for it was only slow. */
function causeOf(error: unknown): string {
  if (isNodeLost(error) && error instanceof Error) return error.message
  return isConnectionLost(error) ? 'server' : 'slow'
}

function onlyOne(buckets: readonly Bucket[]): Bucket | undefined {
  return buckets.length === 1 ? buckets[0] : undefined
}

function never(): number {
  return Number.POSITIVE_INFINITY
}

function ignore(): void {
  // Nobody counts them.
}

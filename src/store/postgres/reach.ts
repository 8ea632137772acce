/**
 * The way to a bucket: a free connection, another try with jitter until a deadline, and what is forgotten when it is lost.
 *
 * Suspects    An attempt on a shard whose machine is gone may hang for as long as a statement may take. So buckets whose
 *             last attempt failed try a few at a time; the others of them count as failed again until their turn.
 *             Buckets that can be reached keep the rest of the connections.
 * Checked by  reach.test.ts, faults.test.ts, citus-faults.test.ts
 */
import type { Bucket } from '../../core/billing-line.ts'
import pLimit, { type LimitFunction } from 'p-limit'
import { isConnectionLost, isNodeLost, isOutOfReach } from './failure.ts'
import { untilDeadline } from './retry.ts'
import type { SeriesBook } from './series-book.ts'

/** So many attempts at a time go to buckets that failed last. */
const SUSPECTS_MAX = 2

export interface ReachSettings {
  /** Attempts at a time. Waiting for one's turn is no failure; waiting for a connection is. */
  readonly attemptsMax: number
  /** How long to try for a bucket. */
  readonly retryMsMax: number
  /** Why nothing is to be tried now, wherever. It is asked before each attempt. */
  readonly obstacle: () => Error | undefined
  readonly book: Pick<SeriesBook, 'forget' | 'forgetBucket'>
}

export class Reach {
  readonly #settings: ReachSettings
  readonly #slots: LimitFunction
  /** Buckets whose last attempt failed, and why. */
  readonly #suspects = new Map<Bucket, unknown>()
  #suspectAttempts = 0

  constructor(settings: ReachSettings) {
    this.#settings = settings
    this.#slots = pLimit(settings.attemptsMax)
  }

  /**
   * @param attempt On a connection of its own; may run again after it failed.
   * @throws What the last attempt threw.
   */
  async run<Result>(
    bucket: Bucket,
    attempt: () => Promise<Result>,
    onAttemptFailed: () => void = ignore,
  ): Promise<Result> {
    return untilDeadline(
      () => this.#inTurn(bucket, attempt),
      this.#settings.retryMsMax,
      onAttemptFailed,
    )
  }

  async #inTurn<Result>(bucket: Bucket, attempt: () => Promise<Result>): Promise<Result> {
    if (!this.#suspects.has(bucket)) return this.#slots(() => this.#watched(bucket, attempt))
    if (this.#suspectAttempts >= SUSPECTS_MAX) throw this.#suspects.get(bucket)
    this.#suspectAttempts++
    try {
      return await this.#slots(() => this.#watched(bucket, attempt))
    } finally {
      this.#suspectAttempts--
    }
  }

  async #watched<Result>(bucket: Bucket, attempt: () => Promise<Result>): Promise<Result> {
    const obstacle = this.#settings.obstacle()
    if (obstacle !== undefined) throw obstacle
    try {
      const result = await attempt()
      // Whoever is back may have more than one of them: all others try at once again.
      if (this.#suspects.delete(bucket)) this.#suspects.clear()
      return result
    } catch (error) {
      if (isOutOfReach(error)) this.#suspects.set(bucket, error)
      // Another server may stand behind the next connection, and it may lack the last rows.
      if (isConnectionLost(error)) this.#settings.book.forget()
      else if (isNodeLost(error)) this.#settings.book.forgetBucket(bucket)
      throw error
    }
  }
}

function ignore(): void {
  // Nobody counts them.
}

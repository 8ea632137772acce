/**
 * One `send`: brings planned requests to the service until every record has its one outcome.
 *
 * Never       rejects for what the service or the network does; that is what outcomes are for.
 * Ends early  when the caller aborts, a callback throws, or the service refuses the key: nothing more is sent then,
 *             and what was not sent says so.
 * Checked by  delivery.test.ts, over a real socket
 */
import type { BatchMeterUsageCommandOutput } from '@aws-sdk/client-marketplace-metering'
import pRetry from 'p-retry'
import type { SentRequest } from './check.ts'
import { type Failure, failureOf } from './failure.ts'
import { matchAnswer } from './match.ts'
import { notSent, type Outcome, type Progress } from './outcome.ts'
import {
  halvesOf,
  hourKeyOf,
  type Item,
  type PlannedRequest,
  requestsOf,
  sentRequestOf,
  wavesOf,
} from './plan.ts'
import { Trial } from './trial.ts'

export type Answer = Pick<BatchMeterUsageCommandOutput, 'Results' | 'UnprocessedRecords'>

export interface DeliveryOptions {
  /** Makes one call of BatchMeterUsage. */
  readonly call: (request: SentRequest, signal: AbortSignal) => Promise<Answer>
  /** Waits until one more call may begin, or the signal aborts, then runs it. */
  readonly inTurn: <T>(run: () => Promise<T>, signal: AbortSignal) => Promise<T>
  /** Calls for the same records while some are left unprocessed. */
  readonly attemptsMax: number
  readonly backOffMsMin: number
  readonly backOffMsMax: number
  readonly totalCount: number
  readonly onProgress: (progress: Progress) => void
  /** The caller's: aborts calls under way. */
  readonly signal: AbortSignal
}

/** What one call did: all is settled, or some are left for another attempt, or the request is to be halved. */
type Step = 'settled' | 'again' | 'halve'

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #outcomes: (Outcome | undefined)[]
  /** Aborted when nothing more is to be sent; calls under way go on. */
  readonly #end = new AbortController()
  readonly #endOrAbort: AbortSignal
  #settledCount = 0
  #callCount = 0
  /** The service refused the key: every other call would fare alike. */
  #callerFailure: Failure | undefined
  #callbackError: { readonly error: unknown } | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#outcomes = Array.from({ length: options.totalCount })
    this.#endOrAbort = AbortSignal.any([options.signal, this.#end.signal])
  }

  settle({ index }: Pick<Item, 'index'>, outcome: Outcome): void {
    this.#outcomes[index] = outcome
    this.#settledCount += 1
  }

  /**
   * Delivers what is not settled yet.
   *
   * @returns The outcomes of all records, in input order. @throws What a callback threw, once no call is under way.
   */
  async deliver(items: readonly Item[]): Promise<readonly Outcome[]> {
    const openKeys = new Set<string>()
    for (const wave of wavesOf(items)) {
      const free = wave.filter((item) => !this.#isHeldBack(item, openKeys))
      await Promise.all(requestsOf(free).map((request) => this.#deliverRequest(request)))
      for (const item of wave) if (this.#isOpen(item)) openKeys.add(hourKeyOf(item))
    }
    this.#report()
    if (this.#callbackError !== undefined) throw this.#callbackError.error
    return this.#outcomes.map((outcome) => outcome ?? notSent('nothing was tried'))
  }

  /** An hour's first record may still be taken later, and what follows must not overtake it. */
  #isHeldBack(item: Item, openKeys: ReadonlySet<string>): boolean {
    if (!openKeys.has(hourKeyOf(item))) return false
    this.settle(item, notSent('an earlier record of the same hour is not settled'))
    return true
  }

  #isOpen({ index }: Item): boolean {
    const status = this.#outcomes[index]?.status
    return status === 'unprocessed' || status === 'unknown'
  }

  async #deliverRequest(request: PlannedRequest): Promise<void> {
    const trial = new Trial(request.items)
    const step = await this.#callUntilSettled(request, trial)
    if (step === 'again') for (const item of trial.items) this.settle(item, this.#left(trial, item))
    if (step !== 'halve') return
    // One after the other: the halves hold the place of one request, so the load stays what it was.
    const rest = { productCode: request.productCode, items: trial.items }
    for (const half of halvesOf(rest)) await this.#deliverRequest(half)
  }

  async #callUntilSettled({ productCode }: PlannedRequest, trial: Trial): Promise<Step> {
    const attempt = async (): Promise<Step> => {
      const step = await this.#callOnce({ productCode, items: trial.items }, trial)
      if (step === 'again') throw new LeftOver('records were left unprocessed')
      return step
    }
    try {
      return await pRetry(attempt, {
        retries: this.#options.attemptsMax - 1,
        minTimeout: this.#options.backOffMsMin,
        maxTimeout: this.#options.backOffMsMax,
        randomize: true,
        signal: this.#endOrAbort,
      })
    } catch (error) {
      if (error instanceof LeftOver || this.#endOrAbort.aborted) return 'again'
      throw error
    }
  }

  async #callOnce(request: PlannedRequest, trial: Trial): Promise<Step> {
    const run = async (): Promise<Step> => {
      // Turns come late: the end may have come first.
      if (this.#endOrAbort.aborted) return 'again'
      trial.begin()
      this.#callCount += 1
      const step = await this.#ask(request, trial)
      this.#report()
      return step
    }
    return this.#options.inTurn(run, this.#endOrAbort)
  }

  async #ask(request: PlannedRequest, trial: Trial): Promise<Step> {
    try {
      const answer = await this.#options.call(sentRequestOf(request), this.#options.signal)
      const { settled, unprocessed, unnamed } = matchAnswer(request.items, answer)
      for (const [item, outcome] of settled) this.settle(item, outcome)
      trial.leave(unprocessed, unnamed)
      return trial.items.length === 0 ? 'settled' : 'again'
    } catch (error) {
      return this.#takeFailure(failureOf(error), trial)
    }
  }

  #takeFailure(failure: Failure, trial: Trial): Step {
    const { kind, errorName, message } = failure
    if (kind === 'throttled') {
      trial.throttled(failure)
      return 'again'
    }
    if (kind === 'record' && trial.items.length > 1) return 'halve'
    if (kind === 'caller') {
      this.#callerFailure ??= failure
      this.#end.abort()
    }
    const outcome: Outcome =
      kind === 'unknown'
        ? { status: 'unknown', errorName, message }
        : { status: 'refused', errorName, message, isSent: true }
    for (const item of trial.items) this.settle(item, outcome)
    trial.items = []
    return 'settled'
  }

  /** What to say of a record that is left when nothing more is tried. */
  #left(trial: Trial, item: Item): Outcome {
    if (this.#callerFailure === undefined || trial.hasBegun) return trial.outcomeOf(item)
    const { errorName, message } = this.#callerFailure
    return { status: 'refused', errorName, message, isSent: false }
  }

  #report(): void {
    const { onProgress, totalCount } = this.#options
    try {
      onProgress({ settledCount: this.#settledCount, totalCount, callCount: this.#callCount })
    } catch (error) {
      this.#callbackError ??= { error }
      this.#end.abort()
    }
  }
}

/** Tells the retry loop to go on. */
class LeftOver extends Error {}

/**
 * Groups what waits and holds it, one bucket a statement: the hot path of the ledger on PostgreSQL.
 *
 * Grouping    A bucket has one statement under way; what comes meanwhile waits and goes with the next. So groups
 *             grow with load, and no timer makes anybody wait.
 * Failure     A bucket that cannot be reached is tried again with jitter until a deadline, holds a connection only while
 *             it tries, and answers 'unavailable' for its own records alone.
 * Checked by  ledger.spec.ts, race.test.ts and faults.test.ts
 */
import pLimit, { type LimitFunction } from 'p-limit'
import pRetry from 'p-retry'
import type { Bucket } from '../../core/billing-line.ts'
import type { Call, NewRecord } from '../../core/metering-record.ts'
import type { RecordingClock } from '../clock.ts'
import { FairQueue } from '../fair-queue.ts'
import type { Held } from '../ledger.ts'
import { commitBucket, type Offered } from './bucket-commit.ts'
import { onConnection, type Pool, type PoolClient } from './connect.ts'
import { isConnectionLost, isWorthAnotherTry } from './failure.ts'
import type { Month } from './months.ts'
import { type Entry, type Group, groupOf, recordAt } from './group.ts'
import { keyTextOf, type SeriesBook } from './series-book.ts'
import { type CallPart, partsOf, WaitingCall } from './waiting-call.ts'

/** Records in one statement, so that no caller waits long behind another's. */
const RECORDS_PER_STATEMENT = 1_000
const RETRY_MS_MIN = 20
const RETRY_MS_MAX = 500

export interface WriterSettings {
  readonly pool: Pool
  readonly connectionsMax: number
  readonly book: SeriesBook
  readonly clock: RecordingClock
  /** This replica's number. */
  readonly writer: number
  /** How long to try for a bucket before its records are unavailable. */
  readonly retryMsMax: number
  /** Absent: any distance between the clocks. */
  readonly skewUsMax?: number
  readonly onFailure: (error: unknown) => void
}

export class Writer {
  readonly figures = { statements: 0, records: 0, retries: 0, seconds: 0 }
  readonly #settings: WriterSettings
  readonly #slots: LimitFunction
  readonly #queues = new Map<Bucket, FairQueue<CallPart>>()
  readonly #draining = new Map<Bucket, Promise<void>>()
  readonly #stamps = new Set<number>()
  #waiting = 0
  #scheduled = false

  constructor(settings: WriterSettings) {
    this.#settings = settings
    this.#slots = pLimit(settings.connectionsMax)
  }

  /** Records taken and not yet answered. */
  get waiting(): number {
    return this.#waiting
  }

  /** Recorded-at of the oldest statement under way. */
  get oldestStampUs(): number | undefined {
    return this.#stamps.size === 0 ? undefined : Math.min(...this.#stamps)
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
  ): Promise<readonly (Held | 'unavailable')[]> {
    const waiting = new WaitingCall(call, records)
    const { book } = this.#settings
    const parts = partsOf(waiting, (index) => book.nameOf(recordAt(records, index)).bucket)
    for (const part of parts)
      this.#queueOf(part.bucket).push(call.account, part, part.indexes.length)
    this.#waiting += records.length
    this.#schedule()
    try {
      return await waiting.done
    } finally {
      this.#waiting -= records.length
    }
  }

  /** Resolves once everything that was accepted has been answered. */
  async drained(): Promise<void> {
    while (this.#scheduled || this.#draining.size > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.all(this.#draining.values())
    }
  }

  #queueOf(bucket: Bucket): FairQueue<CallPart> {
    const queue = this.#queues.get(bucket) ?? new FairQueue<CallPart>()
    this.#queues.set(bucket, queue)
    return queue
  }

  /** What comes in one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const [bucket, queue] of this.#queues) {
        if (queue.isEmpty || this.#draining.has(bucket)) continue
        const draining = this.#drain(bucket, queue).finally(() => this.#draining.delete(bucket))
        this.#draining.set(bucket, draining)
      }
    })
  }

  async #drain(bucket: Bucket, queue: FairQueue<CallPart>): Promise<void> {
    while (!queue.isEmpty) {
      let group: Group | undefined
      const attempt = async () => {
        // Taken only when a connection is free, so that all that waits until then goes along.
        group ??= this.#group(bucket, queue)
        await this.#settle(group)
      }
      try {
        await this.#untilDeadline(attempt)
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error))
        this.#settings.onFailure(failure)
        for (const { waiting, indexes } of group?.parts ?? []) waiting.fail(indexes.length, failure)
      }
    }
  }

  #group(bucket: Bucket, queue: FairQueue<CallPart>): Group {
    const { book } = this.#settings
    return groupOf(bucket, queue.take(RECORDS_PER_STATEMENT), (record) =>
      keyTextOf(record, book.nameOf(record)),
    )
  }

  async #untilDeadline(attempt: () => Promise<void>): Promise<void> {
    await pRetry(() => this.#slots(attempt), {
      retries: Number.POSITIVE_INFINITY,
      maxRetryTime: this.#settings.retryMsMax,
      minTimeout: RETRY_MS_MIN,
      maxTimeout: RETRY_MS_MAX,
      randomize: true,
      shouldRetry: ({ error }) => isWorthAnotherTry(error),
      onFailedAttempt: ({ error }) => {
        this.figures.retries++
        if (isConnectionLost(error)) this.#settings.book.forget()
      },
    })
  }

  /** Holds a group and answers everybody in it; throws before it answered anybody. */
  async #settle(group: Group): Promise<void> {
    const answers = await onConnection(this.#settings.pool, async (client) => {
      const held: { entry: Entry; answer: Held }[] = []
      for (const { month, entries } of group.months) {
        held.push(...(await this.#settleMonth(client, group, month, entries)))
      }
      return held
    })
    for (const { entry, answer } of answers) {
      for (const [place, { waiting, index }] of entry.askers.entries()) {
        waiting.answer(index, place === 0 ? answer : { ...answer, added: false })
      }
    }
  }

  async #settleMonth(
    client: PoolClient,
    group: Group,
    month: Month,
    entries: readonly Entry[],
  ): Promise<readonly { entry: Entry; answer: Held }[]> {
    const offered = await this.#offer(client, group.bucket, entries)
    const { writer, skewUsMax, clock } = this.#settings
    const recordedAtUs = clock.nextUs()
    const { bucket, calls, attempts } = group
    attempts.add(recordedAtUs)
    this.#stamps.add(recordedAtUs)
    const startedMs = performance.now()
    try {
      const skew = skewUsMax === undefined ? {} : { skewUsMax }
      const commit = { bucket, month, calls, offered, writer, recordedAtUs, attempts, ...skew }
      const answers = await commitBucket(client, commit)
      this.figures.statements++
      this.figures.records += offered.length
      return pair(entries, answers)
    } finally {
      this.#stamps.delete(recordedAtUs)
      this.figures.seconds += (performance.now() - startedMs) / 1_000
    }
  }

  async #offer(
    client: PoolClient,
    bucket: Bucket,
    entries: readonly Entry[],
  ): Promise<readonly Offered[]> {
    const { book } = this.#settings
    const records = entries.map(({ record }) => record)
    const known = await book.ensure(client, bucket, records)
    const pairs = entries.map(({ record, call }) => {
      const series = known.get(book.nameOf(record).uuid)
      if (series === undefined) throw new Error('a series that was made sure of is missing')
      return { record, series, call }
    })
    const agreements = await book.ensureAgreements(client, bucket, pairs)
    return pairs.map((one, index) => {
      const agreement = agreements[index]
      if (agreement === undefined) throw new Error('an agreement that was made sure of is missing')
      return { ...one, agreement }
    })
  }
}

function pair(
  entries: readonly Entry[],
  answers: readonly Held[],
): { entry: Entry; answer: Held }[] {
  return entries.map((entry, index) => {
    const answer = answers[index]
    if (answer === undefined) throw new Error('a record without its answer')
    return { entry, answer }
  })
}

/**
 * Groups what waits and holds it, one bucket and one month a statement: the hot path of the ledger on PostgreSQL.
 *
 * Grouping    A lane (a bucket's month) has one statement under way; what comes meanwhile waits and goes with the
 *             next. So groups grow with load, and no timer makes anybody wait.
 * Time        A call has a deadline from when it arrives. No attempt for it begins later but the first, which has as long as
 *             a statement may take; then it is answered, whatever it waits for, and what still waits of it is dropped.
 * Failure     A lane that cannot be reached is tried again with jitter until a deadline, holds a connection only while
 *             it tries, and answers 'unavailable' for its own records alone.
 * Checked by  ledger.spec.ts, race.test.ts and faults.test.ts
 */
import type { Bucket } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import type { Call, NewRecord } from '../../core/metering-record.ts'
import { TokenTaken } from '../client-token.ts'
import type { RecordingClock } from '../clock.ts'
import type { Held } from '../ledger.ts'
import { commitBucket, type Offered } from './bucket-commit.ts'
import type { Hold } from './hold.ts'
import { answerMsMax, onConnection, type Pool, type PoolClient } from './connect.ts'
import type { Reach } from './reach.ts'
import { type Lane, Lanes } from './lanes.ts'
import { monthOf } from './months.ts'
import { type Entry, type Group, groupOf, recordAt } from './group.ts'
import type { SeriesBook } from './series-book.ts'
import { Overdue } from './failure.ts'
import { Patience } from './patience.ts'
import { TokenGuard, TokenRemoval } from './token-guard.ts'
import { WaitingCall } from './waiting-call.ts'

/** Records in one statement, so that no caller waits long behind another's. */
const RECORDS_PER_STATEMENT = 1_000

export interface WriterSettings {
  readonly pool: Pool
  readonly reach: Reach
  /** How long a call is tried for, and how much longer its last attempt may take. */
  readonly retryMsMax: number
  readonly statementMsMax: number
  readonly book: SeriesBook
  /** As the database needs it. */
  readonly hold: Hold
  readonly clock: RecordingClock
  /** This replica's number. */
  readonly writer: number
  /** Absent: any distance between the clocks. */
  readonly skewUsMax?: number
  /** A statement was committed: records that it added, and how long it took. */
  readonly onCommit: (commit: { readonly records: number; readonly seconds: number }) => void
  /** A group was given up. */
  readonly onFailure: (error: unknown) => void
}

export class Writer {
  readonly figures = { statements: 0, records: 0, retries: 0, seconds: 0 }
  readonly #settings: WriterSettings
  readonly #lanes = new Lanes()
  readonly #stamps = new Set<number>()
  readonly #patience: Patience
  readonly #tokened = new Set<Promise<void>>()
  readonly #tokenRemoval = new TokenRemoval()
  #waiting = 0
  #scheduled = false

  constructor(settings: WriterSettings) {
    this.#settings = settings
    const { retryMsMax, statementMsMax, onFailure } = settings
    this.#patience = new Patience(retryMsMax + answerMsMax(statementMsMax), () => {
      this.#lanes.dropOver()
      onFailure(new Overdue())
    })
  }

  /** Records taken and not yet answered. */
  get waiting(): number {
    return this.#waiting
  }

  /** Recorded-at of the oldest statement under way. */
  get oldestStampUs(): number | undefined {
    return this.#stamps.size === 0 ? undefined : Math.min(...this.#stamps)
  }

  /**
   * Holds one record with its client token, in a transaction of its own: what waits in its lane has none, and costs no more
   * for this.
   *
   * @throws TokenTaken
   */
  async holdTokened(
    call: Call,
    record: NewRecord,
    token: ClientToken,
  ): Promise<readonly (Held | 'unavailable')[]> {
    const { book, retryMsMax } = this.#settings
    const named = { record, name: book.nameOf(record) }
    const waiting = new WaitingCall(call, [named], performance.now() + retryMsMax)
    const settled = this.#settleTokened(waiting, new TokenGuard(token, named))
    this.#tokened.add(settled)
    void settled.finally(() => this.#tokened.delete(settled))
    return this.#answerOf(waiting)
  }

  /** Answers the call, whatever happens. */
  async #settleTokened(waiting: WaitingCall, guard: TokenGuard): Promise<void> {
    const { pool, reach, onFailure } = this.#settings
    const { record, name } = recordAt(waiting.records, 0)
    const group = groupOf([{ waiting, indexes: [0] }])
    const place = { bucket: name.bucket, month: monthOf(record.hour) }
    const attempt = () =>
      onConnection(pool, async (client) => {
        const answers = await this.#commit(client, place, group, guard)
        if (!guard.isTaken) await this.#tokenRemoval.afterNoting(client, guard)
        return answers
      })
    try {
      const answers = await reach.run(name.bucket, attempt, {
        deadlineMs: () => group.deadlineMs,
        onAttemptFailed: () => {
          this.figures.retries++
        },
      })
      if (guard.isTaken) waiting.fail(1, new TokenTaken())
      else waiting.answer(0, recordAt(answers, 0))
    } catch (error) {
      onFailure(error)
      waiting.fail(1, error instanceof Error ? error : new Error(String(error)))
    }
  }

  async #answerOf(waiting: WaitingCall): Promise<readonly (Held | 'unavailable')[]> {
    const { length } = waiting.records
    this.#waiting += length
    try {
      return await this.#patience.bound(waiting.done, () => {
        waiting.giveUp(new Overdue())
      })
    } finally {
      this.#waiting -= length
    }
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
  ): Promise<readonly (Held | 'unavailable')[]> {
    const { book, retryMsMax } = this.#settings
    const named = records.map((record) => ({ record, name: book.nameOf(record) }))
    const waiting = new WaitingCall(call, named, performance.now() + retryMsMax)
    this.#lanes.push(waiting)
    this.#schedule()
    return this.#answerOf(waiting)
  }

  /** Resolves once everything that was accepted has been answered. */
  async drained(): Promise<void> {
    await Promise.all(this.#tokened)
    while (this.#lanes.busy.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      await Promise.all(this.#lanes.busy.map(({ draining }) => draining ?? Promise.resolve()))
    }
  }

  /** What comes in one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const lane of this.#lanes.busy) {
        lane.draining ??= this.#drain(lane).finally(() => {
          this.#lanes.release(lane)
        })
      }
    })
  }

  async #drain(lane: Lane): Promise<void> {
    while (!lane.queue.isEmpty) {
      let group: Group | undefined
      const attempt = async () => {
        // Taken only when a connection is free, so that all that waits until then goes along; if anybody waits still.
        if (group === undefined && lane.queue.isEmpty) throw new Overdue()
        group ??= groupOf(lane.queue.take(RECORDS_PER_STATEMENT))
        await this.#settle(lane, group)
      }
      try {
        await this.#settings.reach.run(lane.bucket, attempt, {
          deadlineMs: () => group?.deadlineMs ?? Number.POSITIVE_INFINITY,
          onAttemptFailed: () => {
            this.figures.retries++
          },
        })
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error))
        this.#settings.onFailure(failure)
        // Whose turn never came shares the fate of whoever tried for such a bucket.
        const parts = group?.parts ?? lane.queue.take(RECORDS_PER_STATEMENT)
        for (const { waiting, indexes } of parts) waiting.fail(indexes.length, failure)
      }
    }
  }

  /** Holds a group and answers everybody in it; throws before it answered anybody. */
  async #settle(lane: Lane, group: Group): Promise<void> {
    const answers = await onConnection(this.#settings.pool, (client) =>
      this.#commit(client, lane, group),
    )
    for (const [index, { askers }] of group.entries.entries()) {
      const answer = recordAt(answers, index)
      for (const [place, asker] of askers.entries()) {
        asker.waiting.answer(asker.index, place === 0 ? answer : { ...answer, added: false })
      }
    }
  }

  async #commit(
    client: PoolClient,
    { bucket, month }: Pick<Lane, 'bucket' | 'month'>,
    { calls, entries, attempts }: Group,
    guard?: TokenGuard,
  ): Promise<readonly Held[]> {
    const offered = await this.#offer(client, bucket, entries)
    const { writer, skewUsMax, clock } = this.#settings
    const recordedAtUs = clock.nextUs()
    attempts.add(recordedAtUs)
    this.#stamps.add(recordedAtUs)
    const startedMs = performance.now()
    try {
      const skew = skewUsMax === undefined ? {} : { skewUsMax }
      const commit = { bucket, month, calls, offered, writer, recordedAtUs, attempts, ...skew }
      const answers = await commitBucket(client, this.#settings.hold, commit, guard)
      const seconds = (performance.now() - startedMs) / 1_000
      this.figures.statements++
      this.figures.records += offered.length
      this.figures.seconds += seconds
      this.#settings.onCommit({ records: answers.filter(({ added }) => added).length, seconds })
      return answers
    } finally {
      this.#stamps.delete(recordedAtUs)
    }
  }

  async #offer(
    client: PoolClient,
    bucket: Bucket,
    entries: readonly Entry[],
  ): Promise<readonly Offered[]> {
    const { book } = this.#settings
    const known = await book.ensure(client, bucket, entries)
    const pairs = entries.map(({ record, call }, index) => ({
      record,
      call,
      series: recordAt(known, index),
    }))
    const agreements = await book.ensureAgreements(client, bucket, pairs)
    return pairs.map(({ record, call, series }, index) => ({
      record,
      call,
      series,
      agreement: recordAt(agreements, index),
    }))
  }
}

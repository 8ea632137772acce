/**
 * Groups what waits and holds it, one bucket and one month a statement: the hot path of the ledger on PostgreSQL.
 *
 * Grouping    A lane (a bucket's month) has one statement under way; what comes meanwhile waits and goes with the
 *             next. So groups grow with load, and no timer makes anybody wait.
 * Together    On one server several lanes share a transaction, for what a commit costs is most of what a few rows cost.
 *             They go in the order of their buckets, as the rows of each go in the order of their keys: two replicas
 *             wait for each other and never in a ring.
 * Time        A call has a deadline from when it arrives. No attempt for it begins later but the first, which has as long as
 *             a statement may take; then it is answered, whatever it waits for, and what still waits of it is dropped.
 * Failure     Lanes that failed together try again each alone. One that cannot be reached is tried with jitter until a
 *             deadline, holds a connection only while it tries, and answers 'unavailable' for its own records alone.
 * Checked by  ../ledger.spec.ts, race.test.ts and faults.test.ts
 */
import type { ClientToken } from '../../core/client-token.ts'
import type { Call, NewRecord } from '../../core/metering-record.ts'
import { TokenTaken } from '../client-token.ts'
import type { RecordingClock } from '../clock.ts'
import type { Held } from '../ledger.ts'
import { type BucketCommit, commitBuckets, type Offered } from './bucket-commit.ts'
import type { Hold } from './hold.ts'
import { answerMsMax, onConnection, type Pool, type PoolClient } from './connect.ts'
import { ClocksApart } from './failure.ts'
import type { Reach } from './reach.ts'
import { type Lane, Lanes } from './lanes.ts'
import { monthOf } from './months.ts'
import { type Group, groupOf, recordAt } from './group.ts'
import type { SeriesBook } from './series-book.ts'
import { isWorthAnotherTry, Overdue } from './failure.ts'
import { Pace } from './pace.ts'
import { Patience } from './patience.ts'
import { TokenGuard, TokenRemoval } from './token-guard.ts'
import { WaitingCall } from './waiting-call.ts'

/** Records in one statement, so that no caller waits long behind another's. */
const RECORDS_PER_STATEMENT = 1_000

/** A lane, and what was taken from it, once that is known. */
interface Turn {
  readonly lane: Lane
  group?: Group
}

/** What goes to the database of a bucket's month. */
interface Taken {
  readonly lane: Pick<Lane, 'bucket' | 'month'>
  readonly group: Group
}

export interface WriterSettings {
  readonly pool: Pool
  readonly reach: Reach
  /** How long a call is tried for, and how much longer its last attempt may take. */
  readonly retryMsMax: number
  readonly statementMsMax: number
  readonly book: SeriesBook
  /** As the database needs it. */
  readonly hold: Hold
  /** Whether a transaction may reach several buckets. */
  readonly together: boolean
  readonly clock: RecordingClock
  /** This replica's number. */
  readonly writer: number
  /** Absent: any distance between the clocks. */
  readonly skewUsMax?: number
  /** A transaction was committed: records that it added, and how long it took. */
  readonly onCommit: (commit: { readonly records: number; readonly seconds: number }) => void
  /** A group was given up. */
  readonly onFailure: (error: unknown) => void
}

export class Writer {
  readonly figures = { commits: 0, statements: 0, records: 0, retries: 0, seconds: 0 }
  readonly #settings: WriterSettings
  readonly #lanes = new Lanes()
  readonly #stamps = new Set<number>()
  /** The latest recorded-at that was not refused. */
  #usedUs = 0
  readonly #patience: Patience
  readonly #tokened = new Set<Promise<void>>()
  readonly #tokenRemoval = new TokenRemoval()
  readonly #pace: Pace
  #waiting = 0
  #scheduled = false

  constructor(settings: WriterSettings) {
    this.#settings = settings
    const { retryMsMax, statementMsMax, onFailure } = settings
    this.#patience = new Patience(retryMsMax + answerMsMax(statementMsMax), () => {
      this.#lanes.dropOver()
      onFailure(new Overdue())
    })
    this.#pace = new Pace({
      countMax: settings.reach.attemptsMax,
      onSlow: () => {
        this.#schedule()
      },
    })
  }

  /** Records taken and not yet answered. */
  get waiting(): number {
    return this.#waiting
  }

  /** Recorded-at of the oldest transaction under way. */
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
    const lane = { bucket: name.bucket, month: monthOf(record.hour) }
    const attempt = () =>
      onConnection(pool, async (client) => {
        const [answers = []] = await this.#commit(client, [{ lane, group }], guard)
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
      this.#start()
    })
  }

  #start(): void {
    const { reach, together } = this.#settings
    const isAlone = ({ bucket }: Lane) => !together || reach.isSuspect(bucket)
    for (const lane of this.#lanes.takeAll(isAlone)) lane.draining = this.#drainAlone({ lane })
    while (this.#lanes.waitingCount > 0) {
      const lanes = this.#lanes.take(this.#pace.lanesNext, RECORDS_PER_STATEMENT)
      if (lanes.length === 0) return
      const draining = this.#drainTogether(lanes)
      for (const lane of lanes) lane.draining = draining
    }
  }

  async #drainTogether(lanes: readonly Lane[]): Promise<void> {
    const turns = lanes.toSorted(byBucket).map((lane): Turn => ({ lane }))
    const buckets = turns.map(({ lane }) => lane.bucket)
    try {
      const { reach } = this.#settings
      await this.#pace.run(() => reach.together(buckets, () => this.#settle(turns)))
      this.#release(lanes)
    } catch (error) {
      // Of several, most may have failed for another's sake: each has an attempt of its own, however late.
      const isOver = turns.length === 1 && turns.every((turn) => isLast(turn, error))
      if (isOver) for (const turn of turns) this.#giveUp(turn, error)
      else {
        this.figures.retries++
        await Promise.all(turns.map((turn) => this.#drainAlone(turn)))
      }
    }
  }

  async #drainAlone(turn: Turn): Promise<void> {
    const { lane } = turn
    const attempt = async () => {
      // Nobody waits for it any more: they were answered while it failed with others.
      if (turn.group?.parts.every(({ waiting }) => waiting.isOver)) throw new Overdue()
      await this.#settle([turn])
    }
    try {
      await this.#settings.reach.run(lane.bucket, attempt, {
        deadlineMs: () => turn.group?.deadlineMs ?? Number.POSITIVE_INFINITY,
        onAttemptFailed: () => {
          this.figures.retries++
        },
      })
      this.#release([lane])
    } catch (error) {
      this.#giveUp(turn, error)
    }
  }

  #giveUp({ lane, group }: Turn, error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error))
    this.#settings.onFailure(failure)
    // Whose turn never came shares the fate of whoever tried for such a bucket.
    const parts = group?.parts ?? lane.queue.take(RECORDS_PER_STATEMENT)
    for (const { waiting, indexes } of parts) waiting.fail(indexes.length, failure)
    this.#release([lane])
  }

  #release(lanes: readonly Lane[]): void {
    for (const lane of lanes) this.#lanes.release(lane)
    if (this.#lanes.waitingCount > 0) this.#schedule()
  }

  /** Holds what waits in each lane and answers everybody in it; throws before it answered anybody. */
  async #settle(turns: readonly Turn[]): Promise<void> {
    // Taken only when a connection is free, so that all that waits until then goes along; if anybody waits still.
    for (const turn of turns) {
      const { queue } = turn.lane
      if (!queue.isEmpty) turn.group ??= groupOf(queue.take(RECORDS_PER_STATEMENT))
    }
    const taken = turns.filter(isTaken)
    if (taken.length === 0) throw new Overdue()
    const answers = await onConnection(this.#settings.pool, (client) => this.#commit(client, taken))
    for (const [index, { group }] of taken.entries()) answerAll(group, answers[index])
  }

  async #commit(
    client: PoolClient,
    taken: readonly Taken[],
    guard?: TokenGuard,
  ): Promise<readonly (readonly Held[])[]> {
    const offered = await this.#offer(client, taken)
    const { writer, skewUsMax, clock, hold } = this.#settings
    const recordedAtUs = clock.nextUs()
    const skew = skewUsMax === undefined ? {} : { skewUsMax }
    const commits = taken.map(({ lane: { bucket, month }, group }, index): BucketCommit => {
      const { calls, attempts } = group
      attempts.add(recordedAtUs)
      const stamp = { writer, recordedAtUs, attempts, ...skew }
      return { bucket, month, calls, offered: recordAt(offered, index), ...stamp }
    })
    this.#stamps.add(recordedAtUs)
    const startedMs = performance.now()
    let refused = false
    try {
      const answers = await commitBuckets(client, hold, commits, guard)
      this.#count(answers, (performance.now() - startedMs) / 1_000)
      return answers
    } catch (error) {
      refused = error instanceof ClocksApart
      throw error
    } finally {
      this.#stamps.delete(recordedAtUs)
      if (refused) clock.fallBackTo(Math.max(this.#usedUs, ...this.#stamps))
      else this.#usedUs = Math.max(this.#usedUs, recordedAtUs)
    }
  }

  #count(answers: readonly (readonly Held[])[], seconds: number): void {
    let records = 0
    for (const held of answers) {
      this.figures.records += held.length
      for (const { added } of held) if (added) records++
    }
    this.figures.commits++
    this.figures.statements += answers.length
    this.figures.seconds += seconds
    this.#settings.onCommit({ records, seconds })
  }

  /** What each lane offers, with series and agreements that the database has. */
  async #offer(
    client: PoolClient,
    taken: readonly Taken[],
  ): Promise<readonly (readonly Offered[])[]> {
    const { book } = this.#settings
    const parts = taken.map(({ lane, group }) => ({ bucket: lane.bucket, records: group.entries }))
    const known = await book.ensureAll(client, parts)
    const offered: (readonly Offered[])[] = []
    for (const [part, { bucket, records }] of parts.entries()) {
      const series = recordAt(known, part)
      const pairs = records.map(({ record, call }, index) => {
        return { record, call, series: recordAt(series, index) }
      })
      const agreements = await book.ensureAgreements(client, bucket, pairs)
      offered.push(
        pairs.map(({ record, call, series }, index) => {
          return { record, call, series, agreement: recordAt(agreements, index) }
        }),
      )
    }
    return offered
  }
}

function isTaken(turn: Turn): turn is Required<Turn> {
  return turn.group !== undefined
}

/** Whether no further attempt is of use. */
function isLast({ group }: Turn, error: unknown): boolean {
  const isLate = group !== undefined && performance.now() >= group.deadlineMs
  return isLate || !isWorthAnotherTry(error)
}

function byBucket(left: Lane, right: Lane): number {
  return left.bucket - right.bucket || left.month.firstHour - right.month.firstHour
}

function answerAll({ entries }: Group, answers: readonly Held[] = []): void {
  for (const [index, { askers }] of entries.entries()) {
    const answer = recordAt(answers, index)
    for (const [place, asker] of askers.entries()) {
      asker.waiting.answer(asker.index, place === 0 ? answer : { ...answer, added: false })
    }
  }
}

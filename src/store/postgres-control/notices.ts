/**
 * The outbox of notices on PostgreSQL: see notice-outbox.ts.
 *
 * Claimed    A replica that delivers writes until when the row is its own. Of two that want the same row the second waits for
 *            the first's statement, looks again, and finds it taken.
 * No deadlock Each statement takes its rows in the order of their position, or one row.
 */
import pLimit, { type LimitFunction } from 'p-limit'
import type { Notice } from '../../core/notice.ts'
import type { InstantMs } from '../../core/usage.ts'
import { placeOfCursor } from '../control.ts'
import {
  type KeptNotice,
  keptNoticeOf,
  type LentNotice,
  type NoticeBacklog,
  type NoticeLoan,
  type NoticeOutbox,
  type NoticePage,
  type NoticeQuery,
  type NoticeSettlement,
  type NoticeState,
  settledColumns,
} from '../notice-outbox.ts'
import type { Pool } from '../postgres/connect.ts'
import { fromStoredText, toStoredText } from '../stored-text.ts'

const LEND = `
  with due as materialized (
    select position, due_ms, row_number() over (partition by seller order by due_ms, position) as place
    from notice one
    where state = 'waiting' and due_ms <= $2 and next_attempt_ms <= $3 and lent_until_ms <= $3
      and seller <> all ($4::text[])
      and not exists (
        select from notice earlier
        where earlier.agreement = one.agreement and earlier.state = 'waiting'
          and (earlier.due_ms, earlier.position) < (one.due_ms, one.position))
  ), chosen as materialized (
    select position from due where place <= $5 order by due_ms, position limit $6
  ), free as materialized (
    select position from notice
    where position in (select position from chosen) and state = 'waiting' and lent_until_ms <= $3
    order by position for update skip locked
  )
  update notice set lent_until_ms = $1 where position in (select position from free)
  returning position, due_ms, attempts, body`

const SETTLE = `
  update notice set state = $3, attempts = attempts + $4, due_ms = coalesce($5, due_ms), next_attempt_ms = $6,
    last_at_ms = coalesce($7, last_at_ms), last_result = coalesce($8, last_result), lent_until_ms = 0
  where id = $1 and lent_until_ms = $2`

const RESEND = `
  update notice set state = 'waiting', attempts = 0, next_attempt_ms = 0, lent_until_ms = 0 where id = $1`

const PRUNE = `
  delete from notice where position in (
    select position from notice where state <> 'waiting' and last_at_ms < $1
    order by position limit 10000 for update skip locked)`

const BACKLOG = `
  select count(*) as count, min(due_ms) as oldest from notice where state = 'waiting' and due_ms <= $1`

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Numbers of 64 bits come as text. */
interface Row {
  readonly position: string
  readonly state: NoticeState
  readonly attempts: number
  readonly due_ms: string
  readonly next_attempt_ms: string
  readonly last_at_ms: string
  readonly last_result: string
  readonly body: Notice
}

interface BacklogRow {
  readonly count: string
  readonly oldest: string | null
}

export class NoticeTable implements NoticeOutbox {
  readonly #aside: Pool
  readonly #durable: Pool
  readonly #changeInTurn: LimitFunction
  /** A courier settles many at once, and there is a connection for one. */
  readonly #inTurn = pLimit(1)

  /**
   * @param aside Does not wait for the disk: what is lost there is done again. @param durable Does.
   * @param changeInTurn Lets in one at a time of those who want a connection of `durable`.
   */
  constructor(aside: Pool, durable: Pool, changeInTurn: LimitFunction) {
    this.#aside = aside
    this.#durable = durable
    this.#changeInTurn = changeInTurn
  }

  async lend(asked: NoticeLoan): Promise<readonly LentNotice[]> {
    const { nowMs, machineNowMs, lentMs, countMax, perSellerMax, busySellers } = asked
    const lentUntilMs = Math.floor(machineNowMs + lentMs)
    const [now, machineNow] = [Math.floor(nowMs), Math.floor(machineNowMs)]
    const values = [lentUntilMs, now, machineNow, busySellers, perSellerMax, countMax]
    const { rows } = await this.#inTurn(() => this.#aside.query<Row>(LEND, values))
    return rows.sort(inOrder).map(({ body, attempts }) => ({ notice: body, attempts, lentUntilMs }))
  }

  async settle(lent: LentNotice, settlement: NoticeSettlement): Promise<'settled' | 'lost'> {
    const columns = settledColumns(settlement)
    const { state, attempts, dueMs, nextAttemptMs, lastAtMs, lastResult } = columns
    const result = lastResult === null ? null : toStoredText(lastResult)
    const { notice, lentUntilMs } = lent
    const values = [notice.id, lentUntilMs, state, attempts, dueMs, nextAttemptMs, lastAtMs, result]
    const { rowCount } = await this.#inTurn(() => this.#aside.query(SETTLE, values))
    return rowCount === 0 ? 'lost' : 'settled'
  }

  async resend(id: string): Promise<'waiting' | 'unknown'> {
    if (!UUID.test(id)) return 'unknown'
    const { rowCount } = await this.#changeInTurn(() => this.#durable.query(RESEND, [id]))
    return rowCount === 0 ? 'unknown' : 'waiting'
  }

  async read(query: NoticeQuery): Promise<NoticePage> {
    const { seller, agreement, state, id, countMax } = query
    if (id !== undefined && !UUID.test(id)) return { notices: [] }
    const narrowing = [
      ['position <', placeOfCursor(query)],
      ['seller =', seller],
      ['agreement =', agreement],
      ['state =', state],
      ['id =', id],
    ] as const
    const given = narrowing.filter(([, value]) => value !== undefined)
    const where = given.map(([condition], index) => `${condition} $${index + 2}`)
    const { rows } = await this.#aside.query<Row>(
      `select * from notice where ${['true', ...where].join(' and ')} order by position desc limit $1`,
      [countMax + 1, ...given.map(([, value]) => value)],
    )
    const page = rows.slice(0, countMax)
    const last = page.at(-1)
    const more = last !== undefined && rows.length > page.length
    return { notices: page.map(keptOf), ...(more ? { next: last.position } : {}) }
  }

  async backlog(nowMs: number): Promise<NoticeBacklog> {
    const { rows } = await this.#aside.query<BacklogRow>(BACKLOG, [Math.floor(nowMs)])
    const { count, oldest } = rows[0] ?? { count: '0', oldest: null }
    return oldest === null
      ? { count: 0 }
      : { count: Number(count), oldestDueMs: Number(oldest) as InstantMs }
  }

  async prune(doneBeforeMs: number): Promise<void> {
    await this.#inTurn(() => this.#aside.query(PRUNE, [Math.floor(doneBeforeMs)]))
  }
}

/** Each member one column of what a change writes. */
export function noticeColumns(notices: readonly Notice[]): readonly unknown[] {
  return [
    notices.map(({ id }) => id),
    notices.map(({ seller }) => seller),
    notices.map(({ agreement }) => agreement),
    notices.map(({ dueMs }) => dueMs),
    notices.map((notice) => JSON.stringify(notice)),
  ]
}

function keptOf(row: Row): KeptNotice {
  return keptNoticeOf({
    body: row.body,
    state: row.state,
    attempts: row.attempts,
    dueMs: Number(row.due_ms),
    nextAttemptMs: Number(row.next_attempt_ms),
    lastAtMs: Number(row.last_at_ms),
    lastResult: fromStoredText(row.last_result),
  })
}

function inOrder(left: Row, right: Row): number {
  return (
    Number(left.due_ms) - Number(right.due_ms) || Number(left.position) - Number(right.position)
  )
}

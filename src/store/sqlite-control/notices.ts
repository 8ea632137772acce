/** The outbox of notices in control.db: see notice-outbox.ts. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Notice } from '../../core/notice.ts'
import type { InstantMs } from '../../core/usage.ts'
import { placeOfCursor } from '../control.ts'
import {
  keptNoticeOf,
  type LentNotice,
  type NoticeBacklog,
  type NoticeLoan,
  type NoticeOutbox,
  type NoticePage,
  type NoticeQuery,
  type NoticeRow,
  type NoticeSettlement,
  type NoticeState,
  settledColumns,
} from '../notice-outbox.ts'
import { writeUnlessBusy } from './transaction.ts'

const LEND = `
  update notice set lent_until_ms = :lentUntilMs where position in (
    select position from (
      select position, due_ms,
        row_number() over (partition by seller order by due_ms, position) as place
      from notice as one
      where state = 'waiting' and due_ms <= :nowMs
        and next_attempt_ms <= :machineNowMs and lent_until_ms <= :machineNowMs
        and seller not in (select value from json_each(:busySellers))
        and not exists (
          select 1 from notice as earlier
          where earlier.agreement = one.agreement and earlier.state = 'waiting'
            and (earlier.due_ms, earlier.position) < (one.due_ms, one.position)))
    where place <= :perSellerMax order by due_ms, position limit :countMax)
  returning position, due_ms, attempts, body`

const SETTLE = `
  update notice set state = ?, attempts = attempts + ?, due_ms = coalesce(?, due_ms), next_attempt_ms = ?,
    last_at_ms = coalesce(?, last_at_ms), last_result = coalesce(?, last_result), lent_until_ms = 0
  where id = ? and lent_until_ms = ?`

const RESEND = `
  update notice set state = 'waiting', attempts = 0, next_attempt_ms = 0, lent_until_ms = 0 where id = ?`

const BACKLOG = `
  select count(*) as count, min(due_ms) as oldest from notice where state = 'waiting' and due_ms <= ?`

export class NoticeTable implements NoticeOutbox {
  readonly #database: DatabaseSync

  /** @param database A connection that need not wait for the disk: what is lost is done again. */
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async lend(asked: NoticeLoan): Promise<readonly LentNotice[]> {
    const { nowMs, machineNowMs, lentMs, countMax, perSellerMax, busySellers } = asked
    const lentUntilMs = Math.floor(machineNowMs + lentMs)
    const rows = writeUnlessBusy(this.#database, () =>
      this.#database.prepare(LEND).all({
        lentUntilMs,
        nowMs: Math.floor(nowMs),
        machineNowMs: Math.floor(machineNowMs),
        busySellers: JSON.stringify(busySellers),
        perSellerMax,
        countMax,
      }),
    )
    if (rows === 'busy') return []
    return rows.sort(inOrder).map((row) => ({
      notice: noticeIn(row),
      attempts: Number(row['attempts']),
      lentUntilMs,
    }))
  }

  async settle(
    lent: LentNotice,
    settlement: NoticeSettlement,
  ): Promise<'settled' | 'lost' | 'busy'> {
    const columns = settledColumns(settlement)
    const { state, attempts, dueMs, nextAttemptMs, lastAtMs, lastResult } = columns
    const { notice, lentUntilMs } = lent
    const done = writeUnlessBusy(this.#database, () =>
      this.#database
        .prepare(SETTLE)
        .run(state, attempts, dueMs, nextAttemptMs, lastAtMs, lastResult, notice.id, lentUntilMs),
    )
    if (done === 'busy') return 'busy'
    return done.changes === 0 ? 'lost' : 'settled'
  }

  async resend(id: string): Promise<'waiting' | 'unknown' | 'busy'> {
    const done = writeUnlessBusy(this.#database, () => this.#database.prepare(RESEND).run(id))
    if (done === 'busy') return 'busy'
    return done.changes === 0 ? 'unknown' : 'waiting'
  }

  async read(query: NoticeQuery): Promise<NoticePage> {
    const { seller, agreement, state, id, countMax } = query
    const narrowing = [
      ['position < ?', placeOfCursor(query)],
      ['seller = ?', seller],
      ['agreement = ?', agreement],
      ['state = ?', state],
      ['id = ?', id],
    ] as const
    const given = narrowing.filter(([, value]) => value !== undefined)
    const where = ['true', ...given.map(([condition]) => condition)].join(' and ')
    const rows = this.#database
      .prepare(`select * from notice where ${where} order by position desc limit ?`)
      .all(...given.map(([, value]) => value ?? null), countMax + 1)
    const page = rows.slice(0, countMax)
    const more = rows.length > page.length
    return {
      notices: page.map((row) => keptNoticeOf(noticeRowOf(row))),
      ...(more ? { next: String(page.at(-1)?.['position']) } : {}),
    }
  }

  async backlog(nowMs: number): Promise<NoticeBacklog> {
    const row = this.#database.prepare(BACKLOG).get(Math.floor(nowMs))
    const count = Number(row?.['count'])
    return count === 0 ? { count } : { count, oldestDueMs: Number(row?.['oldest']) as InstantMs }
  }

  async prune(doneBeforeMs: number): Promise<void> {
    writeUnlessBusy(this.#database, () =>
      this.#database
        .prepare(`delete from notice where state <> 'waiting' and last_at_ms < ?`)
        .run(Math.floor(doneBeforeMs)),
    )
  }
}

/** For the connection, and in the transaction, of a change. */
export function noticeInsert(database: DatabaseSync): (notices: readonly Notice[]) => void {
  const insert: StatementSync = database.prepare(
    'insert into notice (id, seller, agreement, due_ms, body) values (?, ?, ?, ?, ?)',
  )
  return (notices) => {
    for (const notice of notices) {
      const { id, seller, agreement, dueMs } = notice
      insert.run(id, seller, agreement, dueMs, JSON.stringify(notice))
    }
  }
}

export function noticeRowOf(row: Record<string, unknown>): NoticeRow {
  return {
    body: noticeIn(row),
    state: String(row['state']) as NoticeState,
    attempts: Number(row['attempts']),
    dueMs: Number(row['due_ms']),
    nextAttemptMs: Number(row['next_attempt_ms']),
    lastAtMs: Number(row['last_at_ms']),
    lastResult: String(row['last_result']),
  }
}

function noticeIn(row: Record<string, unknown>): Notice {
  return JSON.parse(String(row['body'])) as Notice
}

function inOrder(left: Record<string, unknown>, right: Record<string, unknown>): number {
  const byDue = Number(left['due_ms']) - Number(right['due_ms'])
  return byDue || Number(left['position']) - Number(right['position'])
}

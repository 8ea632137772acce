/** The outbox of notices in memory: see notice-outbox.ts. */
import type { Notice } from '../core/notice.ts'
import type { InstantMs } from '../core/usage.ts'
import { placeOfCursor } from './control.ts'
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
  settledColumns,
} from './notice-outbox.ts'

interface Row extends NoticeRow {
  readonly position: number
  readonly lentUntilMs: number
}

export class MemoryNotices implements NoticeOutbox {
  /** By id, in order of position. */
  readonly #rows = new Map<string, Row>()
  #position = 0

  takeAll(others: MemoryNotices): void {
    for (const [id, row] of others.#rows) this.#rows.set(id, row)
    this.#position = others.#position
  }

  add(notices: readonly Notice[]): void {
    for (const body of notices) {
      this.#put({
        body,
        position: ++this.#position,
        state: 'waiting',
        attempts: 0,
        dueMs: body.dueMs,
        nextAttemptMs: 0,
        lastAtMs: 0,
        lastResult: '',
        lentUntilMs: 0,
      })
    }
  }

  async lend(asked: NoticeLoan): Promise<readonly LentNotice[]> {
    const lentUntilMs = Math.floor(asked.machineNowMs + asked.lentMs)
    const waiting = [...this.#rows.values()]
      .filter(({ state }) => state === 'waiting')
      .sort((left, right) => left.dueMs - right.dueMs || left.position - right.position)
    const seen = new Set<string>()
    const lentTo = new Map<string, number>()
    const lent: Row[] = []
    for (const row of waiting) {
      const { agreement, seller } = row.body
      const isFirst = !seen.has(agreement)
      seen.add(agreement)
      const count = lentTo.get(seller) ?? 0
      if (!isFirst || !isFree(row, asked) || count >= asked.perSellerMax) continue
      if (lent.length >= asked.countMax) break
      lentTo.set(seller, count + 1)
      lent.push(row)
      this.#put({ ...row, lentUntilMs })
    }
    return lent.map(({ body, attempts }) => ({ notice: body, attempts, lentUntilMs }))
  }

  async settle(lent: LentNotice, settlement: NoticeSettlement): Promise<'settled' | 'lost'> {
    const row = this.#rows.get(lent.notice.id)
    if (row?.lentUntilMs !== lent.lentUntilMs) return 'lost'
    const columns = settledColumns(settlement)
    this.#put({
      ...row,
      state: columns.state,
      attempts: row.attempts + columns.attempts,
      dueMs: columns.dueMs ?? row.dueMs,
      nextAttemptMs: columns.nextAttemptMs,
      lastAtMs: columns.lastAtMs ?? row.lastAtMs,
      lastResult: columns.lastResult ?? row.lastResult,
      lentUntilMs: 0,
    })
    return 'settled'
  }

  async resend(id: string): Promise<'waiting' | 'unknown'> {
    const row = this.#rows.get(id)
    if (row === undefined) return 'unknown'
    this.#put({ ...row, state: 'waiting', attempts: 0, nextAttemptMs: 0, lentUntilMs: 0 })
    return 'waiting'
  }

  async read(query: NoticeQuery): Promise<NoticePage> {
    const { seller, agreement, state, id, countMax } = query
    const below = placeOfCursor(query) ?? Infinity
    const matching = [...this.#rows.values()]
      .filter(
        (row) =>
          row.position < below &&
          (seller ?? row.body.seller) === row.body.seller &&
          (agreement ?? row.body.agreement) === row.body.agreement &&
          (state ?? row.state) === row.state &&
          (id ?? row.body.id) === row.body.id,
      )
      .sort((left, right) => right.position - left.position)
    const page = matching.slice(0, countMax)
    const last = page.at(-1)
    const more = last !== undefined && matching.length > page.length
    return { notices: page.map(keptNoticeOf), ...(more ? { next: String(last.position) } : {}) }
  }

  async backlog(nowMs: number): Promise<NoticeBacklog> {
    let count = 0
    let oldestDueMs = Infinity
    for (const { state, dueMs } of this.#rows.values()) {
      if (state !== 'waiting' || dueMs > nowMs) continue
      count += 1
      oldestDueMs = Math.min(oldestDueMs, dueMs)
    }
    return count === 0 ? { count } : { count, oldestDueMs: oldestDueMs as InstantMs }
  }

  async prune(doneBeforeMs: number): Promise<void> {
    for (const [id, { state, lastAtMs }] of this.#rows) {
      if (state !== 'waiting' && lastAtMs < doneBeforeMs) this.#rows.delete(id)
    }
  }

  #put(row: Row): void {
    this.#rows.set(row.body.id, row)
  }
}

function isFree(row: Row, { nowMs, machineNowMs, busySellers }: NoticeLoan): boolean {
  return (
    row.dueMs <= nowMs &&
    row.nextAttemptMs <= machineNowMs &&
    row.lentUntilMs <= machineNowMs &&
    !busySellers.includes(row.body.seller)
  )
}

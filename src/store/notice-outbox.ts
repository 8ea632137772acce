/**
 * Notices on their way to sellers, as callers see them. They are written in the commit that made them true.
 *
 * Promises   - Of one agreement's waiting notices only the first is lent out, so that they arrive in order of when they became
 *              true; one that is lent is lent to nobody else until its time is over.
 *            - What was lent and never settled is lent again: a receiver may get a notice twice, and none is lost.
 *            - Notices that are done are kept until they are pruned, and can be sent again.
 * Checked by control.spec.ts
 */
import type { Notice } from '../core/notice.ts'
import type { AccountId, AgreementId, InstantMs } from '../core/usage.ts'

export interface NoticeOutbox {
  /** Lends out what is due. `busy` becomes nothing: ask again. */
  lend(asked: NoticeLoan): Promise<readonly LentNotice[]>

  /** Says what became of a notice; `lost` if somebody else has it now. */
  settle(lent: LentNotice, settlement: NoticeSettlement): Promise<'settled' | 'lost' | 'busy'>

  /** One page, the newest first. */
  read(query: NoticeQuery): Promise<NoticePage>

  /** Makes it wait again, whatever became of it. */
  resend(id: string): Promise<'waiting' | 'unknown' | 'busy'>

  /** What waits and is due by then, domain time. Cheap. */
  backlog(nowMs: number): Promise<NoticeBacklog>

  /** Forgets what was done before then. */
  prune(doneBeforeMs: number): Promise<void>
}

export interface NoticeBacklog {
  readonly count: number
  /** When the oldest of them became due; absent if there is none. */
  readonly oldestDueMs?: InstantMs
}

/**
 * @property nowMs Domain time: what is due by then.
 * @property machineNowMs Effort time: what may be tried again by then, and from when the loan counts.
 * @property busySellers Nothing of theirs.
 */
export interface NoticeLoan {
  readonly nowMs: number
  readonly machineNowMs: number
  readonly lentMs: number
  readonly countMax: number
  readonly perSellerMax: number
  readonly busySellers: readonly AccountId[]
}

/** @property attempts How often it was tried before. @property lentUntilMs Tells this loan from others. */
export interface LentNotice {
  readonly notice: Notice
  readonly attempts: number
  readonly lentUntilMs: number
}

export const NOTICE_STATES = ['waiting', 'delivered', 'failed', 'dropped'] as const

export type NoticeState = (typeof NOTICE_STATES)[number]

/**
 * @property result In words: what the receiver answered, or why it was not sent.
 * @property dueMs It is not true yet, and will be then.
 */
export type NoticeSettlement =
  | {
      readonly state: 'delivered' | 'failed'
      readonly result: string
      readonly machineNowMs: number
    }
  | { readonly state: 'dropped'; readonly result: string; readonly machineNowMs: number }
  | {
      readonly state: 'waiting'
      readonly result: string
      readonly machineNowMs: number
      readonly nextAttemptMs: number
    }
  | { readonly state: 'waiting'; readonly dueMs: InstantMs }

/** A notice as it is kept, with what became of it. */
export interface KeptNotice {
  readonly notice: Notice
  readonly state: NoticeState
  readonly attempts: number
  readonly dueMs: InstantMs
  /** Of the last attempt; absent before the first. */
  readonly lastAtMs?: InstantMs
  readonly lastResult?: string
  /** Absent unless it waits for another attempt. */
  readonly nextAttemptMs?: InstantMs
}

/** Every member narrows. */
export interface NoticeQuery {
  readonly seller?: AccountId
  readonly agreement?: AgreementId
  readonly state?: NoticeState
  readonly id?: string
  /** Where the page before ended. Opaque. */
  readonly after?: string
  /** 1 to 10,000. */
  readonly countMax: number
}

export interface NoticePage {
  readonly notices: readonly KeptNotice[]
  readonly next?: string
}

/** A notice and its row, as both databases give it. */
export interface NoticeRow {
  readonly body: Notice
  readonly state: NoticeState
  readonly attempts: number
  readonly dueMs: number
  readonly nextAttemptMs: number
  readonly lastAtMs: number
  readonly lastResult: string
}

/** What a settlement writes: each member a column. */
export interface SettledColumns {
  readonly state: NoticeState
  /** How many attempts it was. */
  readonly attempts: number
  readonly dueMs: number | null
  readonly nextAttemptMs: number
  readonly lastAtMs: number | null
  readonly lastResult: string | null
}

export function settledColumns(settlement: NoticeSettlement): SettledColumns {
  if ('dueMs' in settlement) {
    const { state, dueMs } = settlement
    return { state, attempts: 0, dueMs, nextAttemptMs: 0, lastAtMs: null, lastResult: null }
  }
  const { state, result, machineNowMs } = settlement
  return {
    state,
    attempts: state === 'dropped' ? 0 : 1,
    dueMs: null,
    nextAttemptMs: 'nextAttemptMs' in settlement ? settlement.nextAttemptMs : 0,
    lastAtMs: machineNowMs,
    lastResult: result,
  }
}

export function keptNoticeOf(row: NoticeRow): KeptNotice {
  const { body, state, attempts, dueMs, nextAttemptMs, lastAtMs, lastResult } = row
  return {
    notice: body,
    state,
    attempts,
    dueMs: dueMs as InstantMs,
    ...(lastAtMs > 0 && { lastAtMs: lastAtMs as InstantMs, lastResult }),
    ...(nextAttemptMs > 0 && { nextAttemptMs: nextAttemptMs as InstantMs }),
  }
}

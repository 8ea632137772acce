/** Whether a notice that is due is still true, or has to wait for the last hour. Checked by notice-turn.test.ts */
import type { CatalogIndex } from './catalog-index.ts'
import type { Agreement } from './catalog.ts'
import type { Notice } from './notice.ts'
import type { InstantMs } from './usage.ts'

export type NoticeTurn =
  | { readonly kind: 'send' }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'wait'; readonly untilMs: InstantMs }

const SEND: NoticeTurn = { kind: 'send' }

/** @param lastHourMs The profile's: how long after an end the last usage is taken. */
export function noticeTurn(
  notice: Notice,
  catalog: Pick<CatalogIndex, 'agreements' | 'agreementsOf'>,
  nowMs: InstantMs,
  lastHourMs: number,
): NoticeTurn {
  const agreement = catalog.agreements.get(notice.agreement)
  if (notice.onlyIf === undefined || agreement === undefined) return SEND
  if (notice.onlyIf === 'begins') return begins(agreement, notice) ? SEND : drop('it never began')
  if (agreement.endMs !== notice.endMs) return drop('its end was moved')
  if (notice.onlyIf === 'ends') return SEND
  const untilMs = ((notice.endMs ?? notice.dueMs) + lastHourMs) as InstantMs
  const others = catalog.agreementsOf(notice.product, notice.buyer)
  if (others.some((other) => cameBack(other, agreement, untilMs))) {
    return drop('the buyer came back within the last hour')
  }
  return nowMs < untilMs ? { kind: 'wait', untilMs } : SEND
}

function begins({ startMs, endMs }: Agreement, notice: Notice): boolean {
  return startMs === notice.startMs && (endMs === undefined || endMs > startMs)
}

/** Whether the other goes on after this one's end, and began before its last hour was over: its own end will be told. */
function cameBack(other: Agreement, { id, endMs }: Agreement, untilMs: InstantMs): boolean {
  if (other.id === id || endMs === undefined || other.startMs >= untilMs) return false
  return other.endMs === undefined || (other.endMs > endMs && other.endMs > other.startMs)
}

function drop(reason: string): NoticeTurn {
  return { kind: 'drop', reason }
}

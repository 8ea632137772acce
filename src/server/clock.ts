/**
 * Domain time: what windows, hours and agreements are judged by.
 *
 * `core` knows no calendar, so the start of the month comes with every instant. Effort time
 * (time-outs, quotas, the Date header) never comes from here.
 */
import type { InstantMs } from '../core/usage.ts'
import type { Now } from '../core/window.ts'

export type DomainClock = () => Now

/** @param nowMs Milliseconds since 1970: the machine's clock, or a sandbox workspace's. */
export function domainClock(nowMs: () => number): DomainClock {
  let months = monthsAround(0)
  return () => {
    const ms = Math.floor(nowMs())
    if (ms < months.monthStartMs || ms >= months.nextMonthStartMs) months = monthsAround(ms)
    const { monthStartMs, previousMonthStartMs } = months
    return { ms: ms as InstantMs, monthStartMs, previousMonthStartMs }
  }
}

function monthsAround(ms: number) {
  const date = new Date(ms)
  const startOfMonth = (offset: number) =>
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset) as InstantMs
  return {
    previousMonthStartMs: startOfMonth(-1),
    monthStartMs: startOfMonth(0),
    nextMonthStartMs: startOfMonth(1),
  }
}

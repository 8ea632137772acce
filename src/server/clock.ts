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
  let monthStartMs = 0
  let nextMonthMs = 0
  return () => {
    const ms = Math.floor(nowMs())
    if (ms < monthStartMs || ms >= nextMonthMs) {
      const date = new Date(ms)
      monthStartMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
      nextMonthMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
    }
    return { ms: ms as InstantMs, monthStartMs: monthStartMs as InstantMs }
  }
}

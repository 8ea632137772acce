/** Instants and spans of time as tests write them. */
import { types } from 'node:util'
import { parseInstant } from '../server/written-instant.ts'
import { machineNowMs } from './machine-clock.ts'
import { SandboxRefused, shown } from './refused.ts'

/** No id of a metering record carries an hour after it. */
export const LAST_MS = Date.UTC(3883, 0) - 1

/** An instant: ISO 8601, a `Date`, or milliseconds since 1970. */
export type Instant = string | number | Date

/** A span of time. The members add up. */
export interface Span {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
  readonly milliseconds?: number
}

const MS: Readonly<Record<keyof Span, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1_000,
  milliseconds: 1,
}

/** @param instant An `Instant`, or what somebody takes for one. @param nowMs What is written relative to now is relative to this. @throws SandboxRefused */
export function millisecondsOf(instant: unknown, nowMs = machineNowMs()): number {
  const ms = typeof instant === 'string' ? parseInstant(instant, nowMs)?.ms : numberOf(instant)
  if (ms !== undefined && ms >= 0 && ms <= LAST_MS) return Math.floor(ms)
  throw new SandboxRefused(
    400,
    `${shown(instant)} is no instant of the years 1970 to 3882. Expected ISO 8601 with its zone, such as 2026-11-23T12:00:00Z, or now, now-2h, now+1h; in JSON and JavaScript also milliseconds since 1970.`,
  )
}

/** A test may have faked `Date`, and a test runner may have brought one of another realm. */
function numberOf(instant: unknown): number | undefined {
  return typeof instant === 'number' || types.isDate(instant) ? Number(instant) : undefined
}

/** Whole milliseconds. @throws SandboxRefused */
export function lengthOf(span: Span): number {
  const counts = entriesOf(span)
  if (
    counts?.every(([unit, count]) => Object.hasOwn(MS, unit) && Number.isFinite(count)) !== true
  ) {
    throw new SandboxRefused(
      400,
      `${shown(span)} is no span of time. Expected such as { hours: 7 }; its members are numbers of ${Object.keys(MS).join(', ')}.`,
    )
  }
  const ms = counts.reduce((sum, [unit, count]) => sum + MS[unit as keyof Span] * Number(count), 0)
  return Math.trunc(ms)
}

function entriesOf(span: unknown): [string, unknown][] | undefined {
  return typeof span === 'object' && span !== null ? Object.entries(span) : undefined
}

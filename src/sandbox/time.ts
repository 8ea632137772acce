/** Instants and spans of time as tests write them. */
import { parseInstant } from '../server/written-instant.ts'
import { machineNowMs } from './machine-clock.ts'
import { SandboxRefused } from './refused.ts'

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

/** @param nowMs What is written relative to now is relative to this. @throws SandboxRefused */
export function millisecondsOf(instant: Instant, nowMs = machineNowMs()): number {
  const ms = typeof instant === 'string' ? parseInstant(instant, nowMs)?.ms : Number(instant)
  if (ms !== undefined && Number.isFinite(ms)) return ms
  throw new SandboxRefused(
    400,
    `${JSON.stringify(instant)} is no instant. Expected ISO 8601 with its zone, such as 2026-11-23T12:00:00Z, a Date, or milliseconds since 1970.`,
  )
}

/** Milliseconds. @throws SandboxRefused */
export function lengthOf(span: Span): number {
  let ms = 0
  for (const [unit, count] of Object.entries(span)) {
    if (!Object.hasOwn(MS, unit) || !Number.isFinite(count)) {
      throw new SandboxRefused(
        400,
        `${JSON.stringify(span)} is no span of time. Its members are numbers of ${Object.keys(MS).join(', ')}.`,
      )
    }
    ms += MS[unit as keyof Span] * (count as number)
  }
  return ms
}

/** Instants and spans as people write them: ISO 8601, or relative to now. */
import type { InstantMs } from '../core/usage.ts'

export interface WrittenInstant {
  readonly ms: InstantMs
  readonly isRelative: boolean
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/
const RELATIVE = /^now(?:([+-])(\d{1,9})([smhd]))?$/
const DURATION = /^(\d{1,9})([smhd])$/
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The end of the year 9999, which AWS uses for never. */
export const LAST_MS = Date.UTC(10_000, 0) - 1

export const INSTANT_EXPECTED =
  'expected an instant such as 2026-12-01T00:00Z, with its zone, or now, now-30d, now+1h'

/** @returns Undefined if the text is no instant from 1970 to 9999, the 30th of February included. */
export function parseInstant(text: string, nowMs: number): WrittenInstant | undefined {
  const relative = RELATIVE.exec(text)
  if (relative !== null) {
    const [, sign, count = '0', unit = 's'] = relative
    const distanceMs = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
    const ms = Math.floor(nowMs) + (sign === '-' ? -distanceMs : distanceMs)
    return ms >= 0 && ms <= LAST_MS ? { ms: ms as InstantMs, isRelative: true } : undefined
  }
  const parts = ISO.exec(text)
  if (parts === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0))
  const isReal = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && hour <= 23
  if (!isReal || minute > 59 || second > 59) return undefined
  const ms = Date.parse(text)
  return ms >= 0 && ms <= LAST_MS ? { ms: ms as InstantMs, isRelative: false } : undefined
}

/** `90s`, `15m`, `1h`, `30d`: milliseconds. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = DURATION.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** `2026-12-01T00:00:00Z`; milliseconds only where there are any. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

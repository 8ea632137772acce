/** Instants and hours as the admin API writes and reads them: ISO 8601, with its offset always said. */
import { startOfHour, usageHourOf, type UsageHour } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { AdminProblem } from './problem.ts'

/** The farthest instant that a calendar of JavaScript can name. */
const CALENDAR_MS_MAX = 8.64e15

export const INSTANT_PATTERN =
  '^\\d{4}-\\d\\d-\\d\\dT([01]\\d|2[0-3]):\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)$'
export const HOUR_PATTERN = '^\\d{4}-\\d\\d-\\d\\dT([01]\\d|2[0-3])(:00(:00)?)?Z?$'

/** @returns Undefined for text that has the form and names no instant, such as the 32nd of a month. */
export function parseInstant(text: string): InstantMs | undefined {
  if (!new RegExp(INSTANT_PATTERN).test(text)) return undefined
  const ms = Date.parse(text)
  // JavaScript takes 30 February for 1 March; the day must come back as it was sent.
  if (Number.isNaN(ms) || !isRealDay(text.slice(0, 10))) return undefined
  return ms as InstantMs
}

/** `2026-11-01T10`, in UTC. */
export function parseHour(text: string): UsageHour | undefined {
  if (!new RegExp(HOUR_PATTERN).test(text)) return undefined
  const ms = parseInstant(`${text.slice(0, 13)}:00Z`)
  return ms === undefined ? undefined : usageHourOf(ms)
}

/** The milliseconds in digits where no calendar names the instant: a refused record may hold any. */
export function instantText(ms: number): string {
  return Math.abs(ms) <= CALENDAR_MS_MAX ? new Date(ms).toISOString() : String(ms)
}

export function microsecondsText(us: number): string {
  const micros = String(((us % 1_000) + 1_000) % 1_000).padStart(3, '0')
  return `${instantText(Math.floor(us / 1_000)).slice(0, -1)}${micros}Z`
}

export function hourText(hour: UsageHour): string {
  return instantText(startOfHour(hour))
}

function isRealDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** @throws AdminProblem if there is text and it names no instant. */
export function requiredInstant(where: string, text: string | undefined): InstantMs | undefined {
  if (text === undefined) return undefined
  return parseInstant(text) ?? refuse(where, text, 'instant')
}

/** @throws AdminProblem if there is text and it names no hour. */
export function requiredHour(where: string, text: string | undefined): UsageHour | undefined {
  if (text === undefined) return undefined
  return parseHour(text) ?? refuse(where, text, 'hour')
}

function refuse(where: string, text: string, kind: string): never {
  const problem = { where, text: `${JSON.stringify(text)} names no ${kind}` }
  throw new AdminProblem('invalidRequest', '', [problem])
}

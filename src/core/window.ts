/** Whether a timestamp is one that the marketplace still, or already, takes. */
import { MS_PER_HOUR } from './hour.ts'
import type { Profile } from './profile.ts'
import type { InstantMs } from './usage.ts'

/**
 * The instant that rules are judged by.
 *
 * @property monthStartMs First instant of the current UTC month: the calendar is the caller's, so
 *   that `core` needs no clock and no date arithmetic.
 * @property previousMonthStartMs First instant of the UTC month before it.
 */
export interface Now {
  readonly ms: InstantMs
  readonly monthStartMs: InstantMs
  readonly previousMonthStartMs: InstantMs
}

export type WindowProfile = Pick<
  Profile,
  'ageMsMax' | 'ageFloorsToHour' | 'futureMsMax' | 'monthGraceMs' | 'monthGraceExtendsWindow'
>

/**
 * Judges a timestamp by the profile's window.
 *
 * @returns Why it is refused, in words for our own surfaces, or undefined if it is accepted.
 * @see CONTRACT rules 86 to 94
 */
export function windowProblem(
  timestampMs: InstantMs,
  now: Now,
  profile: WindowProfile,
): string | undefined {
  if (timestampMs - now.ms > profile.futureMsMax) {
    return futureProblem(timestampMs - now.ms, profile.futureMsMax)
  }
  if (timestampMs < now.monthStartMs && profile.monthGraceMs !== undefined) {
    if (now.ms >= now.monthStartMs + profile.monthGraceMs) {
      return `belongs to a month that closed ${spelled(profile.monthGraceMs)} into the next`
    }
    const isOfPreviousMonth = timestampMs >= now.previousMonthStartMs
    if (isOfPreviousMonth && profile.monthGraceExtendsWindow) return undefined
  }
  return ageProblem(timestampMs, now.ms, profile)
}

/**
 * Judges the timestamp of a MeterUsage report: six hours and no rule about the month's end, in every edition (rule 93).
 *
 * @returns Why it is refused, in words for our own surfaces, or undefined if it is accepted.
 */
export function reportWindowProblem(
  timestampMs: InstantMs,
  nowMs: InstantMs,
  { futureMsMax, meterUsageAgeMsMax }: Pick<Profile, 'futureMsMax' | 'meterUsageAgeMsMax'>,
): string | undefined {
  const ageMs = nowMs - timestampMs
  if (-ageMs > futureMsMax) return futureProblem(-ageMs, futureMsMax)
  return ageMs > meterUsageAgeMsMax
    ? `is ${spelled(ageMs)} old; the limit is ${spelled(meterUsageAgeMsMax)}`
    : undefined
}

function futureProblem(aheadMs: number, futureMsMax: number): string {
  return `lies ${spelled(aheadMs)} in the future; at most ${spelled(futureMsMax)} are tolerated`
}

function ageProblem(
  timestampMs: InstantMs,
  nowMs: InstantMs,
  profile: WindowProfile,
): string | undefined {
  // Floored, the limit itself is still inside: at 17:40 a day reaches back to 17:00 (rule 89).
  const tooOld = profile.ageFloorsToHour
    ? nowMs - (nowMs % MS_PER_HOUR) - timestampMs > profile.ageMsMax
    : nowMs - timestampMs >= profile.ageMsMax
  if (!tooOld) return undefined
  return `is ${spelled(nowMs - timestampMs)} old; the limit is less than ${spelled(profile.ageMsMax)}`
}

/** `6h 5.111s`, `5m`, `0s`: exact, and for people. */
function spelled(ms: number): string {
  const parts = [
    [Math.floor(ms / MS_PER_HOUR), 'h'],
    [Math.floor((ms % MS_PER_HOUR) / 60_000), 'm'],
    [(ms % 60_000) / 1_000, 's'],
  ] as const
  const text = parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join(' ')
  return text === '' ? '0s' : text
}

const MS_PER_LONGEST_MONTH = 31 * 24 * MS_PER_HOUR

/** How far back, in milliseconds, an accepted timestamp can lie under a profile, at any time. */
export function windowMsOf(profile: WindowProfile & Pick<Profile, 'meterUsageAgeMsMax'>): number {
  const batchAgeMs = profile.ageMsMax + (profile.ageFloorsToHour ? MS_PER_HOUR : 0)
  const ageMs = Math.max(batchAgeMs, profile.meterUsageAgeMsMax)
  const { monthGraceMs, monthGraceExtendsWindow } = profile
  if (monthGraceMs === undefined || !monthGraceExtendsWindow) return ageMs
  return Math.max(ageMs, MS_PER_LONGEST_MONTH + monthGraceMs)
}

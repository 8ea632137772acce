/** Which edition of the marketplace's rules to judge by, and the instant to judge them at. */
import { BUILT_IN_PROFILES, type Profile } from '../core/profile.ts'
import type { InstantMs } from '../core/usage.ts'
import type { Now } from '../core/window.ts'

/** `aws-2025` and `aws-2026` are built in; a service of your own may have another. */
export type ProfileChoice = 'aws-2025' | 'aws-2026' | Profile

/** @throws RangeError if no built-in profile has the name. */
export function profileOf(choice: ProfileChoice): Profile {
  if (typeof choice !== 'string') return choice
  const profile = BUILT_IN_PROFILES.find(({ name }) => name === choice)
  if (profile !== undefined) return profile
  const names = BUILT_IN_PROFILES.map(({ name }) => name).join(', ')
  throw new RangeError(`no built-in profile is named ${choice}; there are ${names}`)
}

/** @throws RangeError if the date is invalid. */
export function nowOf(date: Date): Now {
  const ms = date.getTime()
  if (!Number.isFinite(ms)) throw new RangeError('now must be a valid Date')
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return {
    ms: ms as InstantMs,
    monthStartMs: Date.UTC(year, month) as InstantMs,
    previousMonthStartMs: Date.UTC(year, month - 1) as InstantMs,
  }
}

/** How commands reach the months of a ledger on PostgreSQL, and what they say of one. */
import { BUILT_IN_PROFILES } from '../core/profile.ts'
import { windowMsOf } from '../core/window.ts'
import type { InstantMs } from '../core/usage.ts'
import type { MonthsSettings } from '../store/postgres/months-access.ts'
import type { MonthSummary } from '../store/postgres/month-list.ts'
import { CommandFailure, type Io, type OptionSpecs, type OptionValues } from './command.ts'
import { DATA_OPTIONS, ledgerSettingsIn, WRONG_LINE } from './control-access.ts'
import { formatInstant } from '../server/written-instant.ts'
import { nameOf } from './ledger-place.ts'
import { profileFor } from './profiles.ts'

export const MONTHS_OPTIONS = {
  profile: {
    type: 'string',
    value: 'NAME',
    about:
      'A profile to reckon with too: a name or a file. All built-in ones are, and all that a replica was ever started with',
  },
  ledger: DATA_OPTIONS.ledger,
} as const satisfies OptionSpecs

/** @throws CommandFailure if the ledger has no months, or the profile is not one. */
export async function monthsSettingsIn(
  io: Io,
  { profile, ledger }: OptionValues<typeof MONTHS_OPTIONS>,
): Promise<Omit<MonthsSettings, 'waitMsMax'>> {
  const { place, postgres } = ledgerSettingsIn(io, { data: undefined, ledger })
  if (place.kind !== 'postgres') {
    throw new CommandFailure(
      `${nameOf(place)} is not divided by months. For a ledger on PostgreSQL give --ledger postgres://role@host/database.`,
      WRONG_LINE,
    )
  }
  const profiles = [
    ...BUILT_IN_PROFILES,
    ...(profile === undefined ? [] : [await profileFor(profile)]),
  ]
  return {
    url: place.url,
    nowMs: Date.now() as InstantMs,
    windowMs: Math.max(...profiles.map(windowMsOf)),
    connectMsMax: postgres.connectMsMax,
  }
}

/** For scripts. */
export function shownMonthOf({ month, closesMs, state, ...counts }: MonthSummary) {
  return {
    month: month.name.replace('_', '-'),
    state,
    ...counts,
    detachableFrom: formatInstant(closesMs),
  }
}

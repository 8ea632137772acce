/**
 * The registration tokens that were given out, as requests ask for them. Nothing is stored for a token but, under a profile that
 * bounds them, how often it was used.
 */
import type { Profile } from '../core/profile.ts'
import type { InstantMs } from '../core/usage.ts'
import type { ControlStore } from '../store/control.ts'
import type { MasterKeyRing } from './keys/master-keys.ts'
import { openRegistration, registrationTokenId } from './registration-tokens.ts'
import type { Registrations } from './service.ts'
import { countUse } from './token-uses.ts'

/** A use is remembered so much longer than its token lives, for a clock that steps back. */
const REMEMBERED_MS_MIN = 86_400_000

export function registrationsOf(
  masterKeys: Pick<MasterKeyRing, 'find'>,
  store: Pick<ControlStore, 'useToken'>,
  { registrationTokenMs, registrationTokenUsesMax: usesMax }: Profile,
): Registrations {
  return {
    open: (token) => openRegistration(masterKeys, token),
    async use(token, atMs) {
      if (usesMax === undefined) return true
      const forgetBeforeMs = (atMs - registrationTokenMs - REMEMBERED_MS_MIN) as InstantMs
      const use = { tokenId: registrationTokenId(token), usesMax, atMs, forgetBeforeMs }
      return countUse(store, use)
    },
  }
}

/** How a workspace of a sandbox is to begin: options of the command that starts a sandbox, and of the one that adds a workspace. */
import type { WorkspaceOptions } from '../sandbox/options.ts'

interface Defaults {
  readonly seed: string
  readonly now: string
  readonly profile: string
  readonly faultSeed: string
  readonly anyCredentials: string
}

/** @param absent What holds where an option is not given, as the help is to say it. */
export function beginOptions(absent: Defaults) {
  return {
    seed: {
      type: 'string',
      value: 'NAME',
      about: `What it begins with: a name, or the path of a file${absent.seed}`,
    },
    now: {
      type: 'string',
      value: 'INSTANT',
      about: `Where the clock stands, such as 2026-11-23T12:00:00Z${absent.now}`,
    },
    clock: {
      type: 'string',
      value: 'HOW',
      choices: ['frozen', 'running'],
      about: 'Whether it stands still until it is moved (default: with --now it does)',
    },
    profile: {
      type: 'string',
      value: 'NAME',
      about: `Rules to go by: a name, or the path of a file${absent.profile}`,
    },
    faultSeed: {
      type: 'integer',
      value: 'NUMBER',
      about: `What the chance of faults begins with${absent.faultSeed}`,
      min: 0,
      max: 4_294_967_295,
    },
    quotas: { type: 'boolean', about: 'Throttle by the quotas of the profile' },
    anyCredentials: {
      type: 'boolean',
      about: `Take whatever is signed with${absent.anyCredentials}`,
    },
  } as const
}

interface Given {
  readonly seed: string | undefined
  readonly now: string | undefined
  readonly clock: 'frozen' | 'running' | undefined
  readonly profile: string | undefined
  readonly faultSeed: number | undefined
  readonly quotas: boolean
  readonly anyCredentials: boolean
}

/** Those that were given. */
export function begunWith(given: Given): WorkspaceOptions {
  const { seed, now, clock, profile, faultSeed, quotas, anyCredentials } = given
  return {
    ...(seed !== undefined && { seed }),
    ...(now !== undefined && { now }),
    ...(clock !== undefined && { clock }),
    ...(profile !== undefined && { profile }),
    ...(faultSeed !== undefined && { faultSeed }),
    ...(quotas && { quotas }),
    ...(anyCredentials && { anyCredentials }),
  }
}

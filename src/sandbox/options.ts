/** How a workspace is to begin, as somebody writes it: in options, which count, or in the seed. */
import { REGION } from '../core/catalog-names.ts'
import type { Profile } from '../core/profile.ts'
import { loadSeed, type SeedChoice } from './load-seed.ts'
import { machineNowMs } from './machine-clock.ts'
import { refuseWrongOptions } from './option-check.ts'
import { SandboxRefused } from './refused.ts'
import { AWS_REGIONS } from './regions.ts'
import type { Seed } from './seed.ts'
import { readAnyProfile } from './seed-settings.ts'
import type { ProfileChanges } from './shapes.ts'
import { type Instant, millisecondsOf } from './time.ts'
import type { WorkspaceSettings } from './workspace.ts'
import type { ClockState } from './workspace-clock.ts'

export interface WorkspaceOptions {
  /** The name of a seed that ships, the path of a file, or a seed. Default: `saas-subscription`. */
  readonly seed?: SeedChoice
  /** Where the clock stands. Absent: where the seed says, or the machine's clock, running. */
  readonly now?: Instant
  /** Whether the clock stands still until it is moved. Default: with `now` it does, without it does not. */
  readonly clock?: 'frozen' | 'running'
  /**
   * A name, the path of a file of your own, or what is changed of a profile: `{ extends: 'aws-2026', lastHourMs: 0 }`.
   * Default: the seed's, or `aws-2025`.
   */
  readonly profile?: string | ProfileChanges
  /** The Regions that are served; clients are given the first. Default: the seed's, or all where AWS has the service. */
  readonly regions?: readonly string[]
  /** Turns the profile's quotas on. Default: false. */
  readonly quotas?: boolean
  /** Takes whatever an SDK signs with. Default: false, signatures are verified in full. */
  readonly anyCredentials?: boolean
  /** What the chance of faults begins with. Default: 1. */
  readonly faultSeed?: number
}

/** @throws SeedRefused, or SandboxRefused that names what there is. */
export async function settingsOf(options: WorkspaceOptions): Promise<WorkspaceSettings> {
  refuseWrongOptions(options)
  // Null is no seed, and refused as such.
  const { seed: choice = 'saas-subscription' } = options
  const loaded = await loadSeed(choice, options.now)
  const { seed } = loaded
  const now = options.now ?? seed.now
  const clock = options.clock ?? seed.clock
  const begin = clockFor({ ...(now !== undefined && { now }), ...(clock && { clock }) })
  return {
    ...loaded,
    profile: await profileFor(options.profile ?? seed.profile ?? 'aws-2025'),
    regions: regionsFor(options.regions ?? seed.regions ?? AWS_REGIONS),
    quotas: options.quotas ?? false,
    anyCredentials: options.anyCredentials ?? false,
    ...(options.faultSeed !== undefined && { faultSeed: options.faultSeed }),
    ...(begin && { clock: begin }),
  }
}

async function profileFor(choice: NonNullable<Seed['profile']>): Promise<Profile> {
  const read = await readAnyProfile(choice)
  if (read.ok) return read.profile
  throw new SandboxRefused(400, read.problems.join('\n'))
}

function regionsFor(names: readonly string[]): WorkspaceSettings['regions'] {
  const [first, ...others] = names
  if (first === undefined) throw new SandboxRefused(400, 'A sandbox needs one Region at least.')
  for (const name of names) {
    if (REGION.parse(name) !== undefined) continue
    throw new SandboxRefused(400, `${JSON.stringify(name)}: expected ${REGION.expected}.`)
  }
  return [first, ...others]
}

function clockFor({ now, clock }: Pick<WorkspaceOptions, 'now' | 'clock'>): ClockState | undefined {
  if (now === undefined && clock !== 'frozen') return undefined
  const nowMs = now === undefined ? machineNowMs() : millisecondsOf(now)
  return { nowMs, isFrozen: clock !== 'running' }
}

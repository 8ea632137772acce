/** How a workspace is to begin, as somebody writes it. */
import type { Profile } from '../core/profile.ts'
import { readProfile } from '../server/profiles.ts'
import { machineNowMs } from './machine-clock.ts'
import { SandboxRefused } from './refused.ts'
import { type Seed, withLicenses } from './seed.ts'
import { SEED_NAMES, SEEDS, type SeedName } from './seeds/index.ts'
import { type Instant, millisecondsOf } from './time.ts'
import type { WorkspaceSettings } from './workspace.ts'
import type { ClockState } from './workspace-clock.ts'

export interface WorkspaceOptions {
  /** The name of a seed that ships, or one of your own. Default: `saas-subscription`. */
  readonly seed?: SeedName | Seed
  /** Where the clock stands. Absent: the machine's clock, running. */
  readonly now?: Instant
  /** Whether the clock stands still until it is moved. Default: with `now` it does, without it does not. */
  readonly clock?: 'frozen' | 'running'
  /** Default: `aws-2025`. A path names a file of your own. */
  readonly profile?: string
  /** Turns the profile's quotas on. Default: false. */
  readonly quotas?: boolean
}

const REGION = 'us-east-1'

/** @throws SeedRefused, or SandboxRefused that names what there is. */
export async function settingsOf(options: WorkspaceOptions): Promise<WorkspaceSettings> {
  const clock = clockFor(options)
  return {
    seed: seedFor(options.seed ?? 'saas-subscription'),
    profile: await profileFor(options.profile ?? 'aws-2025'),
    regions: [REGION],
    quotas: options.quotas ?? false,
    ...(clock && { clock }),
  }
}

function seedFor(choice: SeedName | Seed): Seed {
  if (typeof choice === 'object') return withLicenses(choice)
  const seeds: Readonly<Record<string, Seed>> = SEEDS
  const seed = Object.hasOwn(seeds, choice) ? seeds[choice] : undefined
  if (seed !== undefined) return withLicenses(seed)
  throw new SandboxRefused(
    400,
    `There is no seed ${JSON.stringify(choice)}. There are: ${SEED_NAMES.join(', ')}.`,
  )
}

async function profileFor(choice: string): Promise<Profile> {
  const read = await readProfile(choice)
  if (read.ok) return read.profile
  throw new SandboxRefused(400, read.problems.join('\n'))
}

function clockFor({ now, clock }: WorkspaceOptions): ClockState | undefined {
  if (now === undefined && clock !== 'frozen') return undefined
  const nowMs = now === undefined ? machineNowMs() : millisecondsOf(now)
  return { nowMs, isFrozen: clock !== 'running' }
}

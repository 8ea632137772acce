/** Finds the seed that somebody chose: the name of one that ships, the path of a file, or one in code. */
import type { Problem } from '../core/catalog-change.ts'
import { namesFile } from '../server/file-choice.ts'
import { SandboxRefused } from './refused.ts'
import { prepared, type Seed, SeedRefused } from './seed.ts'
import { SEED_NAMES, SEEDS, type SeedName } from './seeds/index.ts'
import type { Instant } from './time.ts'

/** @property locate Writes a problem as a line: of a seed that was read from a file, with the place in it. */
export interface LoadedSeed {
  readonly seed: Seed
  readonly locate?: (problem: Problem) => string
}

export type SeedChoice = SeedName | Seed | (string & {})

/**
 * @param choice A name, a path (something with a slash, or that ends as YAML and JSON files do), or a seed.
 * @param now Where the clock is to stand, whatever the seed says: its times are relative to that.
 * @throws SeedRefused with all that is wrong, or SandboxRefused that names the seeds there are
 */
export async function loadSeed(choice: SeedChoice, now?: Instant): Promise<LoadedSeed> {
  const loaded = await found(choice, now)
  return { ...loaded, seed: await prepared(loaded.seed) }
}

async function found(choice: SeedChoice, now?: Instant): Promise<LoadedSeed> {
  // From JavaScript anything may come.
  const given: unknown = choice
  if (given === null || (typeof given !== 'object' && typeof given !== 'string')) {
    throw noSuchSeed(given)
  }
  if (typeof choice !== 'string') {
    const { goodSeed } = await import('./user-seed.ts')
    return { seed: await goodSeed(choice, now) }
  }
  if (namesFile(choice)) {
    // Loaded only here: what ships needs neither YAML nor a schema.
    const { readSeedFile } = await import('./user-seed.ts')
    return readSeedFile(choice, now)
  }
  const seeds: Readonly<Record<string, Seed>> = SEEDS
  const seed = Object.hasOwn(seeds, choice) ? seeds[choice] : undefined
  if (seed !== undefined) return { seed }
  throw noSuchSeed(choice)
}

function noSuchSeed(choice: unknown): SandboxRefused {
  return new SandboxRefused(
    400,
    `There is no seed ${JSON.stringify(choice)}. There are: ${SEED_NAMES.join(', ')}. A path names a file of your own.`,
  )
}

/** Runs what plants a seed; if that finds something wrong, all that is wrong is told. */
export async function reviewed<Result>(
  { seed, locate }: LoadedSeed,
  nowMs: number,
  planting: () => Promise<Result>,
): Promise<Result> {
  try {
    return await planting()
  } catch (error) {
    if (!(error instanceof SeedRefused)) throw error
    const { seedProblemsOf } = await import('./seed-review.ts')
    throw new SeedRefused(await seedProblemsOf(seed, nowMs), locate)
  }
}

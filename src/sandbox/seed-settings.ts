/** What a seed says beside its catalog: where the clock stands, the profile and the Regions. */
import type { Problem } from '../core/catalog-change.ts'
import { REGION } from '../core/catalog-names.ts'
import { BUILT_IN_PROFILES } from '../core/profile.ts'
import { type ProfileResult, readProfile } from '../server/profiles.ts'
import { INSTANT_EXPECTED, parseInstant } from '../server/written-instant.ts'
import { machineNowMs } from './machine-clock.ts'
import type { Seed } from './seed.ts'

/** A seed is right or wrong by itself, whatever options take the place of. */
export async function settingsProblemsOf({
  now,
  profile,
  regions = [],
}: Seed): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  if (now !== undefined && parseInstant(now, machineNowMs()) === undefined) {
    problems.push({ where: 'now', text: `${INSTANT_EXPECTED}, got ${JSON.stringify(now)}` })
  }
  const read = profile === undefined ? undefined : await readSeedProfile(profile)
  if (read?.ok === false) {
    problems.push(...read.problems.map((text) => ({ where: 'profile', text })))
  }
  for (const [index, region] of regions.entries()) {
    if (REGION.parse(region) !== undefined) continue
    const text = `expected ${REGION.expected}, got ${JSON.stringify(region)}`
    problems.push({ where: `regions[${index}]`, text })
  }
  return problems
}

export async function readAnyProfile(choice: NonNullable<Seed['profile']>): Promise<ProfileResult> {
  if (typeof choice === 'string') return readProfile(choice)
  // Loaded only here: the built-in ones need no schema.
  const { parseProfile } = await import('../server/profile-file.ts')
  return parseProfile({ name: 'custom', ...choice }, 'the profile')
}

/** Never a path: a seed may have come from somebody who should not have files read. */
async function readSeedProfile(choice: NonNullable<Seed['profile']>): Promise<ProfileResult> {
  if (typeof choice !== 'string' || isBuiltIn(choice)) return readAnyProfile(choice)
  const known = BUILT_IN_PROFILES.map(({ name }) => name).join(', ')
  const problem = `there is no profile ${JSON.stringify(choice)}. There are: ${known}; or write here what is changed of one: { extends: aws-2026, ... }`
  return { ok: false, problems: [problem] }
}

function isBuiltIn(choice: string): boolean {
  return BUILT_IN_PROFILES.some(({ name }) => name === choice)
}

/** Seeds of the user's own, checked whole: their form here, what they say when they are planted. */
import { readFileSync } from 'node:fs'
import { type Check, checkOf } from '../server/catalog-file/form.ts'
import { type Locate, parseFile } from '../server/catalog-file/read.ts'
import { fileProblemOf } from '../server/file-problem.ts'
import type { LoadedSeed } from './load-seed.ts'
import { machineNowMs } from './machine-clock.ts'
import { type Seed, SeedRefused } from './seed.ts'
import { SEED_FILE } from './seed-schema.ts'
import { settingsProblemsOf } from './seed-settings.ts'
import { type Instant, millisecondsOf } from './time.ts'

export const checkSeed: Check<Seed> = checkOf<Seed>(SEED_FILE)

/** @throws SeedRefused */
export function checkedSeed(value: unknown): Seed {
  const checked = checkSeed(value)
  if (checked.ok) return checked.file
  throw new SeedRefused(checked.problems)
}

/** @throws SeedRefused with all that is wrong with it, its catalog too. */
export async function goodSeed(value: unknown, now?: Instant, locate?: Locate): Promise<Seed> {
  const checked = checkSeed(value)
  if (checked.ok && (await settingsProblemsOf(checked.file)).length === 0) return checked.file
  const { seedProblemsOf } = await import('./seed-review.ts')
  throw new SeedRefused(await seedProblemsOf(value, beginningOf(value, now)), locate)
}

/** @throws SeedRefused */
export async function readSeedFile(file: string, now?: Instant): Promise<LoadedSeed> {
  const parsed = parseFile(textOf(file), file)
  if (!parsed.ok) throw refusedWith(parsed.problems)
  const { value, locate } = parsed
  return { seed: await goodSeed(value, now, locate), locate }
}

/** What its times are relative to, as far as that can be told. */
function beginningOf(value: unknown, now: unknown): number {
  const said = now ?? (value as { readonly now?: unknown } | null | undefined)?.now
  try {
    return said === undefined ? machineNowMs() : millisecondsOf(said)
  } catch {
    return machineNowMs()
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw refusedWith([`the seed ${file} cannot be read: ${fileProblemOf(error)}`])
  }
}

function refusedWith(lines: readonly string[]): SeedRefused {
  return new SeedRefused(lines.map((text) => ({ where: '', text })))
}

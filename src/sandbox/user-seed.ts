/** Seeds of the user's own, checked whole: their form here, what they say when they are planted. */
import { readFileSync } from 'node:fs'
import { type Check, checkOf } from '../server/catalog-file/form.ts'
import { readFileWith } from '../server/catalog-file/read.ts'
import { fileProblemOf } from '../server/file-problem.ts'
import type { LoadedSeed } from './load-seed.ts'
import { type Seed, SeedRefused } from './seed.ts'
import { SEED_FILE } from './seed-schema.ts'

export const checkSeed: Check<Seed> = checkOf<Seed>(SEED_FILE)

/** @throws SeedRefused */
export function checkedSeed(value: unknown): Seed {
  const checked = checkSeed(value)
  if (checked.ok) return checked.file
  throw new SeedRefused(checked.problems)
}

/** @throws SeedRefused */
export function readSeedFile(file: string): LoadedSeed {
  const read = readFileWith(checkSeed, textOf(file), file)
  if (read.ok) return { seed: read.file, locate: read.locate }
  throw refusedWith(read.problems)
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

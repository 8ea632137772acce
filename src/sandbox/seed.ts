/**
 * What a workspace begins with: a catalog file, with times relative to the workspace's now.
 */
import { hash, randomBytes, randomInt } from 'node:crypto'
import { newNames } from '../core/catalog-names.ts'
import type { CatalogFile } from '../server/catalog-file/schema.ts'
import { sealWritten } from '../server/catalog-file/secret.ts'
import { wishesOf } from '../server/catalog-file/wanted.ts'
import type { World } from './world.ts'

export type Seed = CatalogFile

/** Told at once, each with the path of what is wrong. */
export class SeedRefused extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'SeedRefused'
    this.problems = problems
  }
}

/** @throws SeedRefused, and then the world is as it was. */
export async function plant(seed: Seed, world: World, nowMs: number): Promise<void> {
  const { state, masterKeys } = world
  const secrets = { folder: '.', environment: {}, masterKeys, randomBytes, allowsLiteral: true }
  const { wanted, problems } = wishesOf(seed, {
    nowMs,
    names: newNames(randomInt),
    sealSecret: (id, written) => sealWritten({ ...secrets, present: state.index }, id, written),
  })
  const request = { wanted, nowMs, actor: 'sandbox', summary: 'the seed' }
  const decision = problems.length > 0 ? undefined : await state.change(request)
  const found = [...problems, ...(decision?.ok === false ? decision.problems : [])]
  if (found.length > 0) throw new SeedRefused(found.map(({ where, text }) => `${where}: ${text}`))
}

/** Gives every agreement its license, the same at each reset, so that what a test has read of one stays true. */
export function withLicenses(seed: Seed): Seed {
  if (seed.agreements === undefined) return seed
  return { ...seed, agreements: seed.agreements.map(withLicense) }
}

type SeedAgreement = NonNullable<Seed['agreements']>[number]

function withLicense(agreement: SeedAgreement): SeedAgreement {
  const { id, license } = agreement
  if (license !== undefined || id === undefined) return agreement
  const name = hash('sha256', id, 'hex').slice(0, 32)
  return { ...agreement, license: `arn:aws:license-manager::123456789012:license:l-${name}` }
}

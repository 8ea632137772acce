/**
 * What a workspace begins with, as it is planted: each agreement has its license and each public key its private one, so that a reset
 * gives what was there before.
 */
import { hash } from 'node:crypto'
import type { Problem } from '../core/catalog-change.ts'
import { newPrivateKey } from '../server/keys/public-keys.ts'
import { problemText } from '../server/problem-text.ts'
import type { Seed } from './shapes.ts'

export type { Seed }

/** Told at once, each with the path of what is wrong. */
export class SeedRefused extends Error {
  readonly problems: readonly Problem[]

  /** @param locate Writes a problem as a line. */
  constructor(problems: readonly Problem[], locate: (problem: Problem) => string = problemText) {
    super(problems.map(locate).join('\n'))
    this.name = 'SeedRefused'
    this.problems = problems
  }
}

/** Fills in what is made once, however often the seed is planted. */
export async function prepared(seed: Seed): Promise<Seed> {
  const { agreements, publicKeys } = seed
  return {
    ...seed,
    ...(agreements && { agreements: agreements.map(withLicense) }),
    ...(publicKeys && { publicKeys: await Promise.all(publicKeys.map(withPrivateKey)) }),
  }
}

type SeedAgreement = NonNullable<Seed['agreements']>[number]

/** Made of the id, so that it is the same in every process. */
export function withLicense(agreement: SeedAgreement): SeedAgreement {
  const { id, license } = agreement
  if (license !== undefined || id === undefined) return agreement
  const name = hash('sha256', id, 'hex').slice(0, 32)
  return { ...agreement, license: `arn:aws:license-manager::123456789012:license:l-${name}` }
}

type SeedPublicKey = NonNullable<Seed['publicKeys']>[number]

async function withPrivateKey(key: SeedPublicKey): Promise<SeedPublicKey> {
  return key.privateKey === undefined ? { ...key, privateKey: await newPrivateKey() } : key
}

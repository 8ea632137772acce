/**
 * Puts a seed into a world: as wishes, judged by the rules that every change of a catalog is judged by, and as usage that is held.
 *
 * Checked by seeds/seeds.test.ts
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { Problem } from '../core/catalog-change.ts'
import { newNames } from '../core/catalog-names.ts'
import type { Wanted } from '../core/catalog-wanted.ts'
import type { InstantMs } from '../core/usage.ts'
import { sealWritten } from '../server/catalog-file/secret.ts'
import { type SealResult, wishesOf } from '../server/catalog-file/wanted.ts'
import { sealedPublicKey } from '../server/keys/public-keys.ts'
import { INSTANT_EXPECTED, LAST_MS, parseInstant } from '../server/written-instant.ts'
import { hashSessionToken } from '../wire/sigv4/index.ts'
import { type Seed, SeedRefused } from './seed.ts'
import { holdUsage } from './seed-usage.ts'
import type { World, WorldParts } from './world.ts'

/** @throws SeedRefused, and then the catalog is as it was. */
export async function plant(seed: Seed, world: World, parts: WorldParts): Promise<void> {
  await applySeed(seed, world, { nowMs: parts.nowMs(), summary: 'the seed' })
  const problems = await holdUsage(seed, world, parts)
  if (problems.length > 0) throw new SeedRefused(problems)
}

export interface ApplyFacts {
  readonly nowMs: number
  readonly summary: string
}

/** Its catalog and keys. @throws SeedRefused */
export async function applySeed(
  seed: Seed,
  world: World,
  { nowMs, summary }: ApplyFacts,
): Promise<void> {
  const wishes = new SeedWishes(world, nowMs)
  wishes.takeAll(seed)
  const { wanted, problems } = wishes
  const request = { wanted, nowMs, actor: 'sandbox', summary }
  const isRefused = problems.length > 0
  const decision = isRefused
    ? await world.state.preview(wanted, nowMs)
    : await world.state.change(request)
  const found = [...problems, ...(decision.ok ? [] : decision.problems)]
  if (found.length > 0) throw new SeedRefused(found)
}

class SeedWishes {
  readonly wanted: Wanted[] = []
  readonly problems: Problem[] = []
  readonly #world: World
  readonly #nowMs: number

  constructor(world: World, nowMs: number) {
    this.#world = world
    this.#nowMs = nowMs
  }

  takeAll(seed: Seed): void {
    const sealSecret = (id: string, written: string) => sealed(this.#world, id, written)
    const context = { nowMs: this.#nowMs, names: newNames(randomInt), sealSecret }
    const { wanted, problems } = wishesOf(seed, context)
    // One by one: a seed may have more than a call takes arguments.
    for (const wish of wanted) this.wanted.push(wish)
    for (const problem of problems) this.problems.push(problem)
    for (const [index, key] of (seed.temporaryKeys ?? []).entries()) {
      this.#takeTemporaryKey(key, `temporaryKeys[${index}]`)
    }
    for (const [index, key] of (seed.publicKeys ?? []).entries()) {
      this.#takePublicKey(key, `publicKeys[${index}]`)
    }
  }

  #takeTemporaryKey(key: SeedTemporaryKey, where: string): void {
    const { secret, sessionToken, resource, expires = 'never', ...facts } = key
    const expiresMs = expires === 'never' ? LAST_MS : parseInstant(expires, this.#nowMs)?.ms
    if (expiresMs === undefined) this.#refuse(`${where}.expires`, INSTANT_EXPECTED)
    const seal = sealed(this.#world, key.id, secret)
    if (!seal.ok) this.#refuse(`${where}.secret`, seal.problem)
    if (expiresMs === undefined || !seal.ok) return
    const temporary = {
      expiresMs: expiresMs as InstantMs,
      sessionTokenHash: hashSessionToken(sessionToken).toString('hex'),
      ...(resource !== undefined && { resource }),
    }
    this.wanted.push({ kind: 'accessKey', where, ...facts, secret: seal.sealed, temporary })
  }

  #takePublicKey({ product, privateKey = '' }: SeedPublicKey, where: string): void {
    try {
      const { current } = this.#world.masterKeys
      const pair = sealedPublicKey(current, privateKey, randomBytes)
      this.wanted.push({ kind: 'publicKey', where, product, ...pair })
    } catch {
      this.#refuse(`${where}.privateKey`, 'expected an RSA private key in PEM')
    }
  }

  #refuse(where: string, text: string): void {
    this.problems.push({ where, text })
  }
}

type SeedTemporaryKey = NonNullable<Seed['temporaryKeys']>[number]
type SeedPublicKey = NonNullable<Seed['publicKeys']>[number]

/** Test keys are no secrets, so they stand in the seed itself; whoever writes a reference here copied it from a catalog file. */
function sealed({ state, masterKeys }: World, id: string, written: string): SealResult {
  if (/^(?:env|file):/.test(written)) {
    return { ok: false, problem: 'a seed holds the secrets of its test keys themselves' }
  }
  const secrets = { folder: '.', environment: {}, masterKeys, randomBytes, allowsLiteral: true }
  return sealWritten({ ...secrets, present: state.index }, id, written)
}

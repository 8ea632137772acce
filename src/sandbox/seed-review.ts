/**
 * All that is wrong with a seed, told at once: its form, what it says beside its catalog, the rules of catalogs, its usage.
 *
 * Parts       Rules can judge what is well-formed alone. So what is wrong is left out, the rest is planted, and that again until nothing
 *             more is found.
 * Follow-on   What is left out is missing to whatever names it, and that is no mistake of its own.
 * Checked by  user-seed.test.ts
 */
import { randomBytes } from 'node:crypto'
import type { Problem } from '../core/catalog-change.ts'
import { AWS_2025 } from '../core/profile.ts'
import { segmentsOf } from '../server/catalog-file/read.ts'
import { MASTER_KEY_BYTES, masterKeyOf, ringOf } from '../server/keys/master-keys.ts'
import { machineNowMs } from './machine-clock.ts'
import { plant } from './plant.ts'
import { QUIET } from './quiet.ts'
import { shown } from './refused.ts'
import { prepared, type Seed, SeedRefused } from './seed.ts'
import { settingsProblemsOf } from './seed-settings.ts'
import { checkSeed } from './user-seed.ts'
import { World, type WorldParts } from './world.ts'

/** What is named by others, and by which of its members. */
const NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['sellers', ['account']],
  ['products', ['code']],
  ['buyers', ['account']],
  ['agreements', ['id', 'license']],
])
const SECTIONS = new Set([
  ...NAMES.keys(),
  ...['accessKeys', 'temporaryKeys', 'publicKeys', 'usage'],
])
/** Who names whom is four deep at most; what is left then is told the next time. */
const ROUNDS_MAX = 10
const ITEM = /^(\w+)\[(\d+)\]/
/** More than a seed has in a section. */
const ITEMS_MAX = 1e9
/** A problem is printed, and pasted. */
const SECRET = /\.(?:secret|sessionToken|privateKey)$/

/** @param value A seed, or what somebody takes for one. @param nowMs What its times are relative to. */
export async function seedProblemsOf(value: unknown, nowMs: number): Promise<readonly Problem[]> {
  const checked = checkSeed(value)
  const form = checked.ok ? [] : checked.problems
  if (!isRecord(value)) return form
  const rest = new Rest(value)
  const found = rest.leaveOut(form)
  const settings = rest.leaveOut(await settingsProblemsOf(rest.seed))
  const planting = rest.isWhole ? await plantingProblemsOf(rest, nowMs) : []
  return rest.inOrder([...found, ...settings, ...planting])
}

async function plantingProblemsOf(rest: Rest, nowMs: number): Promise<readonly Problem[]> {
  let all: readonly Problem[] = []
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { count } = rest
    all = all.concat(rest.leaveOut(rest.inSeed(await problemsOfPlanting(rest.seed, nowMs))))
    if (rest.count === count) break
  }
  return all
}

/** What of a seed is left to judge. */
class Rest {
  readonly #value: Readonly<Record<string, unknown>>
  /** Members that are wrong as a whole, and items of sections. */
  readonly #leftOut = new Set<string>()
  readonly #names = new Map<string, string>()
  /** Where each member stands. */
  readonly #turns: ReadonlyMap<string, number>

  constructor(value: Readonly<Record<string, unknown>>) {
    this.#value = value
    this.#turns = new Map(Object.keys(value).map((member, turn) => [member, turn]))
  }

  /** How much was left out. */
  get count(): number {
    return this.#leftOut.size
  }

  /** Whether every section is there that somebody meant: what a lost one holds is missing to all that name it. */
  get isWhole(): boolean {
    return Object.entries(this.#value).every(
      ([member, value]) => !this.#leftOut.has(member) || !isSectionLike(member, value),
    )
  }

  get seed(): Seed {
    const members = Object.entries(this.#value)
      .filter(([member]) => !this.#leftOut.has(member))
      .map(([member, value]) => [member, this.#itemsLeft(member, value)])
    return { version: 1, ...(Object.fromEntries(members) as Omit<Seed, 'version'>) }
  }

  /** @returns Those that are no mere consequence of what was left out, with the values that they are of. */
  leaveOut(problems: readonly Problem[]): Problem[] {
    for (const { where } of problems) this.#leaveOut(ownerOf(where))
    return problems
      .filter(({ where }) => !this.#isOfWhatIsMissing(where))
      .map((problem) => this.#withValue(problem))
  }

  /** Of problems of `seed`, in which items have moved up. */
  inSeed(problems: readonly Problem[]): Problem[] {
    const left = new Map([...SECTIONS].map((section) => [section, this.#indexesLeft(section)]))
    const original = (item: string, section: string, index: string): string => {
      const moved = left.get(section)?.[Number(index)]
      return moved === undefined ? item : `${section}[${moved}]`
    }
    return problems.map(({ where, text }) => ({ where: where.replace(ITEM, original), text }))
  }

  /** As they stand in the seed. */
  inOrder(problems: readonly Problem[]): readonly Problem[] {
    return problems
      .map((problem) => ({ problem, turn: this.#turnOf(problem) }))
      .sort((left, right) => left.turn - right.turn)
      .map(({ problem }) => problem)
  }

  #turnOf({ where }: Problem): number {
    const [, section = segmentsOf(where)[0], index = '0'] = ITEM.exec(where) ?? []
    return (this.#turns.get(String(section)) ?? -1) * ITEMS_MAX + Number(index)
  }

  #leaveOut(owner: string): void {
    if (this.#leftOut.has(owner)) return
    this.#leftOut.add(owner)
    const [section = ''] = segmentsOf(owner)
    const item = valueAt(this.#value, owner)
    if (!isRecord(item)) return
    const members =
      NAMES.get(String(section))?.filter((name) => typeof item[name] === 'string') ?? []
    for (const name of members) this.#names.set(String(item[name]), owner)
  }

  #isOfWhatIsMissing(where: string): boolean {
    const value = valueAt(this.#value, where)
    const missing = typeof value === 'string' ? this.#names.get(value) : undefined
    return missing !== undefined && missing !== ownerOf(where)
  }

  #withValue({ where, text }: Problem): Problem {
    const value = valueAt(this.#value, where)
    if (!isScalar(value) || text.includes(String(value)) || SECRET.test(where)) {
      return { where, text }
    }
    return { where, text: `${text}, got ${shown(value)}` }
  }

  #itemsLeft(member: string, value: unknown): unknown {
    if (!SECTIONS.has(member) || !isList(value)) return value
    return this.#indexesLeft(member).map((index) => value[index])
  }

  #indexesLeft(section: string): number[] {
    const items = this.#value[section]
    const indexes = isList(items) ? [...items.keys()] : []
    return indexes.filter((index) => !this.#leftOut.has(`${section}[${index}]`))
  }
}

/** The item of a section that a place is in, or the member that is no section. */
function ownerOf(where: string): string {
  const [item, section] = ITEM.exec(where) ?? []
  if (item !== undefined && SECTIONS.has(section ?? '')) return item
  return String(segmentsOf(where)[0] ?? '')
}

/** A list that has no place in a seed is a section whose name was misspelt. */
function isSectionLike(member: string, value: unknown): boolean {
  return SECTIONS.has(member) || (member !== 'regions' && isList(value))
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function valueAt(value: unknown, where: string): unknown {
  let found = value
  for (const segment of segmentsOf(where)) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Readonly<Record<string | number, unknown>>)[segment]
  }
  return found
}

async function problemsOfPlanting(seed: Seed, nowMs: number): Promise<readonly Problem[]> {
  const parts = scratchParts(nowMs)
  try {
    await plant(await prepared(seed), await World.open(parts), parts)
    return []
  } catch (error) {
    if (error instanceof SeedRefused) return error.problems
    throw error
  }
}

/** No rule of a catalog or of a seed's usage hangs on the profile or on the Regions. */
function scratchParts(nowMs: number): WorldParts {
  return {
    profile: AWS_2025,
    regions: ['us-east-1'],
    quotas: false,
    masterKeys: ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]),
    nowMs: () => nowMs,
    machineNowMs,
    movedNowMs: machineNowMs,
    observer: QUIET,
    around: (operation) => operation,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

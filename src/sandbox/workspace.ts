/**
 * One workspace: a world, its clock, and what it can be taken back to.
 *
 * Two workspaces share nothing but the process: each has its own catalog, keys, clock, records and master key.
 * Checked by sandbox.test.ts
 */
import { randomBytes } from 'node:crypto'
import type { Profile } from '../core/profile.ts'
import type { Handle } from '../server/handle.ts'
import { MASTER_KEY_BYTES, masterKeyOf, ringOf } from '../server/keys/master-keys.ts'
import { exchangeOf } from './exchange.ts'
import { keysOf, type SandboxKey } from './facts.ts'
import { WorkspaceFaults } from './faults/workspace-faults.ts'
import { Journal, type JournalBudget } from './journal.ts'
import { type LoadedSeed, reviewed } from './load-seed.ts'
import { machineNowMs } from './machine-clock.ts'
import { plant } from './plant.ts'
import { SandboxRefused, shown } from './refused.ts'
import type { Seed } from './seed.ts'
import { Telling } from './telling.ts'
import { type ClockState, WorkspaceClock } from './workspace-clock.ts'
import { type Stored, World, type WorldParts } from './world.ts'

export interface WorkspaceSettings extends LoadedSeed {
  readonly profile: Profile
  /** The first is the one that clients are told. */
  readonly regions: readonly [string, ...string[]]
  /** Where its clock begins, and begins again with each reset; absent: with the machine's, and runs. */
  readonly clock?: ClockState
  readonly quotas: boolean
  /** Takes whatever an SDK signs with; default: signatures are verified in full. */
  readonly anyCredentials?: boolean
  /** What the chance of faults begins with, and begins again with each reset; default: 1. */
  readonly faultSeed?: number
}

/** Each holds on to a whole ledger. */
const SNAPSHOTS_MAX = 100
const NAME_LENGTH_MAX = 200

interface Snapshot {
  readonly stored: Stored
  readonly clock: ClockState
}

interface Members {
  readonly settings: WorkspaceSettings
  readonly clock: WorkspaceClock
  readonly parts: WorldParts
  readonly world: World
  readonly faults: WorkspaceFaults
  readonly telling: Telling
  readonly budget: JournalBudget
}

export class Workspace {
  readonly clock: WorkspaceClock
  readonly journal: Journal
  readonly settings: WorkspaceSettings
  readonly faults: WorkspaceFaults
  readonly #telling: Telling
  readonly #parts: WorldParts
  readonly #snapshots = new Map<string, Snapshot>()
  /** The seed as it was planted, where it is always planted at the same instant. */
  readonly #seeded: Stored | undefined
  #world: World
  /** Keys that came after the seed: the catalog has their secrets sealed. */
  readonly #addedKeys = new Map<string, SandboxKey>()
  /** How often it began anew: an answer to what was asked before belongs to nothing that is there now. */
  #resets = 0

  private constructor(members: Members) {
    this.settings = members.settings
    this.clock = members.clock
    this.faults = members.faults
    this.journal = new Journal(members.budget)
    this.#telling = members.telling
    this.#parts = members.parts
    this.#world = members.world
    this.#seeded = members.settings.clock && members.world.copy()
  }

  /** @throws SeedRefused */
  static async open(settings: WorkspaceSettings, budget: JournalBudget): Promise<Workspace> {
    const clock = new WorkspaceClock(machineNowMs, beginningOf(settings))
    const { profile, regions, quotas, anyCredentials = false } = settings
    const faults = new WorkspaceFaults(settings.faultSeed, () => workspace.world.catalog)
    const telling = new Telling()
    const parts: WorldParts = {
      profile,
      regions,
      quotas,
      anyCredentials,
      masterKeys: ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]),
      nowMs: () => clock.nowMs,
      machineNowMs,
      movedNowMs: (signedAtMs) => movedNowMs(signedAtMs, clock),
      observer: telling,
      around: (operation, { catalog, masterKeys }) =>
        faults.around(operation, { catalog, masterKeys, profile, regions, observer: telling }),
    }
    const world = await planted(parts, settings)
    const members = { settings, clock, parts, world, faults, telling, budget }
    const workspace: Workspace = new Workspace(members)
    return workspace
  }

  /** Those of the seed, and those that were added and are still there. */
  get keys(): readonly SandboxKey[] {
    const { accessKeys } = this.#world.catalog
    const added = [...this.#addedKeys.values()].filter(({ accessKeyId }) =>
      accessKeys.has(accessKeyId),
    )
    return [...keysOf(this.settings.seed), ...added]
  }

  /** Told of what was added to its catalog. */
  keep(part: Pick<Seed, 'accessKeys' | 'temporaryKeys'>): void {
    const seeded = new Set(keysOf(this.settings.seed).map(({ accessKeyId }) => accessKeyId))
    const sellers = [...this.#world.catalog.sellers.keys()].map((account) => ({ account }))
    const keys = keysOf({ version: 1, sellers, ...part })
    for (const key of keys) {
      // A key that was taken back by a reset may come again with another secret.
      if (!seeded.has(key.accessKeyId)) this.#addedKeys.set(key.accessKeyId, key)
    }
  }

  /** What is there now. A reset or a restored snapshot puts another in its place. */
  get world(): World {
    return this.#world
  }

  readonly handle: Handle = async (request, facts) => {
    const beganMs = machineNowMs()
    const nowMs = this.clock.nowMs
    const resets = this.#resets
    const answer = await this.#world.handle(request, facts)
    const { profile } = this.settings
    const told = this.#telling.take(facts.requestId)
    const times = { nowMs, machineNowMs: beganMs, milliseconds: machineNowMs() - beganMs }
    const faults = this.faults.firedOn(facts.requestId)
    const sent = this.faults.delivered(answer, facts.requestId)
    if (resets === this.#resets) {
      // In the order of answers, so that who follows misses none.
      const number = this.journal.next()
      this.journal.add(
        exchangeOf({ number, request, facts, answer: sent, told, faults, profile, ...times }),
      )
    }
    return sent
  }

  /** Back to the seed, clock and all, with an empty journal and no faults. Snapshots stay. */
  async reset(): Promise<void> {
    const clock = beginningOf(this.settings)
    const stored = this.#seeded ?? (await this.#plantedAt(clock.nowMs))
    this.#begin(await World.open(this.#parts, stored), clock)
    this.#resets++
    this.journal.clear()
    this.faults.reset()
  }

  async #plantedAt(nowMs: number): Promise<Stored> {
    // Requests go on to the old world while the new one is made, and are judged by its time until then.
    const world = await planted({ ...this.#parts, nowMs: () => nowMs }, this.settings)
    return world.copy()
  }

  /** Remembers everything as it is, under a name; what had the name is forgotten. @throws SandboxRefused if there are too many */
  snapshot(name: string): void {
    refuseWrongName(name)
    if (this.#snapshots.size >= SNAPSHOTS_MAX && !this.#snapshots.has(name)) {
      throw new SandboxRefused(
        409,
        `There are ${SNAPSHOTS_MAX} snapshots, and there may be no more. Take one of the names that there are.`,
      )
    }
    this.#snapshots.set(name, { stored: this.#world.copy(), clock: this.clock.state })
  }

  /** The names of those that were taken. */
  get snapshots(): readonly string[] {
    return [...this.#snapshots.keys()]
  }

  /** @throws SandboxRefused that names those there are */
  async restore(name: string): Promise<void> {
    const snapshot = this.#snapshots.get(name)
    if (snapshot === undefined) throw noSuchSnapshot(name, this.snapshots)
    this.#begin(await World.open(this.#parts, snapshot.stored), snapshot.clock)
  }

  #begin(world: World, clock: ClockState): void {
    this.clock.begin(clock)
    this.#world = world
  }
}

/**
 * A client of an SDK keeps the distance of its clock to the `Date` of answers, and its clock may have been faked at another instant
 * then, or not at all.
 */
function movedNowMs(signedAtMs: number, clock: WorkspaceClock): number {
  const nowMs = machineNowMs()
  return nowMs + clock.nearestOffset(signedAtMs - nowMs)
}

function beginningOf({ clock }: WorkspaceSettings): ClockState {
  return clock ?? { nowMs: machineNowMs(), isFrozen: false }
}

async function planted(parts: WorldParts, loaded: LoadedSeed): Promise<World> {
  const world = await World.open(parts)
  await reviewed(loaded, parts.nowMs(), () => plant(loaded.seed, world, parts))
  return world
}

function refuseWrongName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH_MAX) return
  throw new SandboxRefused(
    400,
    `${shown(name)} names no snapshot: a name has 1 to ${NAME_LENGTH_MAX} characters.`,
  )
}

function noSuchSnapshot(name: string, known: readonly string[]): SandboxRefused {
  const list = known.length === 0 ? 'None was taken' : `There are: ${known.join(', ')}`
  return new SandboxRefused(404, `There is no snapshot ${shown(name)}. ${list}.`)
}

/**
 * The workspaces of one process. A request belongs to the workspace whose key signed it, so clients need nothing but other
 * credentials; what nobody's key signed belongs to the default one.
 *
 * Bounded     A thousand of them. One that nobody used for an hour ends, but for the default.
 * Checked by  workspaces.test.ts
 */
import { randomBytes } from 'node:crypto'
import type { Handle } from '../server/handle.ts'
import { newLongTermKey, newTemporaryKey } from '../server/keys/new-key.ts'
import { applyPart, type SeedPart } from './apply.ts'
import { JournalBudget } from './journal.ts'
import { machineUpMs } from './machine-clock.ts'
import { SandboxRefused, shown } from './refused.ts'
import type { Seed } from './seed.ts'
import { Workspace, type WorkspaceSettings } from './workspace.ts'

export const DEFAULT_WORKSPACE = 'default'
const COUNT_MAX = 1_000
const IDLE_MS_MAX = 3_600_000

interface Entry {
  readonly id: string
  readonly workspace: Workspace
  usedAtMs: number
}

export interface WorkspacesOptions {
  readonly countMax?: number
  readonly idleMsMax?: number
  /** Effort time. */
  readonly nowMs?: () => number
}

export class Workspaces {
  readonly #budget = new JournalBudget()
  readonly #byId = new Map<string, Entry>()
  /** Whose each key is, for as long as the workspace lives: a reset may take a key away, and a snapshot bring it back. */
  readonly #byKey = new Map<string, Entry>()
  readonly #countMax: number
  readonly #idleMsMax: number
  readonly #nowMs: () => number

  constructor({
    countMax = COUNT_MAX,
    idleMsMax = IDLE_MS_MAX,
    nowMs = machineUpMs,
  }: WorkspacesOptions = {}) {
    this.#countMax = countMax
    this.#idleMsMax = idleMsMax
    this.#nowMs = nowMs
  }

  /** With the seed's own, documented keys. @throws SeedRefused */
  async openDefault(settings: WorkspaceSettings): Promise<Workspace> {
    return this.#keep(DEFAULT_WORKSPACE, await Workspace.open(settings, this.#budget))
  }

  /** With keys of its own. @throws SeedRefused, or SandboxRefused where there are too many. */
  async create(
    settings: WorkspaceSettings,
  ): Promise<{ readonly id: string; readonly workspace: Workspace }> {
    this.#refuseIfFull()
    const seed = withFreshKeys(settings.seed)
    const workspace = await Workspace.open({ ...settings, seed }, this.#budget)
    // Others may have come meanwhile.
    this.#refuseIfFull()
    const id = `ws-${randomBytes(8).toString('hex')}`
    return { id, workspace: this.#keep(id, workspace) }
  }

  /** @throws SandboxRefused if there is none of this id: it may have ended. */
  get(id: string): Workspace {
    return this.#used(this.#entry(id))
  }

  #entry(id: string): Entry {
    this.#endIdle()
    const entry = this.#byId.get(id)
    if (entry !== undefined) return entry
    throw new SandboxRefused(
      404,
      `There is no workspace ${shown(id)}. ${listOf([...this.#byId.keys()])} One ends when nobody has used it for an hour; make another: marketmeter sandbox add-workspace, or POST /workspaces.`,
    )
  }

  /** Adds to a workspace's catalog, as `applyPart` does. @throws SeedRefused, or SandboxRefused on a key of another workspace. */
  async apply(id: string, part: SeedPart): Promise<void> {
    const entry = this.#entry(id)
    // Claimed before anything is waited for: two tests may bring the same key at the same time.
    const keyIds = keyIdsIn(part).filter((keyId) => this.#byKey.get(keyId) !== entry)
    this.#claim(keyIds, entry)
    try {
      await applyPart(this.#used(entry), part)
      // It may have ended meanwhile.
      this.#entry(id)
      // Once more, lest another change of it that failed has given up the same ones.
      this.#claim(keyIdsIn(part), entry)
    } catch (error) {
      for (const keyId of keyIds) {
        if (this.#byKey.get(keyId) === entry) this.#byKey.delete(keyId)
      }
      throw error
    }
  }

  /** Of keys that it was given otherwise: what they sign goes to it. @throws SandboxRefused on a key of another workspace. */
  claim(id: string, accessKeyIds: readonly string[]): void {
    this.#claim(accessKeyIds, this.#entry(id))
  }

  /** @throws SandboxRefused for the default one, which lives as long as the process. */
  end(id: string): void {
    this.get(id)
    if (id === DEFAULT_WORKSPACE) {
      throw new SandboxRefused(409, 'The default workspace does not end; reset it instead.')
    }
    this.#drop(id)
  }

  /** In order of making. */
  list(): readonly {
    readonly id: string
    readonly workspace: Workspace
    readonly idleMs: number
  }[] {
    this.#endIdle()
    const nowMs = this.#nowMs()
    return [...this.#byId.values()].map(({ id, workspace, usedAtMs }) => {
      return { id, workspace, idleMs: nowMs - usedAtMs }
    })
  }

  readonly handle: Handle = (request, facts) => {
    this.#endIdle()
    const entry =
      this.#byKey.get(accessKeyIdIn(request.rawHeaders)) ?? this.#byId.get(DEFAULT_WORKSPACE)
    if (entry === undefined) throw new Error('no default workspace was opened')
    return this.#used(entry).handle(request, facts)
  }

  /** Requests would go to one workspace that are meant for the other. @throws SandboxRefused */
  #claim(keyIds: readonly string[], entry: Entry): void {
    for (const id of keyIds) {
      const owner = this.#byKey.get(id) ?? entry
      if (owner === entry) continue
      throw new SandboxRefused(
        409,
        `The key ${shown(id)} is another workspace’s, and a key chooses the workspace. Give each a key of its own, or use those that POST /workspaces answers.`,
      )
    }
    for (const id of keyIds) this.#byKey.set(id, entry)
  }

  #used(entry: Entry): Workspace {
    entry.usedAtMs = this.#nowMs()
    return entry.workspace
  }

  #keep(id: string, workspace: Workspace): Workspace {
    const entry = { id, workspace, usedAtMs: this.#nowMs() }
    this.#byId.set(id, entry)
    this.#claim(keyIdsIn(workspace.settings.seed), entry)
    return workspace
  }

  #refuseIfFull(): void {
    this.#endIdle()
    if (this.#byId.size <= this.#countMax) return
    throw new SandboxRefused(
      409,
      `There are ${this.#countMax} workspaces beside the default one, and there may be no more. End those that are done: marketmeter sandbox end-workspace, or DELETE /workspaces/ID.`,
    )
  }

  #endIdle(): void {
    const usedBeforeMs = this.#nowMs() - this.#idleMsMax
    for (const entry of this.#byId.values()) {
      if (entry.workspace.journal.isWatched) this.#used(entry)
      if (entry.id !== DEFAULT_WORKSPACE && entry.usedAtMs <= usedBeforeMs) this.#drop(entry.id)
    }
  }

  #drop(id: string): void {
    const entry = this.#byId.get(id)
    if (entry === undefined) return
    entry.workspace.journal.close()
    this.#byId.delete(id)
    for (const [keyId, owner] of this.#byKey) {
      if (owner === entry) this.#byKey.delete(keyId)
    }
  }
}

/** As it stands there: whether it is good, the workspace's own handler finds out. */
function accessKeyIdIn(rawHeaders: readonly string[]): string {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'authorization') {
      return /Credential=([^/,\s]+)/.exec(rawHeaders[index + 1] ?? '')?.[1] ?? ''
    }
  }
  return ''
}

function withFreshKeys(seed: Seed): Seed {
  const accessKeys = seed.accessKeys?.map((key) => {
    const { accessKeyId, secretAccessKey } = newLongTermKey(randomBytes)
    return { ...key, id: accessKeyId, secret: secretAccessKey }
  })
  const temporaryKeys = seed.temporaryKeys?.map((key) => {
    const { accessKeyId, secretAccessKey, sessionToken } = newTemporaryKey(randomBytes)
    return { ...key, id: accessKeyId, secret: secretAccessKey, sessionToken }
  })
  return { ...seed, ...(accessKeys && { accessKeys }), ...(temporaryKeys && { temporaryKeys }) }
}

/** Whatever somebody sent: what is wrong with it is found when it is applied. */
function keyIdsIn({ accessKeys, temporaryKeys }: SeedPart): readonly string[] {
  const ids: unknown[] = [accessKeys, temporaryKeys]
    .flat()
    .map((key) => (key as { readonly id?: unknown } | null | undefined)?.id)
  return ids.filter((id) => typeof id === 'string')
}

const LISTED_MAX = 10

function listOf(ids: readonly string[]): string {
  const more = ids.length > LISTED_MAX ? `, and ${ids.length - LISTED_MAX} more` : ''
  return `There are: ${ids.slice(0, LISTED_MAX).join(', ')}${more}.`
}

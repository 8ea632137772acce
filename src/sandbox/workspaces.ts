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
import { JournalBudget } from './journal.ts'
import { machineNowMs } from './machine-clock.ts'
import { SandboxRefused } from './refused.ts'
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
  readonly #countMax: number
  readonly #idleMsMax: number
  readonly #nowMs: () => number

  constructor({
    countMax = COUNT_MAX,
    idleMsMax = IDLE_MS_MAX,
    nowMs = machineNowMs,
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
    this.#endIdle()
    const entry = this.#byId.get(id)
    if (entry !== undefined) return this.#used(entry)
    throw new SandboxRefused(
      404,
      `There is no workspace ${JSON.stringify(id)}. One ends when nobody has used it for an hour; make another: POST /workspaces.`,
    )
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
      this.#ownerOf(accessKeyIdIn(request.rawHeaders)) ?? this.#byId.get(DEFAULT_WORKSPACE)
    if (entry === undefined) throw new Error('no default workspace was opened')
    return this.#used(entry).handle(request, facts)
  }

  /** Asked and not remembered, for keys come and go within a workspace; a thousand answers take microseconds. */
  #ownerOf(accessKeyId: string): Entry | undefined {
    for (const entry of this.#byId.values()) {
      if (entry.workspace.world.catalog.accessKeys.has(accessKeyId)) return entry
    }
    return undefined
  }

  #used(entry: Entry): Workspace {
    entry.usedAtMs = this.#nowMs()
    return entry.workspace
  }

  #keep(id: string, workspace: Workspace): Workspace {
    this.#byId.set(id, { id, workspace, usedAtMs: this.#nowMs() })
    return workspace
  }

  #refuseIfFull(): void {
    this.#endIdle()
    if (this.#byId.size <= this.#countMax) return
    throw new SandboxRefused(
      409,
      `There are ${this.#countMax} workspaces beside the default one, and there may be no more. End those that are done: DELETE /workspaces/ID.`,
    )
  }

  #endIdle(): void {
    const usedBeforeMs = this.#nowMs() - this.#idleMsMax
    for (const { id, usedAtMs } of this.#byId.values()) {
      if (id !== DEFAULT_WORKSPACE && usedAtMs <= usedBeforeMs) this.#drop(id)
    }
  }

  #drop(id: string): void {
    this.#byId.get(id)?.workspace.journal.clear()
    this.#byId.delete(id)
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

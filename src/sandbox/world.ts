/**
 * All that requests to one workspace change and are answered from: ledger, catalog, keys, and the handler over them.
 *
 * A world is thrown away whole: a reset or a restored snapshot makes another one, and requests that are under way finish in
 * theirs. So nothing has to be undone.
 * Checked by sandbox.test.ts
 */
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Profile } from '../core/profile.ts'
import { ControlState } from '../server/control-state.ts'
import { createService, operationsOf } from '../server/create-service.ts'
import { createHandler, type Handle } from '../server/handle.ts'
import type { MasterKeyRing } from '../server/keys/master-keys.ts'
import { SigningKeys } from '../server/keys/signing-keys.ts'
import type { Observer, Operation } from '../server/service.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import { MemoryLedger } from '../store/memory.ts'

export interface WorldParts {
  readonly profile: Profile
  readonly regions: readonly string[]
  /** Sealing keys of the workspace: another one's tokens open nothing here. */
  readonly masterKeys: MasterKeyRing
  /** Domain time. */
  readonly nowMs: () => number
  readonly machineNowMs: () => number
  readonly quotas: boolean
  readonly observer: Observer
  /** Puts what a sandbox adds around each operation. */
  readonly around: (operation: Operation, world: World) => Operation
}

/** What a world began with, or was left with. Never changed, so any number of worlds can begin with it. */
export interface Stored {
  readonly ledger: MemoryLedger
  readonly control: MemoryControlStore
}

/** A workspace has few keys, and there may be a thousand workspaces. */
const SIGNING_KEYS_MAX = 100
const WAITING_MAX = 20_000

export class World {
  readonly handle: Handle
  readonly ledger: MemoryLedger
  readonly state: ControlState
  readonly masterKeys: MasterKeyRing
  readonly controlStore: MemoryControlStore
  readonly #nowUs: () => number

  private constructor(
    parts: WorldParts,
    state: ControlState,
    signingKeys: SigningKeys,
    { ledger, control }: Stored,
  ) {
    this.ledger = ledger
    this.controlStore = control
    this.state = state
    this.masterKeys = parts.masterKeys
    this.#nowUs = microsecondsOf(parts.nowMs)
    const service = createService({
      ...parts,
      ledger,
      catalog: state.index,
      change: (request) => state.change(request),
      tokenUses: control,
      signingKeys,
      waitingMax: WAITING_MAX,
      signatureClocks: [parts.machineNowMs, parts.nowMs],
    })
    const operations = operationsOf(service, parts.masterKeys)
    this.handle = createHandler(
      service,
      operations.map((one) => parts.around(one, this)),
    )
  }

  static async open(parts: WorldParts, begin?: Stored): Promise<World> {
    const nowUs = microsecondsOf(parts.nowMs)
    const stored = {
      ledger: begin?.ledger.copy(nowUs) ?? new MemoryLedger(nowUs),
      control: begin?.control.copy() ?? new MemoryControlStore(),
    }
    const signingKeys = new SigningKeys('aws-marketplace', SIGNING_KEYS_MAX)
    const state = await ControlState.open(stored.control, {
      nowMs: parts.nowMs,
      accessKeyChanged: (id) => {
        signingKeys.forget(id)
      },
    })
    return new World(parts, state, signingKeys, stored)
  }

  get catalog(): CatalogIndex {
    return this.state.index
  }

  /** What another world can begin with: this one may go on changing. */
  copy(): Stored {
    return { ledger: this.ledger.copy(this.#nowUs), control: this.controlStore.copy() }
  }
}

function microsecondsOf(nowMs: () => number): () => number {
  return () => nowMs() * 1_000
}

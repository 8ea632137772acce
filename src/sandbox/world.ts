/**
 * All that requests to one workspace change and are answered from: ledger, catalog, keys, and the handler over them.
 *
 * A world is thrown away whole: a reset or a restored snapshot makes another one, and requests that are under way finish in
 * theirs. So nothing has to be undone.
 * Checked by sandbox.test.ts
 */
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Profile } from '../core/profile.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import { ControlState } from '../server/control-state.ts'
import { createService, operationsOf } from '../server/create-service.ts'
import { createHandler, type Handle } from '../server/handle.ts'
import type { MasterKeyRing } from '../server/keys/master-keys.ts'
import { SigningKeys } from '../server/keys/signing-keys.ts'
import type { Observer, Operation } from '../server/service.ts'
import { REFUSAL_BOUNDS } from '../store/control.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import { MemoryLedger } from '../store/memory.ts'
import type { SignatureClock } from '../wire/sigv4/index.ts'
import { anyCredentials } from './any-credentials.ts'
import { Tally } from './tally.ts'

export interface WorldParts {
  readonly profile: Profile
  readonly regions: readonly string[]
  /** Sealing keys of the workspace: another one's tokens open nothing here. */
  readonly masterKeys: MasterKeyRing
  /** Domain time. */
  readonly nowMs: () => number
  readonly machineNowMs: () => number
  /** What the time may be to a client that has set its clock by the machine's and then moved it along with the workspace's. */
  readonly movedNowMs: SignatureClock
  readonly quotas: boolean
  readonly observer: Observer
  /** Takes whatever a request is signed with, instead of verifying it; default: false. */
  readonly anyCredentials?: boolean
  /** Puts what a sandbox adds around each operation. */
  readonly around: (operation: Operation, world: World) => Operation
}

/** What a world began with, or was left with. Never changed, so any number of worlds can begin with it. */
export interface Stored {
  readonly ledger: MemoryLedger
  readonly control: MemoryControlStore
  readonly tally: Tally
}

/** A workspace has few keys, and there may be a thousand workspaces. */
const SIGNING_KEYS_MAX = 100
const WAITING_MAX = 20_000
const REFUSED_BATCH = 1_000
/** By a clock that a test moves nothing grows old. */
const REFUSALS = { ...REFUSAL_BOUNDS, ageMsMax: Infinity }

export class World {
  readonly handle: Handle
  readonly ledger: MemoryLedger
  readonly state: ControlState
  readonly masterKeys: MasterKeyRing
  readonly controlStore: MemoryControlStore
  readonly tally: Tally
  readonly #nowUs: () => number
  readonly #refused: RefusedRecord[] = []

  private constructor(
    parts: WorldParts,
    state: ControlState,
    signingKeys: SigningKeys,
    { ledger, control, tally }: Stored,
  ) {
    this.ledger = ledger
    this.controlStore = control
    this.tally = tally
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
      signatureClocks: [parts.machineNowMs, parts.nowMs, parts.movedNowMs],
      observer: this.#observing(parts.observer),
    })
    const operations = operationsOf(service, parts.masterKeys)
    const authenticate =
      parts.anyCredentials === true ? anyCredentials(state.index) : service.authenticate
    const handle = createHandler(
      { ...service, authenticate },
      operations.map((one) => parts.around(one, this)),
    )
    this.handle = async (request, facts) => {
      const answer = await handle(request, facts)
      tally.answered(facts, answer)
      return answer
    }
  }

  /** Keeps what is asked for afterwards, and tells everything on. */
  #observing(observer: Observer): Observer {
    return {
      answered: observer.answered.bind(observer),
      failed: observer.failed.bind(observer),
      settled: (records, call) => {
        this.tally.settled(records)
        observer.settled(records, call)
      },
      refused: (record) => {
        this.#refused.push(record)
        if (this.#refused.length >= REFUSED_BATCH) this.#keepRefused()
        observer.refused(record)
      },
    }
  }

  /** In batches: with each one the store looks through all that it has. It is in memory, so all is kept when this returns. */
  #keepRefused(): void {
    void this.controlStore.appendRefusals(this.#refused.splice(0))
  }

  static async open(parts: WorldParts, begin?: Stored): Promise<World> {
    const nowUs = microsecondsOf(parts.nowMs)
    const stored = {
      ledger: begin?.ledger.copy(nowUs) ?? new MemoryLedger(nowUs),
      control: begin?.control.copy() ?? new MemoryControlStore(REFUSALS),
      tally: begin?.tally.copy() ?? new Tally(),
    }
    const signingKeys = new SigningKeys('aws-marketplace', SIGNING_KEYS_MAX)
    const state = await ControlState.open(stored.control, {
      // Nothing is ever long gone: a reset may take the clock back to when it was not.
      domainNowMs: () => 0,
      keyChanged: (entry) => {
        if (entry.kind === 'accessKey') signingKeys.forget(entry.id)
      },
    })
    return new World(parts, state, signingKeys, stored)
  }

  /** What was refused, all of it. */
  get refusals(): MemoryControlStore {
    this.#keepRefused()
    return this.controlStore
  }

  get catalog(): CatalogIndex {
    return this.state.index
  }

  /** What another world can begin with: this one may go on changing. */
  copy(): Stored {
    return {
      ledger: this.ledger.copy(this.#nowUs),
      control: this.refusals.copy(),
      tally: this.tally.copy(),
    }
  }
}

function microsecondsOf(nowMs: () => number): () => number {
  return () => nowMs() * 1_000
}

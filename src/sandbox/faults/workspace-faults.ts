/** The faults of one workspace, as a test, a route and a command use them: data in, data out. */
import type { Operation } from '../../server/service.ts'
import type { Answer } from '../../wire/answer.ts'
import { aroundOperation, type FaultPlace } from './around.ts'
import { checkFault, type KnownNames } from './check.ts'
import type { DeliveredAnswer, Delivery } from './delivery.ts'
import type { Fault, FaultFiring, ListedFault } from './fault.ts'
import { FaultList } from './fault-list.ts'

/** Faults strike while they are there. A reset clears them and begins their chance anew; snapshots hold none. */
export interface SandboxFaults {
  /** @returns Its id. @throws SandboxRefused, with a sentence that lists what there could be. */
  add(fault: Fault): string
  /** Those that are there, with how often each struck and will yet. */
  list(): readonly ListedFault[]
  /** The last 1,000 calls that were struck, oldest first. */
  fired(): readonly FaultFiring[]
  /** @param id Absent: all of them. @throws SandboxRefused if there is none with this id. */
  clear(id?: string): void
  /** What chance begins with: the same, and the same calls, bring the same faults. */
  readonly seed: number
  /** Faults that are added from now on draw from it. @throws SandboxRefused */
  setSeed(seed: number): void
}

export class WorkspaceFaults implements SandboxFaults {
  readonly #list: FaultList
  readonly #deliveries = new Map<string, Delivery>()
  readonly #known: () => KnownNames

  /** @param known The catalog as it is. @throws SandboxRefused */
  constructor(seed: number | undefined, known: () => KnownNames) {
    this.#list = new FaultList(seed)
    this.#known = known
  }

  get seed(): number {
    return this.#list.seed
  }

  setSeed(seed: number): void {
    this.#list.setSeed(seed)
  }

  /** @param fault Whatever somebody sent. */
  add(fault: unknown): string {
    return this.#list.add(checkFault(fault, this.#known()))
  }

  list(): readonly ListedFault[] {
    return this.#list.list()
  }

  fired(): readonly FaultFiring[] {
    return this.#list.fired()
  }

  /** What struck one call: `commit-then-drop fault-1`. */
  firedOn(requestId: string): readonly string[] {
    const fired = this.#list.fired().filter((firing) => firing.requestId === requestId)
    return fired.map(({ kind, fault }) => `${kind} ${fault}`)
  }

  clear(id?: string): void {
    this.#list.clear(id)
  }

  reset(): void {
    this.#list.reset()
  }

  around(operation: Operation, place: FaultPlace): Operation {
    return aroundOperation(operation, this.#list, place, (requestId, delivery) => {
      this.#deliveries.set(requestId, delivery)
    })
  }

  /** The answer, with what is to happen to its bytes. */
  delivered(answer: Answer, requestId: string): Answer & DeliveredAnswer {
    const delivery = this.#deliveries.get(requestId)
    if (delivery === undefined) return answer
    this.#deliveries.delete(requestId)
    return { ...answer, delivery }
  }
}

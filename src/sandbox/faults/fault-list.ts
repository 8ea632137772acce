/**
 * The faults of a workspace: which there are, which calls they strike, and which they struck.
 *
 * Of the faults that match a call the first that was added strikes, and each latency beside it. So two faults that strike once
 * strike one call after the other.
 * Checked by fault-list.test.ts
 */
import { Chance, type Stream } from './chance.ts'
import { SandboxRefused, shown } from '../refused.ts'
import type { CheckedFault, FaultFiring, ListedFault } from './fault.ts'
import type { Named } from './named.ts'

/** A fault at work. */
export interface ActiveFault {
  readonly fault: CheckedFault & { readonly id: string }
  readonly stream: Stream
  /** Calls that it could strike, those included that it let pass. */
  matched: number
  fired: number
  left: number | 'untilCleared'
}

/** A call, as far as it says whether a fault is meant for it. */
export interface Target {
  readonly operation: string
  readonly named: readonly Named[]
}

const FAULTS_MAX = 1_000
const FIRINGS_MAX = 1_000
/** A generator begins with 32 bits. */
const SEED_MAX = 4_294_967_295

const DEFAULT_SEED = 1

export class FaultList {
  #active: readonly ActiveFault[] = []
  #firings: FaultFiring[] = []
  #added = 0
  #seed: number
  #chance: Chance

  /** @throws SandboxRefused */
  constructor(seed = DEFAULT_SEED) {
    this.#seed = checkSeed(seed, 'faultSeed')
    this.#chance = new Chance(seed)
  }

  get isEmpty(): boolean {
    return this.#active.length === 0
  }

  get seed(): number {
    return this.#seed
  }

  /** Faults that are added from now on draw from it. @throws SandboxRefused */
  setSeed(seed: number): void {
    this.#seed = checkSeed(seed, 'seed')
    this.#chance = new Chance(seed)
  }

  /** Forgets everything but the seed, and begins with that again. */
  reset(): void {
    this.#active = []
    this.#firings = []
    this.#added = 0
    this.setSeed(this.#seed)
  }

  /** @returns Its id. @throws SandboxRefused */
  add(fault: CheckedFault): string {
    if (this.#active.length >= FAULTS_MAX) this.#forgetUsedUp()
    if (this.#active.length >= FAULTS_MAX) {
      throw new SandboxRefused(
        409,
        `There are ${FAULTS_MAX} faults that are not used up, and there cannot be more. Clear some.`,
      )
    }
    const id = fault.id ?? this.#freeId()
    if (this.#has(id)) {
      throw new SandboxRefused(
        409,
        `There is a fault ${id} already. Clear it, or choose another id.`,
      )
    }
    this.#added += 1
    const stream = this.#chance.next()
    const active = { fault: { ...fault, id }, stream, matched: 0, fired: 0, left: fault.times }
    this.#active = [...this.#active, active]
    return id
  }

  list(): readonly ListedFault[] {
    return this.#active.map(({ fault, fired, left }) => ({ ...fault, fired, left }))
  }

  /** The last of the calls that were struck, oldest first. */
  fired(): readonly FaultFiring[] {
    return [...this.#firings]
  }

  /** @param id Absent: all of them. @throws SandboxRefused */
  clear(id?: string): void {
    if (id !== undefined && !this.#has(id)) {
      const ids = this.#active.map(({ fault }) => fault.id).join(', ')
      const there = ids === '' ? 'There is none at all' : `There are: ${ids}`
      throw new SandboxRefused(404, `There is no fault ${JSON.stringify(id)}. ${there}.`)
    }
    this.#active = id === undefined ? [] : this.#active.filter(({ fault }) => fault.id !== id)
  }

  /** Those that strike a call, each counted as fired: any latencies, and one other at most. */
  choose(target: Target): readonly ActiveFault[] {
    const chosen: ActiveFault[] = []
    for (const active of this.#active) {
      const { fault, stream } = active
      if (active.left === 0 || !matches(fault, target)) continue
      active.matched += 1
      if (active.matched <= fault.after) continue
      if (fault.kind !== 'latency' && chosen.some((one) => one.fault.kind !== 'latency')) continue
      if (!stream.happens(fault.probability)) continue
      count(active, 1)
      chosen.push(active)
    }
    return chosen
  }

  /** Takes back that it was chosen: there was nothing for it to strike. */
  release(active: ActiveFault): void {
    count(active, -1)
  }

  note(firing: FaultFiring): void {
    this.#firings.push(firing)
    if (this.#firings.length > FIRINGS_MAX) this.#firings.shift()
  }

  /** The one that was added first of those that strike nothing any more, if there is one. */
  #forgetUsedUp(): void {
    const oldest = this.#active.find(({ left }) => left === 0)
    this.#active = this.#active.filter((active) => active !== oldest)
  }

  #has(id: string): boolean {
    return this.#active.some(({ fault }) => fault.id === id)
  }

  #freeId(): string {
    let number = this.#added + 1
    while (this.#has(`fault-${number}`)) number += 1
    return `fault-${number}`
  }
}

function matches(fault: CheckedFault, { operation, named }: Target): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false
  if (fault.kind === 'unprocessed' && operation !== 'BatchMeterUsage') return false
  return named.some((one) => isOf(fault, one))
}

/** Whether a fault is meant for whom and what a call names here. */
export function isOf(fault: Pick<CheckedFault, 'buyer' | 'product'>, named: Named): boolean {
  if (fault.buyer !== undefined && fault.buyer !== named.buyer) return false
  return fault.product === undefined || fault.product === named.product
}

function count(active: ActiveFault, calls: 1 | -1): void {
  active.fired += calls
  if (active.left !== 'untilCleared') active.left -= calls
}

function checkSeed(seed: number, member: string): number {
  if (Number.isInteger(seed) && seed >= 0 && seed <= SEED_MAX) return seed
  throw new SandboxRefused(
    400,
    `${member}: expected a whole number from 0 to ${SEED_MAX}, got ${shown(seed)}.`,
  )
}

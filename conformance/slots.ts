/**
 * Hours of a case's own: buyer, dimension and hour under which no other case ever sends anything.
 *
 * An hour once held is held for ever, so two runs against one ledger must not meet with different quantities. Every
 * case that stores usage owns a buyer, a dimension and every fourth hour, counted since 1970; whenever it runs, it
 * takes the one of its hours that lies one to five hours back, and sends the same quantities. So a second run repeats
 * the facts of the first one and must get the same answers, and no case meets another one's usage.
 */
import type { Bindings, Buyer } from './bindings.ts'
import type { Case } from './case.ts'

/** One to five hours back: every instant of such an hour is inside each profile's window. */
const HOURS_IN_REACH = 4

const MS_PER_HOUR = 3_600_000

export interface Slot {
  readonly buyer: Buyer
  readonly dimension: string
  readonly hourStartMs: number
}

/** A slot for each of two licenses of one buyer. */
export interface PairSlot {
  readonly dimension: string
  readonly hourStartMs: number
}

/** An hour of the container product, of whatever resources the case reports it. */
export interface MeterSlot {
  readonly dimension: string
  readonly hourStartMs: number
  /** A client token of this hour alone: a token stands for one report for hours. */
  readonly token: string
}

/** What a case needs, by position in the row of all such needs. */
export interface Ownership {
  readonly own: readonly number[]
  readonly pair: number | undefined
  readonly meter: number | undefined
}

/** Goes over all cases, also those that will not run, so that what is owned never depends on a filter. */
export function ownershipOf(cases: readonly Case[]): ReadonlyMap<string, Ownership> {
  const ownerships = new Map<string, Ownership>()
  let ownCount = 0
  let pairCount = 0
  let meterCount = 0
  for (const one of cases) {
    const text = JSON.stringify(one.steps)
    const indexes = [...text.matchAll(/<own(\d?)\./g)].map(([, digit]) =>
      digit === '' ? 1 : Number(digit),
    )
    const count = Math.max(0, ...indexes)
    const own = Array.from({ length: count }, () => ownCount++)
    const pair = text.includes('<pair.') ? pairCount++ : undefined
    const meter = text.includes('<meter.') ? meterCount++ : undefined
    ownerships.set(one.name, { own, pair, meter })
  }
  return ownerships
}

/** @returns undefined if the bindings name too few buyers and dimensions for it. */
export function slotAt(position: number, bindings: Bindings, nowMs: number): Slot | undefined {
  const { dimensions } = bindings.product
  const row = Math.floor(position / HOURS_IN_REACH)
  const buyer = bindings.buyers.active[Math.floor(row / dimensions.length)]
  const dimension = dimensions[row % dimensions.length]
  if (buyer === undefined || dimension === undefined) return undefined
  return { buyer, dimension, hourStartMs: hourOf(position, nowMs) }
}

export function pairSlotAt(
  position: number,
  bindings: Bindings,
  nowMs: number,
): PairSlot | undefined {
  const dimension = bindings.concurrentProduct?.dimensions[Math.floor(position / HOURS_IN_REACH)]
  return dimension === undefined ? undefined : { dimension, hourStartMs: hourOf(position, nowMs) }
}

export function meterSlotAt(
  position: number,
  bindings: Bindings,
  nowMs: number,
): MeterSlot | undefined {
  const dimension = bindings.containerProduct?.dimensions[Math.floor(position / HOURS_IN_REACH)]
  if (dimension === undefined) return undefined
  const hourStartMs = hourOf(position, nowMs)
  return { dimension, hourStartMs, token: `conformance-${position}-${hourStartMs}` }
}

function hourOf(position: number, nowMs: number): number {
  const newest = Math.floor(nowMs / MS_PER_HOUR) - 1
  const back = (((newest - position) % HOURS_IN_REACH) + HOURS_IN_REACH) % HOURS_IN_REACH
  return (newest - back) * MS_PER_HOUR
}

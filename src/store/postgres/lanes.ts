/** Where records wait: one lane for each month of each bucket, which is what one statement may touch. */
import type { Bucket } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import { FairQueue } from '../fair-queue.ts'
import { recordAt } from './group.ts'
import { type Month, monthOf } from './months.ts'
import type { CallPart, WaitingCall } from './waiting-call.ts'

export interface Lane {
  readonly bucket: Bucket
  readonly month: Month
  readonly queue: FairQueue<CallPart>
  /** While what was taken from it is under way, or tried again. */
  draining?: Promise<void>
}

/** The lanes of one month, by bucket. */
interface MonthLanes {
  readonly month: Month
  readonly lanes: (Lane | undefined)[]
}

export class Lanes {
  /** The latest first. Windows are short, so there is one more each month; lanes are small, and stay. */
  readonly #months: MonthLanes[] = []
  readonly #busy = new Set<Lane>()
  /** Of the busy ones those with nothing under way: whose turn it is stands first. */
  readonly #waiting = new Set<Lane>()

  /** Lanes where something waits or is under way. */
  get busy(): readonly Lane[] {
    return [...this.#busy]
  }

  get waitingCount(): number {
    return this.#waiting.size
  }

  /**
   * Takes lanes where something waits and nothing is under way; the caller releases them.
   *
   * @param recordsMax What waits in them together, but for a single lane that has more.
   */
  take(countMax: number, recordsMax: number): readonly Lane[] {
    const taken: Lane[] = []
    let records = 0
    for (const lane of this.#waiting) {
      records += lane.queue.size
      if (taken.length === countMax || (taken.length > 0 && records > recordsMax)) break
      taken.push(lane)
      this.#waiting.delete(lane)
    }
    return taken
  }

  /** The same for all of a kind. */
  takeAll(isWanted: (lane: Lane) => boolean): readonly Lane[] {
    const taken = [...this.#waiting].filter(isWanted)
    for (const lane of taken) this.#waiting.delete(lane)
    return taken
  }

  push(waiting: WaitingCall): void {
    const indexes = new Map<Lane, number[]>()
    for (let index = 0; index < waiting.records.length; index++) {
      const { record, name } = recordAt(waiting.records, index)
      const lane = this.#laneOf(name.bucket, record.hour)
      const list = indexes.get(lane)
      if (list === undefined) indexes.set(lane, [index])
      else list.push(index)
    }
    for (const [{ queue }, list] of indexes) {
      queue.push(waiting.call.account, { waiting, indexes: list }, list.length)
    }
  }

  /** What waits of calls that were answered is not sent any more. */
  dropOver(): void {
    for (const lane of this.#busy) {
      lane.queue.drop(({ waiting }) => waiting.isOver)
      if (lane.draining === undefined) this.release(lane)
    }
  }

  /** What was under way in a lane has ended. */
  release(lane: Lane): void {
    delete lane.draining
    if (!lane.queue.isEmpty) this.#waiting.add(lane)
    else {
      this.#waiting.delete(lane)
      this.#busy.delete(lane)
    }
  }

  #laneOf(bucket: Bucket, hour: UsageHour): Lane {
    const { month, lanes } = this.#monthLanesOf(hour)
    const lane = (lanes[bucket] ??= { bucket, month, queue: new FairQueue<CallPart>() })
    this.#busy.add(lane)
    if (lane.draining === undefined) this.#waiting.add(lane)
    return lane
  }

  #monthLanesOf(hour: UsageHour): MonthLanes {
    for (const one of this.#months) {
      if (hour >= one.month.firstHour && hour < one.month.endHour) return one
    }
    const made = { month: monthOf(hour), lanes: [] }
    this.#months.unshift(made)
    return made
  }
}

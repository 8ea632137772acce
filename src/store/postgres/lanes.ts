/** Where records wait: one lane for each month of each bucket, which is what one statement may touch. */
import type { Bucket } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import { FairQueue } from '../fair-queue.ts'
import { recordAt } from './group.ts'
import { type Month, monthOf } from './months.ts'
import type { SeriesBook } from './series-book.ts'
import type { CallPart, WaitingCall } from './waiting-call.ts'

export interface Lane {
  readonly bucket: Bucket
  readonly month: Month
  readonly queue: FairQueue<CallPart>
  /** While a statement is under way, or tried again. */
  draining?: Promise<void>
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #book: SeriesBook

  constructor(book: SeriesBook) {
    this.#book = book
  }

  /** Lanes where something waits or is under way. */
  get busy(): readonly Lane[] {
    return [...this.#lanes.values()]
  }

  push(waiting: WaitingCall): void {
    const indexes = new Map<Lane, number[]>()
    for (let index = 0; index < waiting.records.length; index++) {
      const record = recordAt(waiting.records, index)
      const lane = this.#laneOf(this.#book.nameOf(record).bucket, record.hour)
      const list = indexes.get(lane)
      if (list === undefined) indexes.set(lane, [index])
      else list.push(index)
    }
    for (const [{ queue }, list] of indexes) {
      queue.push(waiting.call.account, { waiting, indexes: list }, list.length)
    }
  }

  /** Closes a lane in which nothing waits: months go by. */
  release(lane: Lane): void {
    delete lane.draining
    if (lane.queue.isEmpty) this.#lanes.delete(keyOf(lane.bucket, lane.month))
  }

  #laneOf(bucket: Bucket, hour: UsageHour): Lane {
    const month = monthOf(hour)
    const key = keyOf(bucket, month)
    const lane = this.#lanes.get(key) ?? { bucket, month, queue: new FairQueue<CallPart>() }
    this.#lanes.set(key, lane)
    return lane
  }
}

function keyOf(bucket: Bucket, { firstHour }: Month): string {
  return `${bucket} ${firstHour}`
}

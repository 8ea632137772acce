/** What a store refuses to take, because it could not give it back: always a bug of the caller's. */
import type { NewRecord } from '../core/metering-record.ts'
import { QUANTITY_MAX } from '../core/usage.ts'
import { HOUR_END } from './record-id.ts'

/** @throws RangeError naming the first thing wrong. */
export function checkIncoming(records: readonly NewRecord[]): void {
  for (const { hour, quantity, timestampMs, allocations } of records) {
    if (!isWhole(hour, HOUR_END - 1)) throw new RangeError(`no ledger holds the hour ${hour}`)
    if (!isWhole(quantity, QUANTITY_MAX)) throw new RangeError(`no ledger holds ${quantity} units`)
    if (!Number.isSafeInteger(timestampMs)) {
      throw new RangeError(`a timestamp is whole milliseconds, not ${timestampMs}`)
    }
    if (allocations?.length === 0) throw new RangeError('an empty list of allocations')
  }
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

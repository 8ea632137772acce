/** What every store does alike with a query: check it, and make and read its cursors. */
import { parseRecordId } from './record-id.ts'
import type { MeteringRecord } from '../core/metering-record.ts'
import type { LedgerQuery } from './ledger.ts'

export const PAGE_COUNT_MAX = 10_000

const CURSOR = /^p(\d{1,15})$/

/** A cursor names the position of the last record that was shown. */
export function cursorAt(position: number): string {
  return `p${position}`
}

/** @throws RangeError on a page size out of range: tell the caller. */
export function checkPage({ countMax }: LedgerQuery): void {
  if (!Number.isInteger(countMax) || countMax < 1 || countMax > PAGE_COUNT_MAX) {
    throw new RangeError(`A page has 1 to ${PAGE_COUNT_MAX} records, not ${countMax}.`)
  }
}

/**
 * The position after which a query begins.
 *
 * @throws RangeError on a cursor that no store made, or a page size out of range: tell the caller.
 */
export function positionBefore(query: LedgerQuery): number {
  checkPage(query)
  const { after } = query
  if (after === undefined) return 0
  const [, position] = CURSOR.exec(after) ?? []
  if (position === undefined) throw foreignCursor()
  return Number(position)
}

/**
 * A cursor past the last record is of another ledger, or of this one before an older backup took its place: going on from it
 * would pass over what has been recorded since.
 *
 * @throws RangeError, which tells the caller.
 */
export function refuseBeyond(position: number, last: number): void {
  if (position > last) throw foreignCursor()
}

function foreignCursor(): RangeError {
  return new RangeError('This cursor was not made by this ledger.')
}

export function matches(query: LedgerQuery, record: MeteringRecord): boolean {
  return (
    (query.seller === undefined || query.seller === record.seller) &&
    (query.product === undefined || query.product === record.product) &&
    (query.buyer === undefined || query.buyer === record.buyer) &&
    (query.dimension === undefined || query.dimension === record.dimension) &&
    (query.region === undefined || query.region === record.region) &&
    (query.id === undefined || query.id === record.id) &&
    (query.fromHour === undefined || record.hour >= query.fromHour) &&
    (query.beforeHour === undefined || record.hour < query.beforeHour)
  )
}

/** Whether a query can match anything: an id of another hour, or no id at all, cannot. */
export function canMatch(query: LedgerQuery): boolean {
  if (query.id === undefined) return true
  const parts = parseRecordId(query.id)
  return (
    parts !== undefined &&
    (query.fromHour === undefined || parts.hour >= query.fromHour) &&
    (query.beforeHour === undefined || parts.hour < query.beforeHour)
  )
}

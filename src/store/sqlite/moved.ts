/**
 * The mark of a ledger whose content has gone to another place: it takes no more usage, and names the new one.
 *
 * It can still be read, verified and backed up. Nothing takes the mark away: the new place may have taken usage since.
 */
import type { DatabaseSync } from 'node:sqlite'
import { LedgerRefused } from '../refused.ts'

const PLACE = 'moved_to'
const LEDGER_ID = 'moved_to_id'

/** Where a ledger has gone. Many names lead to one server, so a place is the same where the ledger there has the same id. */
export interface NewPlace {
  /** As people name it. */
  readonly place: string
  readonly ledgerId: string
}

/** Where it has gone; undefined if it has not. */
export function movedTo(database: DatabaseSync): NewPlace | undefined {
  const read = database.prepare('select value from meta where name = ?')
  const [place, ledgerId] = [read.get(PLACE), read.get(LEDGER_ID)]
  return place && { place: String(place['value']), ledgerId: String(ledgerId?.['value']) }
}

/** @param database Its only writer's. */
export function markMoved(database: DatabaseSync, { place, ledgerId }: NewPlace): void {
  database.prepare('insert into meta values (?, ?), (?, ?)').run(PLACE, place, LEDGER_ID, ledgerId)
}

/** @param what The file. */
export function refuseMoved(what: string, to: NewPlace | undefined): void {
  if (to === undefined) return
  throw new LedgerRefused(
    `${what} was moved to PostgreSQL at ${to.place}, and can only be read. Use that one: --ledger postgres://ROLE@${to.place}.`,
  )
}

/**
 * The mark of a ledger whose content has gone to another place: it takes no more usage, and names the new one.
 *
 * It can still be read, verified and backed up. Nothing takes the mark away: the new place may have taken usage since.
 */
import type { DatabaseSync } from 'node:sqlite'
import { LedgerRefused } from '../refused.ts'

const NAME = 'moved_to'

/** Where it has gone, as people name the place; undefined if it has not. */
export function movedTo(database: DatabaseSync): string | undefined {
  const row = database.prepare('select value from meta where name = ?').get(NAME)
  return row && String(row['value'])
}

/** @param database Its only writer's. */
export function markMoved(database: DatabaseSync, place: string): void {
  database.prepare('insert into meta values (?, ?)').run(NAME, place)
}

/** @param what The file. */
export function refuseMoved(what: string, place: string | undefined): void {
  if (place === undefined) return
  throw new LedgerRefused(
    `${what} was moved to PostgreSQL at ${place}, and can only be read. Use that one: --ledger postgres://ROLE@${place}.`,
  )
}

/**
 * What the database knows of copies of other ledgers into it: whether one is under way, and how far it has come. Copies of one
 * source at once share it.
 */
import { randomUUID } from 'node:crypto'
import { LedgerRefused } from '../refused.ts'
import type { Pool } from './connect.ts'

const COPYING = `select value from ledger_fact where name = 'copyingFrom'`

interface Database {
  readonly place: string
  query<Row extends object>(text: string, values: unknown[]): Promise<readonly Row[]>
}

/** Records as texts that tell them from all others. */
export interface CopyPlace {
  readonly position: number
  /** The record in that position. */
  readonly last: string
}

/** @param source The first record of the source. */
export async function readCopyPlace(
  database: Database,
  source: string,
): Promise<CopyPlace | undefined> {
  const [row] = await database.query<{ position: string; last: string }>(
    'select position, last from copied_ledger where source = $1',
    [source],
  )
  return row && { position: Number(row.position), last: row.last }
}

/** Never goes back. Write it when everything up to the place is held. */
export async function writeCopyPlace(
  database: Database,
  source: string,
  { position, last }: CopyPlace,
): Promise<void> {
  await database.query(
    `insert into copied_ledger (source, position, last) values ($1, $2, $3)
     on conflict (source) do update set position = excluded.position, last = excluded.last, at = now()
     where excluded.position > copied_ledger.position`,
    [source, position, last],
  )
}

/** The ledger's id: the same by whichever name its server is reached, and in whatever a dump of it is restored to. */
export function ledgerIdOf(database: Database): Promise<string> {
  return claimFact(database, 'ledgerId', randomUUID())
}

/**
 * From here on nobody serves the ledger, for it would take usage that the source does not know of: replicas refuse to start,
 * and those that run hold nothing. One that was served before and has taken usage is in use, and is not held up.
 *
 * @param from The source. @param holdsRecords Before the copy. @returns Whether it is in use.
 * @throws LedgerRefused while another one is being copied.
 */
export async function beginCopy(
  database: Database,
  from: string,
  holdsRecords: boolean,
): Promise<boolean> {
  const present = await copyingFrom(database)
  const isInUse = present === undefined && holdsRecords && (await wasServed(database))
  if (isInUse) return true
  const claimed = present ?? (await claimFact(database, 'copyingFrom', from))
  if (claimed !== from) throw new LedgerRefused(describeCopying(database.place, claimed))
  return false
}

async function wasServed(database: Database): Promise<boolean> {
  const rows = await database.query(`select from ledger_fact where name = 'windowMsMax'`, [])
  return rows.length > 0
}

async function copyingFrom(database: Database): Promise<string | undefined> {
  const [row] = await database.query<{ value: string }>(COPYING, [])
  return row?.value
}

/** @returns What is there then: of two at once both get the value of the one that was first. */
async function claimFact(database: Database, name: string, value: string): Promise<string> {
  const [row] = await database.query<{ value: string }>(
    `insert into ledger_fact (name, value) values ($1, $2)
     on conflict (name) do update set value = ledger_fact.value returning value`,
    [name, value],
  )
  if (row === undefined) throw new Error('a claim was not answered')
  return row.value
}

/** @throws LedgerRefused while a copy into it has not ended. */
export async function refuseWhileCopying(pool: Pick<Pool, 'query'>, place: string): Promise<void> {
  const { rows } = await pool.query<{ value: string }>(COPYING)
  if (rows[0] !== undefined) throw new LedgerRefused(describeCopying(place, rows[0].value))
}

/** All of the source is there. */
export async function endCopy(database: Database, from: string): Promise<void> {
  await database.query(`delete from ledger_fact where name = 'copyingFrom' and value = $1`, [from])
}

export function describeCopying(place: string, from: string): string {
  return `The ledger at ${place} is being filled by a copy from ${from}, which has not ended. Let it end, or run the same copy again until it does. To give it up, drop the schema marketmeter there and migrate anew.`
}

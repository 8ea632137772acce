/**
 * What the database knows of copies of other ledgers into it: whether one is under way, and how far it has come. Copies of one
 * source at once share it.
 */
import { randomUUID } from 'node:crypto'
import { LedgerRefused } from '../refused.ts'

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
export async function ledgerIdOf(database: Database): Promise<string> {
  const [row] = await database.query<{ value: string }>(
    `insert into ledger_fact (name, value) values ('ledgerId', $1)
     on conflict (name) do update set value = ledger_fact.value returning value`,
    [randomUUID()],
  )
  if (row === undefined) throw new Error('a claim was not answered')
  return row.value
}

/**
 * From here on nobody begins to serve the ledger, for it would take usage that the source does not know of. One that was
 * served before is in use, and its replicas must be let start.
 *
 * @param from The source. @throws LedgerRefused while another one is being copied.
 */
export async function beginCopy(database: Database, from: string): Promise<void> {
  const [row] = await database.query<{ value: string }>(
    `insert into ledger_fact (name, value)
     select 'copyingFrom', $1 where not exists (select from ledger_fact where name = 'windowMsMax')
     on conflict (name) do update set value = ledger_fact.value returning value`,
    [from],
  )
  if (row !== undefined && row.value !== from) {
    throw new LedgerRefused(describeCopying(database.place, row.value))
  }
}

/** All of the source is there. */
export async function endCopy(database: Database, from: string): Promise<void> {
  await database.query(`delete from ledger_fact where name = 'copyingFrom' and value = $1`, [from])
}

export function describeCopying(place: string, from: string): string {
  return `The ledger at ${place} is being filled by a copy from ${from}, which has not ended. Let it end, or run the same copy again until it does. To give it up, drop the schema marketmeter there and migrate anew.`
}

/** How far a copy of another ledger has come, kept in the database that it goes to. Copies of one source at once share it. */

interface Database {
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

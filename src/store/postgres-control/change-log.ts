/** The log of changes on PostgreSQL, for people: read apart from what keeps the catalog fresh. */
import type { InstantMs } from '../../core/usage.ts'
import type { LogEntry } from '../control.ts'
import type { Pool } from '../postgres/connect.ts'
import { fromStoredText } from '../stored-text.ts'

const SELECT_LOG = `
  select version, at_ms, actor, summary, what::text as what from change
  where version > $1 order by version limit $2`

interface LogRow {
  readonly version: number
  readonly at_ms: string
  readonly actor: string
  readonly summary: string
  readonly what: string
}

export async function readChangeLog(
  pool: Pick<Pool, 'query'>,
  query: { readonly after: number; readonly countMax: number },
): Promise<readonly LogEntry[]> {
  const { rows } = await pool.query<LogRow>(SELECT_LOG, [query.after, query.countMax])
  return rows.map(({ version, at_ms, actor, summary, what }) => ({
    version,
    atMs: Number(at_ms) as InstantMs,
    actor: fromStoredText(actor),
    summary: fromStoredText(summary),
    what,
  }))
}

/** What a role must be allowed to do with the control data, so that it is told at the start and not with the first change. */
import type { Pool } from '../postgres/connect.ts'
import { describeNoRights } from '../postgres/failure.ts'
import { LedgerRefused } from '../sqlite/refused.ts'

const NEEDED: readonly (readonly [table: string, rights: readonly string[]])[] = [
  ['entry', ['select', 'insert', 'update']],
  ['change', ['select', 'insert']],
  ['control_version', ['select', 'update']],
  ['ledger_fact', ['select', 'insert', 'update']],
  ['registration_token_use', ['select', 'insert', 'update', 'delete']],
  ['refusal', ['select', 'insert', 'update', 'delete']],
]

const MISSING = `
  select table_name || ': ' || string_agg(right_name, ', ') as missing
  from unnest($1::text[], $2::text[]) as needed (table_name, right_name)
  where not has_table_privilege('marketmeter.' || table_name, right_name)
  group by table_name
  union all
  select 'refusal_position: usage'
  where $3 and not has_sequence_privilege('marketmeter.refusal_position', 'usage')`

/** @throws LedgerRefused that names what is missing. */
export async function checkRights(
  pool: Pick<Pool, 'query'>,
  place: string,
  access: 'read' | 'write',
): Promise<void> {
  const needed = NEEDED.flatMap(([table, rights]) => rights.map((right) => [table, right])).filter(
    ([, right]) => access === 'write' || right === 'select',
  )
  const { rows } = await pool.query<{ missing: string }>(MISSING, [
    needed.map(([table]) => table),
    needed.map(([, right]) => right),
    access === 'write',
  ])
  if (rows.length === 0) return
  throw new LedgerRefused(describeNoRights(rows.map(({ missing }) => missing).join('; '), place))
}

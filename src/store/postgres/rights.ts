/**
 * What a role must be allowed to do, so that it is told at the start and in readiness, not with the first record or change.
 *
 * Checked by  rights.test.ts, ../postgres-control/store.test.ts
 */
import { LedgerRefused } from '../refused.ts'
import type { Pool } from './connect.ts'
import { describeNoRights } from './failure.ts'

export interface Rights {
  readonly tables: Readonly<Record<string, readonly string[]>>
  readonly sequences?: readonly string[]
}

export const LEDGER_RIGHTS: Rights = {
  tables: {
    record: ['select', 'insert'],
    call_group: ['select', 'insert'],
    series: ['select', 'insert'],
    agreement: ['select', 'insert'],
    client_token: ['select', 'insert', 'update', 'delete'],
    bucket: ['select'],
    writer: ['insert'],
    schema_version: ['select'],
    ledger_fact: ['select'],
  },
}

export const CONTROL_RIGHTS: Rights = {
  tables: {
    entry: ['select', 'insert', 'update'],
    change: ['select', 'insert'],
    control_version: ['select', 'update'],
    ledger_fact: ['select', 'insert', 'update'],
    notice: ['select', 'insert', 'update', 'delete'],
    registration_token_use: ['select', 'insert', 'update', 'delete'],
    refusal: ['select', 'insert', 'update', 'delete'],
  },
  sequences: ['refusal_position'],
}

const MISSING = `
  select table_name || ': ' || string_agg(right_name, ', ') as missing
  from unnest($1::text[], $2::text[]) as needed (table_name, right_name)
  where not has_table_privilege('marketmeter.' || table_name, right_name)
  group by table_name
  union all
  select sequence || ': usage' from unnest($3::text[]) as sequence
  where not has_sequence_privilege('marketmeter.' || sequence, 'usage')`

/** @throws LedgerRefused that names what is missing. */
export async function checkRights(
  pool: Pick<Pool, 'query'>,
  place: string,
  { tables, sequences = [] }: Rights,
  access: 'read' | 'write',
): Promise<void> {
  const needed = Object.entries(tables)
    .flatMap(([table, rights]) => rights.map((right) => [table, right]))
    .filter(([, right]) => access === 'write' || right === 'select')
  const { rows } = await pool.query<{ missing: string }>(MISSING, [
    needed.map(([table]) => table),
    needed.map(([, right]) => right),
    access === 'write' ? sequences : [],
  ])
  if (rows.length === 0) return
  throw new LedgerRefused(describeNoRights(rows.map(({ missing }) => missing).join('; '), place))
}

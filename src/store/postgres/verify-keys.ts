/** The part of verify that asks the database whether it keeps one row a key, and nothing outside the buckets. */
import { BUCKET_COUNT } from '../../core/billing-line.ts'
import type { LedgerFinding } from '../ledger.ts'
import type { PoolClient } from './connect.ts'

const KEYS = {
  series: 'PRIMARY KEY (bucket, series)',
  agreement: 'PRIMARY KEY (bucket, agreement_key)',
  call_group: 'PRIMARY KEY (bucket, month, recorded_at_us, writer)',
  record: 'PRIMARY KEY (bucket, hour, series)',
} as const

/** Each table and each month of it, with what keeps its key. */
const CONSTRAINTS = `
  select tree.name, relid::regclass::text as relation, pg_get_constraintdef(c.oid) as definition, i.indisvalid as valid
  from unnest($1::text[]) as tree (name), pg_partition_tree(tree.name::regclass)
    left join pg_constraint c on c.conrelid = relid and c.contype = 'p'
    left join pg_index i on i.indexrelid = c.conindid
  union all
  select name, name, pg_get_constraintdef(c.oid), i.indisvalid
  from unnest($2::text[]) as plain (name)
    left join pg_constraint c on c.conrelid = name::regclass and c.contype = 'p'
    left join pg_index i on i.indexrelid = c.conindid`

interface ConstraintRow {
  readonly name: keyof typeof KEYS
  readonly relation: string
  readonly definition: string | null
  readonly valid: boolean | null
}

export async function checkKeys(
  database: Pick<PoolClient, 'query'>,
): Promise<readonly LedgerFinding[]> {
  const { rows } = await database.query<ConstraintRow>(CONSTRAINTS, [
    ['record', 'call_group'],
    ['series', 'agreement'],
  ])
  const findings = rows
    .filter(({ name, definition, valid }) => definition !== KEYS[name] || valid !== true)
    .map(({ name, relation }) => error(`one row a key is not enforced: ${KEYS[name]}`, relation))
  for (const table of Object.keys(KEYS)) {
    if (await hasStrays(database, table)) {
      findings.push(error(`has rows outside the buckets 0 to ${BUCKET_COUNT - 1}`, table))
    }
  }
  return findings
}

async function hasStrays(database: Pick<PoolClient, 'query'>, table: string): Promise<boolean> {
  const { rows } = await database.query(
    `(select 1 from ${table} where bucket < 0 limit 1)
     union all (select 1 from ${table} where bucket >= ${BUCKET_COUNT} limit 1)`,
  )
  return rows.length > 0
}

function error(problem: string, where: string): LedgerFinding {
  return { severity: 'error', problem, where }
}

/** What sessions registered, on PostgreSQL, for people: read apart from what keeps the catalog fresh. */
import type { UsageRegistrationEntry } from '../../core/control-entries.ts'
import type { RegistrationQuery } from '../control.ts'
import type { Pool } from '../postgres/connect.ts'
import { toStoredText } from '../stored-text.ts'

const SELECT_REGISTRATIONS = `
  select body from entry where kind = 'usageRegistration' and key > $1 order by key limit $2`

export async function readUsageRegistrations(
  pool: Pick<Pool, 'query'>,
  { after, countMax }: RegistrationQuery,
): Promise<readonly UsageRegistrationEntry[]> {
  const values = [toStoredText(after), countMax]
  const { rows } = await pool.query<{ body: UsageRegistrationEntry }>(SELECT_REGISTRATIONS, values)
  return rows.map(({ body }) => body)
}

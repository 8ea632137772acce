/** What is different where the database is spread over nodes by Citus. */
import type { Pool } from './connect.ts'

export async function isCitus(pool: Pick<Pool, 'query'>): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    `select exists (select from pg_extension where extname = 'citus') as found`,
  )
  return rows[0]?.found === true
}

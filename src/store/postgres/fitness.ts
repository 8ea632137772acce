/**
 * What a server and a database must be, so that it is told before anything is kept there.
 *
 * Encoding    Names, tags and addresses may hold any character: another encoding would refuse some, record by record.
 * fsync       Without it a crash of the machine loses what was acknowledged: told in the health of the ledger.
 * Checked by  fitness.test.ts
 */
import { LedgerRefused } from '../refused.ts'
import type { PoolClient } from './connect.ts'

/** As PostgreSQL numbers them: 15.0. */
const VERSION_MIN = 150_000

export interface Server {
  /** `server_version_num`. */
  readonly version: number
  readonly encoding: string
}

const LOOK = `
  select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding`

/** @throws LedgerRefused if a ledger cannot be kept there. */
export async function refuseUnfit(
  database: Pick<PoolClient, 'query'>,
  place: string,
): Promise<void> {
  const { rows } = await database.query<Server>(LOOK)
  const problem = rows[0] && unfitnessOf(rows[0], place)
  if (problem !== undefined) throw new LedgerRefused(problem)
}

/** Why a ledger cannot be kept there, in one sentence; undefined if it can. */
export function unfitnessOf({ version, encoding }: Server, place: string): string | undefined {
  if (version < VERSION_MIN) {
    return `PostgreSQL at ${place} is of version ${Math.floor(version / 10_000)}. A ledger needs ${VERSION_MIN / 10_000} or later.`
  }
  if (encoding !== 'UTF8') {
    return `The database of ${place} has the encoding ${encoding}, which cannot hold every name. Make one for the ledger: create database … encoding 'UTF8' template template0.`
  }
  return undefined
}

/** What deserves a look although records are held, in one sentence. */
export async function weaknessOf(
  database: Pick<PoolClient, 'query'>,
  place: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ sync: string }>(`select current_setting('fsync') as sync`)
  if (rows[0]?.sync !== 'off') return undefined
  return `PostgreSQL at ${place} runs with fsync = off: a crash of its machine loses what was acknowledged. Set it on.`
}

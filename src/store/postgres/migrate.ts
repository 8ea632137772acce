/**
 * Makes and updates the schema of a ledger on PostgreSQL: the numbered files of migrations/, in order, then the months.
 *
 * Claimed      All of it in one transaction under one advisory lock, so that of two first starts one does it and the
 *              other finds it done. A file is applied whole or not at all, and a newer schema is refused.
 * Checked by   migrate.test.ts
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { InstantMs } from '../../core/usage.ts'
import { LedgerRefused } from '../refused.ts'
import { inTransaction, openPool, placeOf, type PoolClient } from './connect.ts'
import { codeOf, failureOf } from './failure.ts'
import { refuseUnfit } from './fitness.ts'
import { monthsBefore, monthsWanted } from './months.ts'
import { makeMissingMonths, SCHEMA_LOCK } from './partitions.ts'

const DIRECTORY = new URL('./migrations/', import.meta.url)
const MIGRATION_MS_MAX = 600_000
const CONNECT_MS_MAX = 10_000

interface Migration {
  readonly version: number
  readonly sql: string
}

export interface MigrationReport {
  /** Versions of the schema before (0: there was none) and after. */
  readonly from: number
  readonly to: number
  /** Names of the months that were made. */
  readonly months: readonly string[]
}

/** Nothing but another Marketmeter mends it. */
export class NewerSchema extends LedgerRefused {}

export interface MigrationOptions {
  readonly connectMsMax?: number
  /** Leaves a ledger that is there as it is, whatever its schema. */
  readonly onlyIfNone?: boolean
}

/** @throws LedgerRefused with one sentence, whatever is wrong. */
export async function migrate(
  url: string,
  nowMs: InstantMs,
  { connectMsMax = CONNECT_MS_MAX, onlyIfNone = false }: MigrationOptions = {},
): Promise<MigrationReport> {
  const pool = await openPool({
    url,
    kind: 'migration',
    connectionsMax: 1,
    statementMsMax: MIGRATION_MS_MAX,
    connectMsMax,
  })
  try {
    return await inTransaction(pool, async (client) => {
      await refuseUnfit(client, placeOf(url))
      await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK])
      const from = await schemaVersion(client)
      if (onlyIfNone && from > 0) return { from, to: from, months: [] }
      return migrateIn(client, from, nowMs, placeOf(url))
    })
  } catch (error) {
    throw failureOf(error, placeOf(url))
  } finally {
    await pool.end()
  }
}

async function migrateIn(
  client: PoolClient,
  from: number,
  nowMs: InstantMs,
  place: string,
): Promise<MigrationReport> {
  const all = migrations()
  refuseNewer(from, all, place)
  // Who may not make schemas may still use one that was made for them.
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select from pg_namespace where nspname = 'marketmeter') as found`,
  )
  if (rows[0]?.found !== true) await makeSchema(client, place)
  await client.query(
    `create table if not exists schema_version (
       version integer primary key, applied_at timestamptz not null default now())`,
  )
  for (const { version, sql } of all) {
    if (version <= from) continue
    await client.query(sql)
    await client.query('insert into schema_version (version) values ($1)', [version])
  }
  const wanted = from === 0 ? [...monthsBefore(nowMs), ...monthsWanted(nowMs)] : monthsWanted(nowMs)
  const months = await makeMissingMonths(client, wanted)
  return { from, to: newestVersion(all), months: months.map(({ name }) => name) }
}

/** There is no owner of the ledger yet who could be asked. */
async function makeSchema(client: PoolClient, place: string): Promise<void> {
  try {
    await client.query('create schema marketmeter')
  } catch (error) {
    if (codeOf(error) !== '42501') throw error
    throw new LedgerRefused(
      `The role may not make a schema at ${place}. Let who owns the database run: create schema marketmeter authorization ROLE, with this role for ROLE; then migrate again.`,
    )
  }
}

/** @throws LedgerRefused unless this program knows the schema as it is. */
export async function checkSchema(client: Pick<PoolClient, 'query'>, place: string): Promise<void> {
  const all = migrations()
  const version = await schemaVersion(client)
  refuseNewer(version, all, place)
  const newest = newestVersion(all)
  if (version === newest) return
  const problem = version === 0 ? 'holds no ledger yet' : `has the older schema ${version}`
  throw new LedgerRefused(`${place} ${problem}. Bring it to ${newest}: marketmeter migrate.`)
}

async function schemaVersion(client: Pick<PoolClient, 'query'>): Promise<number> {
  const exists = await client.query<{ found: boolean }>(
    `select to_regclass('marketmeter.schema_version') is not null as found`,
  )
  if (exists.rows[0]?.found !== true) return 0
  const { rows } = await client.query<{ version: number | null }>(
    'select max(version) as version from marketmeter.schema_version',
  )
  return rows[0]?.version ?? 0
}

function refuseNewer(version: number, all: readonly Migration[], place: string): void {
  const newest = newestVersion(all)
  if (version <= newest) return
  throw new NewerSchema(
    `${place} has schema ${version}, and this Marketmeter knows ${newest} and older. Use the Marketmeter that migrated it, or a later one.`,
  )
}

function newestVersion(all: readonly Migration[]): number {
  return all.at(-1)?.version ?? 0
}

let known: readonly Migration[] | undefined

/** Read once: the files of a process that runs may be replaced by those of a later version, whose schema it does not know. */
function migrations(): readonly Migration[] {
  known ??= readMigrations()
  return known
}

function readMigrations(): readonly Migration[] {
  return readdirSync(DIRECTORY)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      sql: readFileSync(new URL(name, DIRECTORY), 'utf8'),
    }))
}

/**
 * Brings a ledger's schema up to date: the numbered files of migrations/, in order, each in one transaction.
 *
 * `user_version` is the number of the last one, so it changes with the schema or not at all.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { LedgerRefused } from '../refused.ts'

/** 'Mktm': tells a ledger from any other SQLite file. */
const APPLICATION_ID = 0x4d6b_746d

interface Migration {
  readonly version: number
  readonly sql: string
}

const DIRECTORY = new URL('./migrations/', import.meta.url)

function migrations(): readonly Migration[] {
  return readdirSync(DIRECTORY)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      sql: readFileSync(new URL(name, DIRECTORY), 'utf8'),
    }))
}

/**
 * @returns The version before and after.
 * @throws LedgerRefused if the file is not a ledger, or a newer Marketmeter's.
 */
export function migrate(database: DatabaseSync, file: string): { from: number; to: number } {
  const all = migrations()
  const from = checkedVersion(database, file, all.at(-1)?.version ?? 0)
  for (const { version, sql } of all) {
    if (version > from) apply(database, version, sql)
  }
  return { from, to: numberOf(database, 'user_version') }
}

/** @throws LedgerRefused unless this program can read the file as it is. */
export function checkReadable(database: DatabaseSync, file: string): void {
  const newest = migrations().at(-1)?.version ?? 0
  const version = checkedVersion(database, file, newest)
  if (version === newest) return
  throw new LedgerRefused(
    `${file} has the older schema ${version}. Start the service once; it brings the ledger to ${newest}.`,
  )
}

function checkedVersion(database: DatabaseSync, file: string, newest: number): number {
  const version = numberOf(database, 'user_version')
  const isEmpty = database.prepare('select 1 from sqlite_schema limit 1').get() === undefined
  if (!isEmpty && numberOf(database, 'application_id') !== APPLICATION_ID) {
    throw new LedgerRefused(`${file} is a database, but not a ledger of Marketmeter.`)
  }
  if (version > newest) {
    throw new LedgerRefused(
      `${file} has schema ${version}, and this Marketmeter knows ${newest} and older. Use the Marketmeter that wrote it, or a later one.`,
    )
  }
  return version
}

function apply(database: DatabaseSync, version: number, sql: string): void {
  database.exec('begin immediate')
  try {
    database.exec(sql)
    database.exec(`pragma user_version = ${version}; pragma application_id = ${APPLICATION_ID}`)
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0])
}

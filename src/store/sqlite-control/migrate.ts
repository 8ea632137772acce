/**
 * Brings control.db to the newest schema, one numbered file a transaction.
 *
 * `pragma user_version` says how far a file has come. A file from a newer Marketmeter is refused, not guessed at.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const FOLDER = new URL('migrations/', import.meta.url)
const FILE_NAME = /^(\d{4})_\w+\.sql$/

export function migrateControl(database: DatabaseSync, path: string): void {
  const steps = readSteps()
  const newest = steps.at(-1)?.number ?? 0
  if (versionOf(database) > newest) {
    throw new Error(
      `${path} was written by a newer Marketmeter (schema ${versionOf(database)}, this one knows ${newest}). Run that version, or restore a backup.`,
    )
  }
  for (const step of steps) {
    if (step.number <= versionOf(database)) continue
    database.exec('begin immediate')
    try {
      // Another process may have done this step while we waited for the lock.
      if (step.number > versionOf(database)) {
        database.exec(readFileSync(new URL(step.file, FOLDER), 'utf8'))
        database.exec(`pragma user_version = ${step.number}`)
      }
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
}

function readSteps(): { readonly number: number; readonly file: string }[] {
  return readdirSync(FOLDER)
    .map((file) => ({ number: Number(FILE_NAME.exec(file)?.[1]), file }))
    .filter((step) => !Number.isNaN(step.number))
    .sort((left, right) => left.number - right.number)
}

function versionOf(database: DatabaseSync): number {
  const row = database.prepare('pragma user_version').get()
  return Number(row?.['user_version'])
}

/** Transactions on control.db, which other processes write too. */
import type { DatabaseSync } from 'node:sqlite'
import { isBusy } from '../sqlite/failure.ts'

/**
 * Writes at once or says that another process is writing. SQLite's own waiting would stop this whole process, and
 * a big `catalog apply` writes for seconds.
 */
export function writeUnlessBusy<Result>(
  database: DatabaseSync,
  run: () => Result,
): Result | 'busy' {
  const row = database.prepare('pragma busy_timeout').get()
  database.exec('pragma busy_timeout = 0')
  try {
    return inTransaction(database, 'immediate', run)
  } catch (error) {
    if (isBusy(error)) return 'busy'
    throw error
  } finally {
    database.exec(`pragma busy_timeout = ${Number(row?.['timeout'])}`)
  }
}

export function inTransaction<Result>(
  database: DatabaseSync,
  mode: 'deferred' | 'immediate',
  run: () => Result,
): Result {
  database.exec(`begin ${mode}`)
  try {
    const result = run()
    database.exec('commit')
    return result
  } catch (error) {
    // A failed commit may have ended the transaction already.
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

/** What an error of SQLite means for the writer. Numbers from sqlite.org/rescode.html. */

const BUSY = 5
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26

/**
 * - `full`: nothing was written; works again when there is space.
 * - `broken`: what reached the disk is unknown. The system may report a failed sync once and forget it, so
 *   nothing may be tried again until a restart has read back what is there.
 * - `other`: this transaction failed, and the next may succeed.
 */
export type FailureKind = 'full' | 'broken' | 'other'

/** @param whileCommitting Whether the transaction may have reached the disk in part. */
export function failureKindOf(error: unknown, whileCommitting: boolean): FailureKind {
  const code = resultCodeOf(error)
  if (code === FULL) return 'full'
  if (code === IO_ERROR || code === CORRUPT || code === NOT_A_DATABASE || code === CANNOT_OPEN) {
    return 'broken'
  }
  return whileCommitting && code !== BUSY ? 'broken' : 'other'
}

export function isBusy(error: unknown): boolean {
  return resultCodeOf(error) === BUSY
}

export function isNotADatabase(error: unknown): boolean {
  return resultCodeOf(error) === NOT_A_DATABASE
}

/** The primary result code, or undefined if the error is not SQLite's. */
function resultCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

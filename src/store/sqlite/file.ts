/**
 * Opens the ledger's file: for the one writer, or for any reader.
 *
 * Lock        The writer holds an exclusive transaction on an empty file beside the ledger for as long as it
 *             lives. The system drops it with the process, kill -9 included; readers never look at it.
 * Durability  WAL with synchronous=FULL: a commit returns after the log is synced. Checkpoints are the
 *             writer's own call, because SQLite's automatic ones hide a failed sync.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy, isNotADatabase } from './failure.ts'
import { checkReadable, migrate } from './migrate.ts'
import { LedgerLocked, LedgerRefused } from '../refused.ts'
import { refuseUnsafeSqlite } from './sqlite-version.ts'

const CACHE_KIB = 65_536
const WAL_BYTES_KEPT = 64 * 1_048_576

export interface WritableFile {
  readonly database: DatabaseSync
  /** Whether no ledger was there before. */
  readonly isNew: boolean
  close(): void
  /** Closes without carrying the log back into the file: for a disk that failed to sync. */
  abandon(): void
}

/** Connections that keep a log in place; see {@link abandon}. They live as long as the process. */
const pins: DatabaseSync[] = []

/** @throws LedgerLocked if another process writes it; LedgerRefused if it is not a ledger that this program knows. */
export function openForWriting(file: string): WritableFile {
  refuseUnsafeSqlite()
  let lock: DatabaseSync | undefined
  let database: DatabaseSync | undefined
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
    makeForOwner(file)
    const held = (lock = takeLock(file))
    const opened = (database = new DatabaseSync(file))
    const { from } = prepareWriter(opened, file)
    const close = () => closeBoth(opened, held)
    return { database, isNew: from === 0, close, abandon: () => abandon(file, close) }
  } catch (error) {
    database?.close()
    lock?.close()
    throw asRefusal(error, file)
  }
}

/** Who used what from which address is nobody else's to read. SQLite gives its log and index the same mode. */
function makeForOwner(file: string): void {
  for (const each of [file, `${file}.lock`]) closeSync(openSync(each, 'a', 0o600))
}

function prepareWriter(database: DatabaseSync, file: string): { from: number } {
  database.exec(`pragma synchronous = full; pragma cache_size = -${CACHE_KIB}`)
  const { from } = migrate(database, file)
  const mode = database.prepare('pragma journal_mode = wal').get()?.['journal_mode']
  if (mode !== 'wal') {
    throw new LedgerRefused(
      `${file} lies on a file system that cannot share a log between programs. Choose a local disk.`,
    )
  }
  database.exec(`pragma journal_size_limit = ${WAL_BYTES_KEPT}`)
  // Nobody else writes, but somebody may open the file with a tool of their own.
  database.exec(
    'pragma wal_autocheckpoint = 0; pragma temp_store = memory; pragma busy_timeout = 250',
  )
  return { from }
}

function takeLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`)
  try {
    // The lock needs no journal, and must leave none behind.
    lock.exec('pragma journal_mode = memory; begin exclusive')
    return lock
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new LedgerLocked(
      `${file} is open in another Marketmeter, and a ledger has one writer. Stop the other one, or choose another data directory.`,
    )
  }
}

/** SQLite's last connection carries the log back when it closes; one that only reads cannot, and stays. */
function abandon(file: string, close: () => void): void {
  try {
    const pin = new DatabaseSync(file, { readOnly: true })
    pins.push(pin)
    pin.exec('begin; select 1 from meta')
  } finally {
    close()
  }
}

/** Puts what the system or SQLite says of a file into a sentence; other errors stay what they are. */
function asRefusal(error: unknown, file: string): unknown {
  if (isNotADatabase(error)) {
    return new LedgerRefused(`${file} is not a ledger, nor any database of SQLite.`)
  }
  if (!(error instanceof Error) || !('errcode' in error || 'syscall' in error)) return error
  return new LedgerRefused(`${file} cannot be opened: ${error.message}.`, { cause: error })
}

function closeBoth(database: DatabaseSync, lock: DatabaseSync): void {
  try {
    database.close()
  } finally {
    lock.close()
  }
}

/**
 * Opens a ledger that somebody else may be writing.
 *
 * @throws LedgerRefused if it is not a ledger that this program knows.
 */
export function openForReading(file: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true })
    // A reader waits for nobody but a log that is being recovered or removed.
    database.exec(
      'pragma busy_timeout = 5000; pragma temp_store = file; pragma cache_size = -16384',
    )
    checkReadable(database, file)
    return database
  } catch (error) {
    database?.close()
    throw asRefusal(error, file)
  }
}

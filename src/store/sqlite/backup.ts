/**
 * Copies a ledger while it is being written.
 *
 * Why a read transaction  SQLite's own backup begins again whenever another connection commits, so beside a busy
 *                         writer it never ends. Inside one transaction it copies one state. The log cannot
 *                         be carried back meanwhile and grows; it shrinks to its usual size afterwards.
 * The copy                appears under its name only when it is whole, synced, and proved to open. Nothing is ever
 *                         overwritten. It holds no keys' master key: that lies beside the ledger, not in it.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { openForReading } from './file.ts'
import { lastPosition } from './hours.ts'
import { checkReadable } from './migrate.ts'
import { LedgerRefused } from '../refused.ts'

/** Pages copied between two reports of progress: 1 MiB. */
const PAGES_PER_STEP = 256

export interface BackupProgress {
  readonly pagesDone: number
  readonly pagesTotal: number
}

export interface BackupResult {
  readonly records: number
  readonly bytes: number
}

/**
 * @throws LedgerRefused if the target exists, or the ledger is none.
 */
export async function backupLedger(
  file: string,
  target: string,
  onProgress: (progress: BackupProgress) => void = () => undefined,
): Promise<BackupResult> {
  refuseIfPresent(target)
  const partial = `${target}.${process.pid}.partial`
  const source = openForReading(file)
  try {
    source.exec('begin')
    const records = lastPosition(source)
    const progress = ({
      totalPages,
      remainingPages,
    }: {
      totalPages: number
      remainingPages: number
    }) => onProgress({ pagesDone: totalPages - remainingPages, pagesTotal: totalPages })
    closeSync(openSync(partial, 'wx', 0o600))
    await backup(source, partial, { rate: PAGES_PER_STEP, progress })
    prove(partial, records)
    publish(partial, target)
    return { records, bytes: statSync(target).size }
  } finally {
    source.close()
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(partial + end, { force: true })
  }
}

/** Opens the copy as a ledger, and leaves one plain file that can be read from anywhere. */
function prove(copy: string, records: number): void {
  const database = new DatabaseSync(copy)
  try {
    checkReadable(database, copy)
    database.exec('pragma journal_mode = delete')
    const copied = lastPosition(database)
    if (copied !== records) throw new Error(`the copy has ${copied} records instead of ${records}`)
  } finally {
    database.close()
  }
}

function publish(partial: string, target: string): void {
  sync(partial)
  try {
    // A link, because a rename would silently replace what appeared meanwhile.
    linkSync(partial, target)
  } catch (error) {
    refuseIfPresent(target)
    throw error
  }
  sync(path.dirname(path.resolve(target)))
}

function sync(name: string): void {
  const descriptor = openSync(name, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function refuseIfPresent(target: string): void {
  if (!existsSync(target)) return
  throw new LedgerRefused(
    `${target} exists already; a backup overwrites nothing. Name another file.`,
  )
}

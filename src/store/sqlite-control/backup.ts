/**
 * Copies control.db while it is in use: one state of it, under its name only when it is whole and synced.
 *
 * The copy holds secrets encrypted and tokens as hashes; the master key that opens them is not in it.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'

/** @throws If there is no such file, or the target exists. */
export async function backupControl(
  file: string,
  target: string,
): Promise<{ readonly bytes: number }> {
  if (existsSync(target)) {
    throw new Error(`${target} exists already; a backup overwrites nothing. Name another file.`)
  }
  const partial = `${target}.${process.pid}.partial`
  // Nobody else's to read, as the file itself.
  closeSync(openSync(partial, 'wx', 0o600))
  const source = new DatabaseSync(file, { readOnly: true })
  try {
    // Inside a transaction it copies one state; without, it would begin again at every change.
    source.exec('begin; select 1 from change limit 1')
    await backup(source, partial)
    makePlain(partial)
    linkSync(partial, target)
    sync(path.dirname(path.resolve(target)))
    return { bytes: statSync(target).size }
  } finally {
    source.close()
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(partial + end, { force: true })
  }
}

/** One file without a log beside it, checked and on the disk. */
function makePlain(copy: string): void {
  const database = new DatabaseSync(copy)
  try {
    database.exec('pragma journal_mode = delete')
    const problem = database.prepare('pragma quick_check(1)').get()?.['quick_check']
    if (problem !== 'ok') throw new Error(`the copy is not sound: ${String(problem)}`)
  } finally {
    database.close()
  }
  sync(copy)
}

function sync(name: string): void {
  const descriptor = openSync(name, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

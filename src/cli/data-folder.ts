/** The folder of a ledger on SQLite, which is made when it is missing. Checked by data-folder.test.ts */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileProblemOf } from '../server/file-problem.ts'
import { LedgerRefused } from '../store/refused.ts'

/** Whoever may look into it sees the catalog, and the master key is in it. */
const FOLDER_MODE = 0o700

/** @throws LedgerRefused with one sentence. */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  } catch (error) {
    const user = process.getuid === undefined ? 'this user' : `user ${process.getuid()}`
    throw new LedgerRefused(
      `The folder ${path.resolve(folder)} cannot be made: ${fileProblemOf(error)}. Let ${user} write there, or name another folder with --data.`,
    )
  }
}

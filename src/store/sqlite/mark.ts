/** What kind of ledger a file is, written when it is new: a demo's is never taken for another. */
import type { WritableFile } from './file.ts'
import { LedgerRefused } from '../refused.ts'

export function markOf({ database }: WritableFile): string | undefined {
  const row = database.prepare(`select value from meta where name = 'mark'`).get()
  return row && String(row['value'])
}

/** New, or of a first start that ended before it could mark its ledger. */
function isUnused(file: WritableFile): boolean {
  if (markOf(file) !== undefined) return false
  return file.database.prepare('select 1 from call limit 1').get() === undefined
}

/** @throws LedgerRefused if the ledger is of another kind than it has to be. */
export function checkMark(file: WritableFile, mark: string | undefined, name: string): void {
  if (mark === undefined) return
  if (isUnused(file)) file.database.prepare(`insert into meta values ('mark', ?)`).run(mark)
  const found = markOf(file)
  if (found === mark) return
  throw new LedgerRefused(
    `${name} is ${found === undefined ? 'not marked' : `marked '${found}'`}, and this start needs a ledger marked '${mark}'. Choose another data directory.`,
  )
}

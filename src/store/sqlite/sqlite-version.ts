/**
 * Which SQLite may write what we keep.
 *
 * Before 3.51.3, two connections that carry the log back while a third commits may lose committed pages: the "WAL-reset
 * bug" of sqlite.org/wal.html. Here a thread carries back beside the writer, and control.db has several processes.
 * Checked by  sqlite-version.test.ts
 */
import { LedgerRefused } from '../refused.ts'

const SAFE_FROM = [3, 51, 3] as const

/** @throws LedgerRefused with a sentence if a log might be lost. */
export function refuseUnsafeSqlite(version: string = process.versions['sqlite'] ?? '0'): void {
  const parts = version.split('.').map(Number)
  for (const [index, least] of SAFE_FROM.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) throw new LedgerRefused(sentence(version))
  }
}

function sentence(version: string): string {
  return `This Node (${process.version}) brings SQLite ${version}, which may lose what was written (its WAL-reset bug); ${SAFE_FROM.join('.')} is the first without. Use Node 24.15 or later.`
}

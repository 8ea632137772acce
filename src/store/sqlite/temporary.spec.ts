/** A directory for one test, gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export function withDirectory(test: (directory: string) => Promise<void>) {
  return async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'ledger-'))
    try {
      await test(directory)
    } finally {
      rmSync(directory, { recursive: true })
    }
  }
}

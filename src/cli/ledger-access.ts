/** How commands read a ledger: its file directly, read-only, beside a `serve` that may be writing it. */
import path from 'node:path'
import { LedgerReader } from '../store/sqlite/reader.ts'
import { LedgerRefused } from '../store/sqlite/refused.ts'
import { CommandFailure, type Io } from './command.ts'
import { DATA_FAILED, dataSettingsOf } from './control-access.ts'

interface Given {
  readonly io: Io
  readonly options: { readonly data: string | undefined }
}

export function ledgerFileOf({ io, options }: Given): string {
  return path.join(dataSettingsOf(io, options).folder, 'ledger.db')
}

/** Opens the ledger for as long as `use` takes. @throws CommandFailure with one sentence. */
export async function withLedger<Result>(
  given: Given,
  use: (reader: LedgerReader) => Promise<Result>,
): Promise<Result> {
  return withRefusals(async () => {
    const reader = new LedgerReader(ledgerFileOf(given))
    try {
      return await use(reader)
    } finally {
      reader.close()
    }
  })
}

/** Says in one sentence what a ledger refuses. */
export async function withRefusals<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof LedgerRefused)) throw error
    throw new CommandFailure(`${error.message} Name the folder with --data.`, DATA_FAILED)
  }
}

/** What the tests of the SQLite ledger stand on: a directory, a ledger with a clock of its own, a proof that it is intact. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { StubClock } from '../builders.spec.ts'
import { LedgerReader } from './reader.ts'
import { SqliteLedger, type SqliteLedgerOptions } from './sqlite-ledger.ts'
import { verifyLedger } from './verify.ts'

export const HOUR_US = MS_PER_HOUR * 1_000
export const WINDOW_MS = 6 * MS_PER_HOUR

/** Gives a test a directory that is gone afterwards. */
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

export interface Setting {
  readonly ledger: SqliteLedger
  readonly clock: StubClock
  readonly directory: string
  readonly options: SqliteLedgerOptions
  /** The records of each commit, and every note, so far. */
  readonly commits: number[]
  readonly notes: string[]
  /** Closes the ledger and opens it again; the test closes neither. */
  readonly restart: (changes?: Partial<SqliteLedgerOptions>) => Promise<SqliteLedger>
}

/** Gives a test an open ledger, and closes whatever it left open. */
export function withLedger(
  test: (setting: Setting) => Promise<void>,
  wishes: Partial<SqliteLedgerOptions> = {},
): () => Promise<void> {
  return withDirectory(async (directory) => {
    const clock = new StubClock()
    const commits: number[] = []
    const notes: string[] = []
    const options: SqliteLedgerOptions = {
      file: `${directory}/ledger.db`,
      nowUs: () => clock.nowUs,
      windowMs: WINDOW_MS,
      onCommit: ({ records }) => commits.push(records),
      onNote: (note) => notes.push(note),
      ...wishes,
    }
    const ledger = await SqliteLedger.open(options)
    let current = ledger
    const restart = async (changes: Partial<SqliteLedgerOptions> = {}) => {
      await current.close()
      current = await SqliteLedger.open({ ...options, ...changes })
      return current
    }
    try {
      await test({ ledger, clock, directory, options, commits, notes, restart })
    } finally {
      await current.close()
    }
  })
}

/** Fails if verify finds anything. */
export async function intact(ledger: SqliteLedger): Promise<void> {
  const reader = new LedgerReader(ledger.file)
  try {
    for await (const { where, problem } of verifyLedger(reader)) assert.fail(`${where}: ${problem}`)
  } finally {
    reader.close()
  }
}

/** How many client tokens a file keeps. */
export function countTokens(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return Number(database.prepare('select count(*) as count from client_token').get()?.['count'])
  } finally {
    database.close()
  }
}

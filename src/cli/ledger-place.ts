/**
 * Where a ledger is, as people name it: a folder with SQLite's files in it, or a database of PostgreSQL.
 *
 * Which       `--data DIR` says the same as `--ledger sqlite:DIR`. What is said nearer counts: a flag before a variable, a
 *             variable before the file. Both in one place contradict each other.
 * Secrets     A URL may hold a password; `nameOf` is what people and logs are shown.
 * Checked by  ledger-place.test.ts
 */
import path from 'node:path'
import { placeOf, urlProblemOf } from '../store/postgres/url.ts'
import type { Written } from './settings.ts'

export type LedgerPlace =
  | { readonly kind: 'sqlite'; readonly folder: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** One place where a ledger may be named: the command line, the environment, the file. */
export interface Naming {
  readonly data?: Written | undefined
  readonly ledger?: Written | undefined
}

export type LedgerReading =
  | { readonly ok: true; readonly place: LedgerPlace }
  | { readonly ok: false; readonly problem: string }

const FALLBACK: LedgerPlace = { kind: 'sqlite', folder: 'data' }
const LEDGER_FILE = 'ledger.db'

export function ledgerFileIn(folder: string): string {
  return path.join(folder, LEDGER_FILE)
}

export function controlFileIn(folder: string): string {
  return path.join(folder, 'control.db')
}

/** For people and logs. */
export function nameOf(place: LedgerPlace): string {
  return place.kind === 'sqlite'
    ? `${ledgerFileIn(place.folder)} (sqlite)`
    : `${placeOf(place.url)} (postgres)`
}

/** @param text As `--ledger` has it. The problem repeats none of it. */
export function readLedger(text: string): LedgerReading {
  if (text.startsWith('sqlite:')) return readSqlite(text.slice('sqlite:'.length))
  if (!/^postgres(ql)?:/.test(text)) {
    const problem = 'expected postgres://role@host:5432/database, or sqlite:FOLDER'
    return { ok: false, problem }
  }
  const problem = urlProblemOf(text)
  return problem === undefined
    ? { ok: true, place: { kind: 'postgres', url: text } }
    : { ok: false, problem }
}

/** The folder, or the ledger's file in it. Its name is fixed, for the catalog stands beside it. */
function readSqlite(file: string): LedgerReading {
  const isFile = path.basename(file) === LEDGER_FILE
  if (file === '' || file.startsWith('//') || (!isFile && file.endsWith('.db'))) {
    return { ok: false, problem: `expected sqlite:FOLDER or sqlite:FOLDER/${LEDGER_FILE}` }
  }
  return { ok: true, place: { kind: 'sqlite', folder: isFile ? path.dirname(file) : file } }
}

/** @param namings The nearest first. Each ledger's text has been read by {@link readLedger}; a wrong one is passed over. */
export function chooseLedger(namings: readonly Naming[]): LedgerReading {
  for (const { data, ledger } of namings) {
    if (data !== undefined && ledger !== undefined) {
      const problem = `${data.where} and ${ledger.where} both say where the ledger is; give one of them`
      return { ok: false, problem }
    }
    if (data !== undefined) return { ok: true, place: { kind: 'sqlite', folder: data.text } }
    const named = ledger && readLedger(ledger.text)
    if (named?.ok === true) return named
  }
  return { ok: true, place: FALLBACK }
}

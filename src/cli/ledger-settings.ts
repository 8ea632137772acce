/**
 * Which ledger a command works on, with what belongs to it: where its master keys are, and what it may take of PostgreSQL.
 * `serve`, the demo and every command beside them read it here.
 *
 * Checked by  ledger-place.test.ts, serve-config.test.ts
 */
import type { PostgresBounds } from '../store/postgres/bounds.ts'
import { parseMasterKeys } from '../server/keys/master-keys.ts'
import { chooseLedger, type LedgerPlace } from './ledger-place.ts'
import type { MasterKeySource } from './master-keys.ts'
import type { ServeValues } from './serve-options.ts'
import {
  inEnvironment,
  inOptions,
  MASTER_KEYS,
  readSettings,
  type SettingsInFile,
  type Sources,
} from './settings.ts'

export interface LedgerSettings {
  readonly place: LedgerPlace
  /** Absent: where the ledger's place keeps them. */
  readonly masterKeys?: MasterKeySource
  readonly postgres: PostgresBounds
}

const LEDGER_NAMES = [
  'data',
  'ledger',
  'masterKeyFile',
  'postgresConnections',
  'postgresStatementMs',
  'postgresConnectMs',
  'postgresRetryMs',
] as const

type LedgerValues = Pick<ServeValues, (typeof LEDGER_NAMES)[number]>

/** For commands, which take some as flags and all as variables. What is wrong is added to `problems`. */
export function readLedgerSettings(sources: Sources, problems: string[]): LedgerSettings {
  const values = readSettings(LEDGER_NAMES, sources, new Map(), problems)
  return ledgerSettingsOf(values, sources, new Map(), problems)
}

/** From values that were read, and from where they stood. What is wrong is added to `problems`. */
export function ledgerSettingsOf(
  values: LedgerValues,
  { options, env }: Sources,
  inFile: SettingsInFile,
  problems: string[],
): LedgerSettings {
  const chosen = chooseLedger([
    { data: inOptions('data', options), ledger: inOptions('ledger', options) },
    { data: inEnvironment('data', env), ledger: inEnvironment('ledger', env) },
    { data: inFile.get('data'), ledger: inFile.get('ledger') },
  ])
  if (!chosen.ok) problems.push(chosen.problem)
  const masterKeys = masterKeySourceOf(values.masterKeyFile, env, problems)
  return {
    place: chosen.ok ? chosen.place : { kind: 'sqlite', folder: values.data },
    ...(masterKeys && { masterKeys }),
    postgres: {
      connectionsMax: values.postgresConnections,
      statementMsMax: values.postgresStatementMs,
      connectMsMax: values.postgresConnectMs,
      retryMsMax: values.postgresRetryMs,
    },
  }
}

function masterKeySourceOf(
  file: string,
  env: Sources['env'],
  problems: string[],
): MasterKeySource | undefined {
  const text = env[MASTER_KEYS]
  if (text === undefined) return file === '' ? undefined : { from: 'file', file }
  const keys = parseMasterKeys(text, MASTER_KEYS)
  if (!keys.ok) problems.push(keys.problem)
  if (file !== '')
    problems.push(`${MASTER_KEYS} and --master-key-file exclude each other; give one`)
  return { from: 'environment', text }
}

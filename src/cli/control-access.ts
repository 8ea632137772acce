/**
 * How commands reach the catalog of a ledger: beside a running `serve`, which sees their changes within half a second.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { ControlState } from '../server/control-state.ts'
import {
  MASTER_KEY_BYTES,
  masterKeyOf,
  type MasterKeyRing,
  ringOf,
} from '../server/keys/master-keys.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import type { ControlStore } from '../store/control.ts'
import { SqliteControlStore } from '../store/sqlite-control/store.ts'
import { CommandFailure, type Io, type OptionSpecs, type OptionValues } from './command.ts'
import { controlFileIn } from './ledger-place.ts'
import { type LedgerSettings, readLedgerSettings } from './ledger-settings.ts'
import { contentOf, masterKeyFileIn, openMasterKeys } from './master-keys.ts'
import { unknownVariables } from './settings.ts'

/** Exit code of a command whose data could not be read or written. */
export const DATA_FAILED = 3

/** Exit code of a command whose line was wrong. */
export const WRONG_LINE = 2

export const DATA_FAILED_MEANING = 'the data could not be read or written'
export const WRONG_LINE_MEANING = 'the command line was wrong'

export const DATA_OPTIONS = {
  data: {
    type: 'string',
    value: 'DIR',
    about: 'The folder of the ledger and its catalog (default: data, or MARKETMETER_DATA)',
  },
  ledger: {
    type: 'string',
    value: 'URL',
    about:
      'Instead of --data: postgres://role@host:5432/database, or sqlite:FOLDER (or MARKETMETER_LEDGER)',
  },
} as const satisfies OptionSpecs

/** For commands that encrypt secrets, or open them. */
export const SECRETS_OPTIONS = {
  ...DATA_OPTIONS,
  masterKeyFile: {
    type: 'string',
    value: 'FILE',
    about:
      'File of master keys (default: master.key in the folder; or MARKETMETER_MASTER_KEY_FILE)',
  },
} as const satisfies OptionSpecs

/** What a command was given of where its ledger is. */
export type PlaceOptions = OptionValues<typeof DATA_OPTIONS> &
  Partial<OptionValues<typeof SECRETS_OPTIONS>>

export interface Given {
  readonly io: Io
  readonly options: PlaceOptions
}

export interface ControlAccess {
  readonly state: ControlState
  readonly store: ControlStore
  /** Opened, or made on first use, when somebody asks. */
  readonly masterKeys: () => MasterKeyRing
  /** Who the change log is to name. */
  readonly actor: string
}

/** @throws CommandFailure with all that is wrong. */
export function ledgerSettingsIn({ env }: Io, options: PlaceOptions): LedgerSettings {
  const problems = [...unknownVariables(env)]
  const { data, ledger, masterKeyFile } = options
  const settings = readLedgerSettings({ options: { data, ledger, masterKeyFile }, env }, problems)
  if (problems.length === 0) return settings
  throw new CommandFailure(problems.join('\nmarketmeter: '), WRONG_LINE)
}

type Mode = 'read' | 'change' | 'try'

/** Whether there is a catalog already. A database without one is told when it is opened. */
export function hasCatalog({ place }: LedgerSettings): boolean {
  return place.kind === 'postgres' || existsSync(controlFileIn(place.folder))
}

/**
 * Opens the catalog for as long as `use` takes.
 *
 * @param mode `read` refuses a folder that holds none; `change` makes what is missing; `try` makes nothing: where
 *   something is missing, what is tried ends with the command.
 * @throws CommandFailure with one sentence.
 */
export async function withControl<Result>(
  given: Given,
  mode: Mode,
  use: (access: ControlAccess) => Promise<Result>,
): Promise<Result> {
  const settings = ledgerSettingsIn(given.io, given.options)
  const store = await openStore(settings, mode)
  try {
    const state = await ControlState.open(store)
    const masterKeys = () =>
      mode === 'try' && lacksMasterKeys(settings, state)
        ? ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))])
        : openMasterKeys(settings.place, settings.masterKeys, contentOf(state.index))
    return await use({ state, store, masterKeys, actor: actor() })
  } finally {
    await store.close()
  }
}

/** Whether opening them would make the file. */
function lacksMasterKeys({ place, masterKeys }: LedgerSettings, { index }: ControlState): boolean {
  if (place.kind !== 'sqlite' || masterKeys !== undefined) return false
  return index.accessKeys.size === 0 && !existsSync(masterKeyFileIn(place.folder))
}

async function openStore({ place }: LedgerSettings, mode: Mode): Promise<ControlStore> {
  if (place.kind === 'sqlite') return openSqliteStore(place.folder, mode)
  throw new CommandFailure('The catalog is not kept on PostgreSQL yet.', DATA_FAILED)
}

function openSqliteStore(folder: string, mode: Mode): ControlStore {
  const file = controlFileIn(folder)
  const isMissing = !existsSync(file)
  if (mode === 'try' && isMissing) return new MemoryControlStore()
  if (mode === 'read' && isMissing) {
    const text = `There is no catalog in ${folder}. Name its folder with --data, or make one with: marketmeter catalog apply FILE`
    throw new CommandFailure(text, DATA_FAILED)
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new SqliteControlStore(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`The catalog ${file} cannot be opened: ${reason}`, DATA_FAILED)
  }
}

function actor(): string {
  try {
    return `user:${userInfo().username}`
  } catch {
    // A user of a container may have no name.
    return `user:${process.getuid?.() ?? 'unknown'}`
  }
}

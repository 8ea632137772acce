/**
 * How commands reach the catalog of a ledger: beside a running `serve`, which sees their changes within half a second.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import path from 'node:path'
import { ControlState } from '../server/control-state.ts'
import { openMasterKeyFile } from '../server/keys/master-key-file.ts'
import {
  MASTER_KEY_BYTES,
  masterKeyOf,
  type MasterKeyRing,
  parseMasterKeys,
  ringOf,
} from '../server/keys/master-keys.ts'
import { MemoryControlStore } from '../store/control-memory.ts'
import type { ControlStore } from '../store/control.ts'
import { SqliteControlStore } from '../store/sqlite-control/store.ts'
import { CommandFailure, type Io, type OptionSpecs } from './command.ts'
import { unknownVariables } from './serve-config.ts'

/** Exit code of a command whose data could not be read or written. */
export const DATA_FAILED = 3

const WRONG_LINE = 2

export const DATA_FAILED_MEANING = 'the data could not be read or written'
export const WRONG_LINE_MEANING = 'the command line was wrong'

export const DATA_OPTIONS = {
  data: {
    type: 'string',
    value: 'DIR',
    about: 'The folder of the ledger and its catalog (default: data, or MARKETMETER_DATA)',
  },
} as const satisfies OptionSpecs

export interface DataSettings {
  readonly folder: string
  /** From the environment; absent: the file in the folder. */
  readonly masterKeys?: string
}

export interface ControlAccess {
  readonly state: ControlState
  readonly store: ControlStore
  /** Opened, or made on first use, when somebody asks. */
  readonly masterKeys: () => MasterKeyRing
  /** Who the change log is to name. */
  readonly actor: string
}

/** @throws CommandFailure that names every variable that nothing knows. */
export function dataSettingsOf(
  { env }: Io,
  options: { readonly data: string | undefined },
): DataSettings {
  const unknown = [...unknownVariables(env)]
  if (unknown.length > 0) throw new CommandFailure(unknown.join('\nmarketmeter: '), WRONG_LINE)
  const masterKeys = env['MARKETMETER_MASTER_KEYS']
  return {
    folder: options.data ?? env['MARKETMETER_DATA'] ?? 'data',
    ...(masterKeys !== undefined && { masterKeys }),
  }
}

type Mode = 'read' | 'change' | 'try'

/** Whether the folder holds a catalog already. */
export function hasCatalog({ folder }: DataSettings): boolean {
  return existsSync(catalogFileOf(folder))
}

/**
 * Opens the catalog for as long as `use` takes.
 *
 * @param mode `read` refuses a folder that holds none; `change` makes what is missing; `try` makes nothing: where
 *   something is missing, what is tried ends with the command.
 * @throws CommandFailure with one sentence.
 */
export async function withControl<Result>(
  given: { readonly io: Io; readonly options: { readonly data: string | undefined } },
  mode: Mode,
  use: (access: ControlAccess) => Promise<Result>,
): Promise<Result> {
  const settings = dataSettingsOf(given.io, given.options)
  const store = openStore(settings.folder, mode)
  try {
    const state = await ControlState.open(store)
    const hasSecrets = () => state.index.accessKeys.size > 0
    const masterKeys = () =>
      mode === 'try' && needsMasterKeyFile(settings) && !hasSecrets()
        ? ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))])
        : openMasterKeys(settings, hasSecrets())
    return await use({ state, store, masterKeys, actor: actor() })
  } finally {
    await store.close()
  }
}

export function openMasterKeys(
  { folder, masterKeys }: DataSettings,
  hasSecrets: boolean,
): MasterKeyRing {
  const result =
    masterKeys === undefined
      ? openMasterKeyFile(masterKeyFileOf(folder), hasSecrets)
      : parseMasterKeys(masterKeys, 'MARKETMETER_MASTER_KEYS')
  if (!result.ok) throw new CommandFailure(result.problem, DATA_FAILED)
  return result.ring
}

export function masterKeyFileOf(folder: string): string {
  return path.join(folder, 'master.key')
}

function catalogFileOf(folder: string): string {
  return path.join(folder, 'control.db')
}

function needsMasterKeyFile({ folder, masterKeys }: DataSettings): boolean {
  return masterKeys === undefined && !existsSync(masterKeyFileOf(folder))
}

function openStore(folder: string, mode: Mode): ControlStore {
  const file = catalogFileOf(folder)
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

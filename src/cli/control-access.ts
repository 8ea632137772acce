/**
 * How commands reach the catalog of a ledger: beside a running `serve`, which sees their changes within half a second.
 */
import { userInfo } from 'node:os'
import { ControlState } from '../server/control-state.ts'
import { AlwaysBusy } from '../server/until-free.ts'
import type { MasterKeyRing } from '../server/keys/master-keys.ts'
import type { ControlStore } from '../store/control.ts'
import { LedgerRefused } from '../store/refused.ts'
import { CommandFailure, type Io, type OptionSpecs, type OptionValues } from './command.ts'
import { type LedgerSettings, readLedgerSettings } from './ledger-settings.ts'
import { openCatalog, type OpenMode } from './open-catalog.ts'
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
  readonly masterKeys: () => Promise<MasterKeyRing>
  /** Puts a new key in front, or with `isKept` takes the first one there is: secrets are to be encrypted under it. */
  readonly rotateMasterKey: (isKept: boolean) => Promise<MasterKeyRing>
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

/** Opens the catalog for as long as `use` takes. @throws CommandFailure with one sentence. */
export async function withControl<Result>(
  given: Given,
  mode: OpenMode,
  use: (access: ControlAccess) => Promise<Result>,
): Promise<Result> {
  const settings = ledgerSettingsIn(given.io, given.options)
  try {
    const catalog = await openCatalog(settings, mode)
    try {
      const state = await ControlState.open(catalog.store)
      return await use({
        state,
        store: catalog.store,
        masterKeys: () => catalog.masterKeys(state),
        rotateMasterKey: (isKept) => catalog.rotateMasterKey(state, isKept),
        actor: actor(),
      })
    } finally {
      await catalog.store.close()
    }
  } catch (error) {
    if (error instanceof LedgerRefused || error instanceof AlwaysBusy)
      throw new CommandFailure(error.message, DATA_FAILED)
    throw error
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

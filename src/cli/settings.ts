/**
 * Reads settings from flags, variables and the file: a flag beats a variable, a variable beats the file, the file beats the
 * default.
 *
 * Unknown     A MARKETMETER_ variable that nothing knows is refused: a misspelt limit would otherwise be no limit.
 * Secrets     No sentence repeats the text of a setting that is marked as one.
 * Checked by  serve-config.test.ts
 */
import {
  flagOf,
  SERVE_SETTINGS,
  type ServeValues,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  variableOf,
} from './serve-options.ts'

export const MASTER_KEYS = 'MARKETMETER_MASTER_KEYS'
export const CONFIG = 'MARKETMETER_CONFIG'
const PREFIX = 'MARKETMETER_'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Sources {
  /** As the command line gave them: text, true for a flag, or nothing. */
  readonly options: Readonly<Partial<Record<SettingName | 'config', string | boolean | undefined>>>
  readonly env: Environment
}

/** One value as somebody wrote it, and where. */
export interface Written {
  readonly where: string
  readonly text: string
}

export type SettingsInFile = ReadonlyMap<string, Written>

export function* unknownVariables(env: Environment): Generator<string> {
  const known = new Set([...SETTING_NAMES.map(variableOf), MASTER_KEYS, CONFIG])
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name)) yield `${name}: no such setting`
  }
}

/** The values of the settings that are named; what is wrong is added to `problems`. */
export function readSettings<Name extends SettingName>(
  names: readonly Name[],
  sources: Sources,
  inFile: SettingsInFile,
  problems: string[],
): Pick<ServeValues, Name> {
  return Object.fromEntries(
    names.map((name) => [name, valueOf(name, sources, inFile, problems)]),
  ) as Pick<ServeValues, Name>
}

function valueOf(
  name: SettingName,
  { options, env }: Sources,
  inFile: SettingsInFile,
  problems: string[],
): unknown {
  const setting: Setting<unknown> = SERVE_SETTINGS[name]
  const written = inOptions(name, options) ?? inEnvironment(name, env) ?? inFile.get(name)
  if (written === undefined) return setting.fallback
  const reading = setting.read(written.text)
  if (reading.ok) return reading.value
  const got = setting.isSecret === true ? '' : `, got "${written.text}"`
  problems.push(`${written.where}: ${reading.problem}${got}`)
  return setting.fallback
}

export function inOptions(name: SettingName, options: Sources['options']): Written | undefined {
  const option = options[name]
  if (typeof option === 'string') return { where: flagOf(name), text: option }
  return option === true ? { where: flagOf(name), text: 'true' } : undefined
}

export function inEnvironment(name: string, env: Environment): Written | undefined {
  const where = variableOf(name)
  const text = env[where]
  return text === undefined ? undefined : { where, text }
}

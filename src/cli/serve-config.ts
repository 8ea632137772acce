/**
 * Turns flags, environment and file into the settings of `serve`, or into everything that is wrong with them.
 *
 * Precedence  A flag beats a variable, a variable beats the file, the file beats the default.
 * Unknown     A MARKETMETER_ variable or a name in the file that nothing knows is refused: a misspelt limit
 *             would otherwise be no limit.
 * Secrets     Master keys come from their own file or from MARKETMETER_MASTER_KEYS, never from this file, and
 *             no sentence repeats them.
 * Checked by  serve-config.test.ts; docs/operating/running.md tells it.
 */
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { fileProblemOf } from '../server/file-problem.ts'
import type { Tls } from '../server/http.ts'
import { parseMasterKeys } from '../server/keys/master-keys.ts'
import {
  flagOf,
  SERVE_SETTINGS,
  type ServeValues,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  variableOf,
} from './serve-options.ts'

export interface ServeConfig {
  readonly values: ServeValues
  readonly tls?: Tls
  readonly masterKeys?: string
}

/** The profile's choice is known even where something else is wrong, so that its problems are told too. */
export type ServeConfigResult =
  | { readonly ok: true; readonly config: ServeConfig }
  | { readonly ok: false; readonly problems: readonly string[]; readonly profile: string }

export interface ServeSources {
  /** As the command line gave them: text, true for a flag, or nothing. */
  readonly options: Readonly<Partial<Record<SettingName | 'config', string | boolean | undefined>>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a file; the file system unless a test gives its own. */
  readonly readFile?: (file: string) => string
}

const PREFIX = 'MARKETMETER_'
const MASTER_KEYS = 'MARKETMETER_MASTER_KEYS'
const CONFIG = 'MARKETMETER_CONFIG'

/** One value as somebody wrote it, and where. */
interface Written {
  readonly where: string
  readonly text: string
}

export async function readServeConfig(sources: ServeSources): Promise<ServeConfigResult> {
  const { env, readFile = readText } = sources
  const problems: string[] = [...unknownVariables(env)]
  const inFile = await settingsInFile(sources, readFile, problems)
  const values = Object.fromEntries(
    SETTING_NAMES.map((name) => [name, valueOf(name, sources, inFile, problems)]),
  ) as unknown as ServeValues
  problems.push(...contradictions(values))
  const tls = tlsOf(values, readFile, problems)
  const masterKeys = masterKeysOf(env, problems)
  if (problems.length > 0) return { ok: false, problems, profile: values.profile }
  return {
    ok: true,
    config: { values, ...(tls && { tls }), ...(masterKeys !== undefined && { masterKeys }) },
  }
}

function readText(file: string): string {
  return readFileSync(file, 'utf8')
}

function valueOf(
  name: SettingName,
  { options, env }: ServeSources,
  inFile: ReadonlyMap<string, Written>,
  problems: string[],
): unknown {
  const setting: Setting<unknown> = SERVE_SETTINGS[name]
  const written = writtenValue(name, options[name], env) ?? inFile.get(name)
  if (written === undefined) return setting.fallback
  const reading = setting.read(written.text)
  if (reading.ok) return reading.value
  problems.push(`${written.where}: expected ${reading.expected}, got "${written.text}"`)
  return setting.fallback
}

function writtenValue(
  name: string,
  option: string | boolean | undefined,
  env: ServeSources['env'],
): Written | undefined {
  if (typeof option === 'string') return { where: flagOf(name), text: option }
  if (option === true) return { where: flagOf(name), text: 'true' }
  const variable = variableOf(name)
  const text = env[variable]
  return text === undefined ? undefined : { where: variable, text }
}

/** Shared with the commands that work on a ledger. */
export function* unknownVariables(env: ServeSources['env']): Generator<string> {
  const known = new Set([...SETTING_NAMES.map(variableOf), MASTER_KEYS, CONFIG])
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name)) yield `${name}: no such setting`
  }
}

async function settingsInFile(
  { options, env }: ServeSources,
  readFile: (file: string) => string,
  problems: string[],
): Promise<ReadonlyMap<string, Written>> {
  const file = typeof options.config === 'string' ? options.config : env[CONFIG]
  if (file === undefined) return new Map()
  const text = readOr(file, readFile, problems)
  if (text === undefined) return new Map()
  // Loaded only here: most starts have no file.
  const { parseSettingsFile } = await import('./settings-file.ts')
  const found = parseSettingsFile(text, file, SETTING_NAMES)
  problems.push(...found.problems)
  return found.settings
}

/** What no setting is wrong about alone. */
function* contradictions(values: ServeValues): Generator<string> {
  const { tlsCert, tlsKey, adminHost, adminInsecure, host, port, adminPort } = values
  if ((tlsCert === '') !== (tlsKey === '')) {
    yield `--tls-cert and --tls-key belong together: give both, or none`
  }
  if (tlsCert === '' && !adminInsecure && !isLoopback(adminHost)) {
    yield `--admin-host: ${adminHost} can be reached from other machines, and tokens would cross the network in the open; give --tls-cert and --tls-key, or say --admin-insecure if something else protects them`
  }
  if (port !== 0 && port === adminPort && host === adminHost) {
    yield `--port and --admin-port: both are ${port}; choose two`
  }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

function tlsOf(
  { tlsCert, tlsKey }: ServeValues,
  readFile: (file: string) => string,
  problems: string[],
): Tls | undefined {
  if (tlsCert === '' || tlsKey === '') return undefined
  const cert = readOr(tlsCert, readFile, problems)
  const key = readOr(tlsKey, readFile, problems)
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

function masterKeysOf(env: ServeSources['env'], problems: string[]): string | undefined {
  const text = env[MASTER_KEYS]
  const keys = text === undefined ? undefined : parseMasterKeys(text, MASTER_KEYS)
  if (keys?.ok === false) problems.push(keys.problem)
  return text
}

/** What is wrong with a certificate and its key, if they cannot be used together. */
export function tlsProblem(tls: Tls | undefined): string | undefined {
  try {
    if (tls !== undefined) createSecureContext(tls)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `--tls-cert and --tls-key: not a certificate and its key, both PEM: ${reason}`
  }
}

function readOr(
  file: string,
  readFile: (file: string) => string,
  problems: string[],
): string | undefined {
  try {
    return readFile(file)
  } catch (error) {
    problems.push(`${file}: cannot be read: ${fileProblemOf(error)}`)
    return undefined
  }
}

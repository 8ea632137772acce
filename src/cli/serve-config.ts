/**
 * Turns flags, environment and file into the settings of `serve`, or into everything that is wrong with them.
 *
 * Unknown     A name in the file that nothing knows is refused, as a variable is (settings.ts).
 * Secrets     Master keys come from their own file or from MARKETMETER_MASTER_KEYS, never from this file, and
 *             no sentence repeats them.
 * Checked by  serve-config.test.ts; docs/operating/running.md tells it.
 */
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { fileProblemOf } from '../server/file-problem.ts'
import type { Tls } from '../server/http.ts'
import { type LedgerSettings, ledgerSettingsOf } from './ledger-settings.ts'
import { type ServeValues, SETTING_NAMES } from './serve-options.ts'
import {
  CONFIG,
  readSettings,
  type SettingsInFile,
  type Sources,
  unknownVariables,
} from './settings.ts'

export interface ServeConfig {
  readonly values: ServeValues
  readonly ledger: LedgerSettings
  readonly tls?: Tls
}

/** The profile's choice is known even where something else is wrong, so that its problems are told too. */
export type ServeConfigResult =
  | { readonly ok: true; readonly config: ServeConfig }
  | { readonly ok: false; readonly problems: readonly string[]; readonly profile: string }

export interface ServeSources extends Sources {
  /** Reads a file; the file system unless a test gives its own. */
  readonly readFile?: (file: string) => string
}

export async function readServeConfig(sources: ServeSources): Promise<ServeConfigResult> {
  const { env, readFile = readText } = sources
  const problems: string[] = [...unknownVariables(env)]
  const inFile = await settingsInFile(sources, readFile, problems)
  const values = readSettings(SETTING_NAMES, sources, inFile, problems)
  problems.push(...contradictions(values))
  const tls = tlsOf(values, readFile, problems)
  const ledger = ledgerSettingsOf(values, sources, inFile, problems)
  if (problems.length > 0) return { ok: false, problems, profile: values.profile }
  return { ok: true, config: { values, ledger, ...(tls && { tls }) } }
}

function readText(file: string): string {
  return readFileSync(file, 'utf8')
}

async function settingsInFile(
  { options, env }: ServeSources,
  readFile: (file: string) => string,
  problems: string[],
): Promise<SettingsInFile> {
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
  const { purchaseUrl, purchaseHost, purchasePort } = values
  if ((tlsCert === '') !== (tlsKey === '')) {
    yield `--tls-cert and --tls-key belong together: give both, or none`
  }
  if (tlsCert === '' && !adminInsecure && !isLoopback(adminHost)) {
    yield `--admin-host: ${adminHost} can be reached from other machines, and tokens would cross the network in the open; give --tls-cert and --tls-key, or say --admin-insecure if something else protects them`
  }
  yield* sharedPorts([
    { flag: '--port', host, port },
    { flag: '--admin-port', host: adminHost, port: adminPort },
    ...(purchaseUrl === ''
      ? []
      : [{ flag: '--purchase-port', host: purchaseHost, port: purchasePort }]),
  ])
}

interface Place {
  readonly flag: string
  readonly host: string
  readonly port: number
}

function* sharedPorts(places: readonly Place[]): Generator<string> {
  for (const [index, one] of places.entries()) {
    for (const other of places.slice(index + 1)) {
      if (one.port === 0 || one.port !== other.port || one.host !== other.host) continue
      yield `${one.flag} and ${other.flag}: both are ${one.port}; choose two`
    }
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

/**
 * Every setting of `serve`, once: its flag, its variable, its name in the file, and what it may be.
 *
 * The names in the file are the names here; `adminPort` is `--admin-port` and MARKETMETER_ADMIN_PORT.
 * Checked by serve-config.test.ts
 */
import { isIP } from 'node:net'
import { LOG_LEVELS } from '../server/log.ts'
import { WAITING_BYTES_MAX } from '../server/waiting.ts'
import { REDIRECT_ORIGIN } from '../core/fulfilment-url.ts'
import { parseRegion } from '../core/usage.ts'
import { POSTGRES_BOUNDS } from '../store/postgres/bounds.ts'
import type { OptionSpec } from './command.ts'
import { readLedger } from './ledger-place.ts'

/** How the text of one setting is read: a value, or what is wrong with it. */
export type Reading<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: string }

export interface Setting<Value> {
  readonly about: string
  /** What stands for the value in the help. Absent: a flag without a value. */
  readonly value?: string
  readonly read: (text: string) => Reading<Value>
  /** What it is when nobody says anything. */
  readonly fallback: Value
  /** No sentence repeats what was given. */
  readonly isSecret?: boolean
}

/** Of every setting whose name ends so. */
export const BYTES_PER_MEGABYTE = 1_048_576

const HOST_NAME = /^(?!-)[a-zA-Z0-9.-]{1,253}$/

export const SERVE_SETTINGS = {
  host: text('Metering address', 'ADDRESS', '127.0.0.1', isHost, 'an address or a host name'),
  port: integer('Metering port, 0 takes any', 'PORT', 7_070, 0, 65_535),
  adminHost: text('Admin address', 'ADDRESS', '127.0.0.1', isHost, 'an address or a host name'),
  adminPort: integer('Admin port, 0 takes any', 'PORT', 7_071, 0, 65_535),
  purchaseUrl: text(
    'Turns the purchase page on, for purchase links: the origin by which buyers reach it, such as https://buy.example.com',
    'ORIGIN',
    '',
    (given) => REDIRECT_ORIGIN.parse(given) !== undefined,
    REDIRECT_ORIGIN.expected,
  ),
  purchaseHost: text(
    'Address of the purchase page',
    'ADDRESS',
    '127.0.0.1',
    isHost,
    'an address or a host name',
  ),
  purchasePort: integer('Port of the purchase page, 0 takes any', 'PORT', 7_072, 0, 65_535),
  adminInsecure: flag('Serve the admin API to other machines without TLS'),
  data: text(
    'Folder of the ledger and its catalog: the same as --ledger sqlite:DIR',
    'DIR',
    'data',
  ),
  ledger: ledger(
    'The ledger and its catalog: postgres://role@host:5432/database, or sqlite:FOLDER',
    'URL',
  ),
  masterKeyFile: text(
    'File of master keys, mode 0600; never made. Needed on PostgreSQL, unless MARKETMETER_MASTER_KEYS has them',
    'FILE',
    '',
  ),
  profile: text('Rules to go by: a name, or a YAML file of your own', 'NAME', 'aws-2025'),
  regions: list('Regions served, apart by commas', 'LIST', ['us-east-1']),
  tlsCert: text('Certificate chain for all ports, PEM', 'FILE', ''),
  tlsKey: text('Its private key, PEM', 'FILE', ''),
  quotas: flag("Enforce the profile's request quotas"),
  waitingMax: integer(
    'Records that may wait for a commit; one seller may hold half',
    'COUNT',
    20_000,
    100,
    10_000_000,
  ),
  waitingMegabytes: integer(
    'Megabytes of bodies whose records may wait for a commit; one seller may hold half',
    'MB',
    WAITING_BYTES_MAX / BYTES_PER_MEGABYTE,
    4,
    1_048_576,
  ),
  connectionsMax: integer('Connections open at once', 'COUNT', 10_000, 1, 1_000_000),
  drainSeconds: integer('Time to answer what was accepted when told to stop', 'S', 10, 0, 600),
  drainDelaySeconds: integer(
    'Time to go on taking requests when told to stop, not ready, for balancers to look away',
    'S',
    0,
    0,
    600,
  ),
  logLevel: oneOf('Least serious lines to log', 'LEVEL', LOG_LEVELS, 'info'),
  logForm: oneOf(
    'How to log; auto: text on a terminal, else json',
    'FORM',
    ['auto', 'text', 'json'],
    'auto',
  ),
  indexMegabytes: integer(
    'Memory for the index of open hours; beyond it new hours rely on the file alone',
    'MB',
    1_024,
    1,
    1_048_576,
  ),
  postgresConnections: integer(
    'Connections to PostgreSQL that hold usage; a few more read and look after the catalog',
    'COUNT',
    POSTGRES_BOUNDS.connectionsMax,
    1,
    1_000,
  ),
  postgresStatementMs: integer(
    'What PostgreSQL may take for a statement',
    'MS',
    POSTGRES_BOUNDS.statementMsMax,
    100,
    600_000,
  ),
  postgresConnectMs: integer(
    'What a connection to PostgreSQL may take',
    'MS',
    POSTGRES_BOUNDS.connectMsMax,
    100,
    60_000,
  ),
  postgresRetryMs: integer(
    'How long PostgreSQL is tried again before usage is answered as unprocessed',
    'MS',
    POSTGRES_BOUNDS.retryMsMax,
    0,
    25_000,
  ),
  refusalsMax: integer(
    'Refused records kept for each seller; of each other account that signs for its products, a hundredth',
    'COUNT',
    100_000,
    1,
    100_000_000,
  ),
  refusalsDays: integer('Days that refused records are kept', 'DAYS', 30, 1, 3_650),
  bodies: text(
    'Folder where every request and its answer are kept whole, as JSON Lines; registration tokens are masked',
    'DIR',
    '',
  ),
  bodiesMegabytes: integer('Size of that folder, the oldest go', 'MB', 1_024, 16, 1_048_576),
  bodiesDays: integer('Days that they are kept', 'DAYS', 7, 1, 3_650),
  metricsOpen: flag('Let GET /metrics on the admin port through without a token'),
  webhooksPrivate: flag(
    'Let webhooks be at private and loopback addresses, and not at public ones alone',
  ),
} as const

export type SettingName = keyof typeof SERVE_SETTINGS
export type ServeValues = {
  readonly [Name in SettingName]: (typeof SERVE_SETTINGS)[Name]['fallback']
}

export const SETTING_NAMES = Object.keys(SERVE_SETTINGS) as readonly SettingName[]

export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

export function variableOf(name: string): string {
  return `MARKETMETER_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

type ServeOptionSpecs = {
  readonly [Name in SettingName]: (typeof SERVE_SETTINGS)[Name]['fallback'] extends boolean
    ? { readonly type: 'boolean'; readonly about: string }
    : { readonly type: 'string'; readonly value: string; readonly about: string }
}

/** As the command line wants them. Values are text, so that all that is wrong is told together. */
export const SERVE_OPTIONS = Object.fromEntries(
  SETTING_NAMES.map((name): [string, OptionSpec] => {
    const setting: Setting<unknown> = SERVE_SETTINGS[name]
    const about = `${setting.about} (${fallbackOf(setting)})`
    if (setting.value === undefined) return [name, { type: 'boolean', about: setting.about }]
    return [name, { type: 'string', value: setting.value, about }]
  }),
) as ServeOptionSpecs

function fallbackOf({ fallback }: Setting<unknown>): string {
  return fallback === '' ? 'default: none' : `default ${String(fallback)}`
}

function text(
  about: string,
  value: string,
  fallback: string,
  isValid: (text: string) => boolean = (given) => given !== '',
  expected = 'a text that is not empty',
): Setting<string> & { readonly value: string } {
  const read = (given: string): Reading<string> =>
    isValid(given) ? { ok: true, value: given } : { ok: false, problem: `expected ${expected}` }
  return { about, value, fallback, read }
}

/** Its text may hold a password. */
function ledger(about: string, value: string): Setting<string> & { readonly value: string } {
  const read = (given: string): Reading<string> => {
    const reading = readLedger(given)
    return reading.ok ? { ok: true, value: given } : reading
  }
  return { about, value, fallback: '', isSecret: true, read }
}

function integer(
  about: string,
  value: string,
  fallback: number,
  min: number,
  max: number,
): Setting<number> & { readonly value: string } {
  return {
    about,
    value,
    fallback,
    read(given) {
      const number = Number(given)
      const isValid = /^\d{1,15}$/.test(given) && number >= min && number <= max
      if (isValid) return { ok: true, value: number }
      return { ok: false, problem: `expected a whole number from ${min} to ${max}` }
    },
  }
}

function oneOf<const Choice extends string>(
  about: string,
  value: string,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
): Setting<Choice> & { readonly value: string } {
  return {
    about: `${about}: ${choices.join(', ')}`,
    value,
    fallback,
    read(given) {
      const choice = choices.find((one) => one === given)
      if (choice !== undefined) return { ok: true, value: choice }
      return { ok: false, problem: `expected one of ${choices.join(', ')}` }
    },
  }
}

function flag(about: string): Setting<boolean> {
  return {
    about,
    fallback: false,
    read(given) {
      if (given === 'true' || given === 'false') return { ok: true, value: given === 'true' }
      return { ok: false, problem: 'expected true or false' }
    },
  }
}

function list(
  about: string,
  value: string,
  fallback: readonly string[],
): Setting<readonly string[]> & { readonly value: string } {
  return {
    about,
    value,
    fallback,
    read(given) {
      const regions = [...new Set(given.split(',').map((one) => one.trim()))]
      if (regions.every((one) => parseRegion(one) !== undefined))
        return { ok: true, value: regions }
      return { ok: false, problem: 'expected Regions such as us-east-1, apart by commas' }
    },
  }
}

function isHost(given: string): boolean {
  return isIP(given) !== 0 || HOST_NAME.test(given)
}

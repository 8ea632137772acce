/**
 * The log: one JSON object a line on stderr, or one readable line where a person watches.
 *
 * Never waits   Lines leave in the background; when stderr does not take them, lines are dropped beyond a bound.
 *               What is still here when the process ends in its own way is written then.
 * No secrets    Nothing hands this module a secret. Redaction by name is the second net.
 * Checked by    log.test.ts
 */
import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from 'pino'
import { LedgerRefused } from '../store/refused.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'isLevelEnabled'>

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface LogSettings {
  readonly level: LogLevel
  /** `text` for people, `json` for machines. */
  readonly form: 'text' | 'json'
}

/** How much may wait to be written, in characters; more is dropped. */
const WAITING_MAX = 4 * 1_048_576
const STDERR = 2

const SECRET_NAMES = [
  'authorization',
  'secret',
  'secretAccessKey',
  'sessionToken',
  'sessionTokenHash',
  'masterKey',
  'password',
  'token',
  'adminToken',
  'hash',
]

/** @param out Where lines go; stderr unless a test listens. */
export function createLog({ level, form }: LogSettings, out: DestinationStream = stderr()): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorFacts },
    redact: {
      paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[hidden]',
    },
  }
  return pino(options, form === 'json' ? out : { write: (line) => out.write(asText(line)) })
}

function stderr(): DestinationStream {
  return pino.destination({ dest: STDERR, sync: false, maxLength: WAITING_MAX })
}

/** A store's refusal is a sentence that says what to do; only what nobody foresaw has a cause, and needs its stack. */
function errorFacts(error: unknown): unknown {
  const isForeseen = error instanceof LedgerRefused && error.cause === undefined
  if (isForeseen) return { type: error.name, message: error.message }
  return error instanceof Error ? stdSerializers.err(error) : error
}

/** `16:07:01.123 warn  the sentence  name=value`, then a stack where there is one. */
function asText(line: string): string {
  const { time, level, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const facts = Object.entries(rest).map(([name, value]) => `  ${name}=${shown(value)}`)
  const head = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${shown(msg ?? '')}${reasonOf(err)}`
  return `${head}${facts.join('')}\n${stackOf(err)}`
}

function reasonOf(err: unknown): string {
  if (typeof err !== 'object' || err === null || 'stack' in err || !('message' in err)) return ''
  return `: ${printable(String(err.message))}`
}

function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null || !('stack' in err)) return ''
  // Text of strangers may stand in a message; a terminal must not obey it.
  return `${String(err.stack).split('\n').map(printable).join('\n')}\n`
}

function shown(value: unknown): string {
  return typeof value === 'string' ? printable(value) : JSON.stringify(value)
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, escaped)
}

function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Starts the demo as a program of its own, as `npm start -- --json` would, and says how to reach it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type Bindings, parseBindings } from './bindings.ts'

const ROOT = path.join(import.meta.dirname, '..')
const NAMES = path.join(import.meta.dirname, 'bindings', 'demo.json')

/** The part of the demo's line that is needed here. */
interface DemoLine {
  readonly endpoint: string
  readonly adminEndpoint: string
  readonly adminToken: string
  readonly region: string
  readonly profile: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const MEMBERS = [
  'endpoint',
  'adminEndpoint',
  'adminToken',
  'region',
  'profile',
  'accessKeyId',
  'secretAccessKey',
] as const satisfies readonly (keyof DemoLine)[]

export interface Demo {
  readonly endpoint: URL
  readonly bindings: Bindings
  stop(): Promise<void>
}

/** @throws if the demo does not come up; what it says itself goes to stderr. */
export async function startDemo(profile: string): Promise<Demo> {
  const names = await readFile(NAMES, 'utf8')
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      ...['src/cli/main.ts', 'demo', '--json', '--in-memory', '--port', '0', '--profile', profile],
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    const line = demoLine(await firstLine(child))
    return {
      endpoint: new URL(line.endpoint),
      bindings: bindingsOf(line, names),
      stop: () => stop(child),
    }
  } catch (error) {
    await stop(child)
    throw error
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) return ''
  for await (const line of createInterface({ input: stdout })) return line
  return ''
}

function demoLine(text: string): DemoLine {
  const value: unknown = text === '' ? undefined : JSON.parse(text)
  if (isDemoLine(value)) return value
  throw new TypeError(`The demo did not start: its first line was "${text}".`)
}

function isDemoLine(value: unknown): value is DemoLine {
  if (typeof value !== 'object' || value === null) return false
  const members = value as Readonly<Record<string, unknown>>
  return MEMBERS.every((name) => typeof members[name] === 'string')
}

function bindingsOf(line: DemoLine, names: string): Bindings {
  const { endpoint, region, profile, accessKeyId, secretAccessKey } = line
  const file = parseBindings(names)
  const keys = { ...file.keys, seller: { accessKeyId, secretAccessKey } }
  const admin = { ...file.admin, endpoint: line.adminEndpoint, token: line.adminToken }
  return parseBindings(JSON.stringify({ ...file, endpoint, region, profile, keys, admin }))
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

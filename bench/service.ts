/**
 * A real service as a child process: `marketmeter serve`, the same without its refusal log and metrics, or with whole bodies kept.
 *
 * Limits     What it says of memory, threads and CPU comes from /proc, so figures exist on Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const BARE = fileURLToPath(new URL('bare-service.ts', import.meta.url))
/** The kernel's unit of CPU time, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** A service that uses less than this share of a core has nothing to do: it begins again after a second. */
const IDLE_SHARE = 0.05
const IDLE_LOOK_MS = 2_500

export type BenchServiceKind = 'serve' | 'bare' | 'bodies'

export interface ProcessOptions {
  readonly cpuProfileFolder?: string | undefined
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>
  /** A program that runs it in the process that it was given itself, and its words: a tracer. */
  readonly under?: readonly string[]
  /** Collects what the service says; shown on our own stderr if absent. */
  readonly onTalk?: (text: string) => void
}

export interface StartOptions extends ProcessOptions {
  readonly kind?: BenchServiceKind
  /** More words for `serve`. */
  readonly flags?: readonly string[]
}

export interface BenchService {
  readonly host: string
  readonly port: number
  readonly adminEndpoint: string
  readonly child: ChildProcess
  readonly pid: number
  /** What it printed once it was ready. */
  readonly readyLine: string
  /** From the start of the process to its line that says it is ready. */
  readonly readySeconds: number
  /** The exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  residentMegabytes(): number
  cpuSeconds(): number
  /** Waits until it has no work left. @returns CPU seconds that it used meanwhile. */
  idle(): Promise<number>
  /** Files and sockets. */
  openFileCount(): number
  /** SIGTERM, and waits. */
  stop(): Promise<void>
}

/** A folder on the disk that holds temporary files; set TMPDIR to measure another. */
export function newDataFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'marketmeter-bench-'))
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(path, { recursive: true, force: true })
  }
  // Whoever breaks a run off leaves no gigabytes behind.
  process.once('exit', remove)
  return { path, remove }
}

/** The words after `node` that run a command of the one binary. */
export function commandWords(words: readonly string[]): readonly string[] {
  return ['--disable-warning=ExperimentalWarning', MAIN, ...words]
}

/** The words after `node` that start a service on a folder. */
export function serveWords(folder: string, flags: readonly string[] = []): readonly string[] {
  const words = ['serve', '--json', '--data', folder, '--port', '0', '--admin-port', '0']
  return commandWords([...words, ...flags])
}

/** @throws If the service ends before it is ready. */
export function startService(
  folder: string,
  { kind = 'serve', flags = [], ...options }: StartOptions = {},
): Promise<BenchService> {
  if (kind === 'bare') return startProcess([BARE, folder], options)
  const bodies = kind === 'bodies' ? ['--bodies', join(folder, 'bodies')] : []
  return startProcess(serveWords(folder, [...bodies, ...flags]), options)
}

/** @param words After `node`: of a command that prints a ready line. @throws If it ends before it is ready. */
export async function startProcess(
  words: readonly string[],
  { cpuProfileFolder, env = {}, under = [], onTalk }: ProcessOptions = {},
): Promise<BenchService> {
  const startMs = performance.now()
  const profiling =
    cpuProfileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfileFolder}`]
  const [program = '', ...rest] = [...under, process.execPath, ...profiling, ...words]
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', onTalk === undefined ? 'inherit' : 'pipe'],
  })
  if (onTalk !== undefined) child.stderr?.on('data', (chunk: Buffer) => onTalk(String(chunk)))
  killWithUs(child)
  const ready = await firstLine(child)
  return serviceOf(child, ready, (performance.now() - startMs) / 1_000)
}

/** A run that breaks off leaves no service behind. */
function killWithUs(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
}

function serviceOf(child: ChildProcess, ready: string, readySeconds: number): BenchService {
  const { endpoint, adminEndpoint } = JSON.parse(ready) as Record<
    'endpoint' | 'adminEndpoint',
    string
  >
  const { hostname, port } = new URL(endpoint)
  const pid = child.pid ?? 0
  const exited = exitOf(child)
  return {
    host: hostname,
    port: Number(port),
    adminEndpoint,
    child,
    pid,
    readyLine: ready,
    readySeconds,
    exited,
    residentMegabytes: () => residentMegabytes(pid),
    cpuSeconds: () => cpuSeconds(pid),
    idle: () => untilIdle(pid),
    openFileCount: () => readdirSync(`/proc/${pid}/fd`).length,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  if (child.exitCode !== null) return child.exitCode
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal ?? 'unknown'
}

/** @throws If there is none. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the service has no stdout')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the service ended before it was ready')
}

export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024
}

async function untilIdle(pid: number): Promise<number> {
  const before = cpuSeconds(pid)
  for (let last = before; ;) {
    await delay(IDLE_LOOK_MS)
    const now = cpuSeconds(pid)
    if (now - last < (IDLE_SHARE * IDLE_LOOK_MS) / 1_000) return now - before
    last = now
  }
}

/** Of all threads, in user and system mode. */
export function cpuSeconds(pid: number): number {
  // The second field, the program's name, may hold blanks; the ones after it are counted from its end.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

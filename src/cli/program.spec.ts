/** The program as a process of its own, for tests of what an operator sees: lines, exit codes, the end. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { after } from 'node:test'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

const MAIN = path.join(import.meta.dirname, 'main.ts')

export type Program = ChildProcessByStdio<null, Readable, Readable>

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Surroundings {
  /** All there is of the environment, but for PATH and what only the test runner wants. */
  readonly env?: Readonly<Record<string, string>>
  /** Flags for Node itself. */
  readonly node?: readonly string[]
}

/** What a test that failed left running would keep the test file alive. */
const started: Program[] = []
after(() => {
  for (const program of started) program.kill('SIGKILL')
})

export function startProgram(
  words: readonly string[],
  { env = {}, node = [] }: Surroundings = {},
): Program {
  const flags = ['--disable-warning=ExperimentalWarning', ...node]
  const program = spawn(process.execPath, [...flags, MAIN, ...words], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(program)
  return program
}

/** Waits for its end. */
export async function runToEnd(
  words: readonly string[],
  surroundings: Surroundings = {},
): Promise<Ended> {
  return endOf(startProgram(words, surroundings))
}

/** What it says from here on, and its exit code. */
export async function endOf(program: Program): Promise<Ended> {
  const [out, err] = await Promise.all([text(program.stdout), text(program.stderr)])
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit')
  return { code: program.exitCode, out, err }
}

/** @throws With what it said, if it ends without a line. */
export async function firstLineOf(program: Program): Promise<string> {
  const err = text(program.stderr)
  for await (const line of createInterface({ input: program.stdout })) return line
  throw new Error(`it ended before it was ready:\n${await err}`)
}

/** Runs other people's programs: with no AWS settings of this machine, and never for ever. */
import { spawn } from 'node:child_process'
import type { Command } from './toolchains.ts'

export interface Ended {
  /** Absent if the program could not be started at all. */
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Long enough for the slowest first build; what takes longer hangs. */
const RUN_MS_MAX = 600_000

/** Nobody's profile, keys or proxies for AWS may reach an SDK under test. */
function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(own),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    ...extra,
  }
}

export function run(command: Command, folder: string, input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command.program, command.arguments, {
      cwd: folder,
      env: environment(command.environment),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => stdout.push(piece))
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece))
    // Not spawn's own time limit: its timer outlives a program that could not be started.
    const limit = setTimeout(() => child.kill(), RUN_MS_MAX)
    const end = (exitCode: number | undefined, text = '') => {
      clearTimeout(limit)
      resolve({
        exitCode,
        stdout: Buffer.concat(stdout).toString('utf8'),
        stderr: Buffer.concat(stderr).toString('utf8') + text,
      })
    }
    child.on('error', (error) => {
      end(undefined, error.message)
    })
    child.on('close', (code) => {
      end(code ?? -1)
    })
    // A program that ends early closes its end; what it printed tells the rest.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

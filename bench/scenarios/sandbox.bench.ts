/**
 * Question: what does a sandbox cost a test, and how soon does the command answer?
 *
 * Method:   the package is packed by npm and unpacked into a project of its own. `in a test` is a process for each run, which makes a first
 *           sandbox and then thirty, each with ten calls of the AWS SDK and a reset. `command` starts `marketmeter sandbox
 *           --json --port 0` and sends one signed BatchMeterUsage as soon as its line is there.
 *           Each seed that ships has a process for each run and clock, which resets, takes a snapshot and restores it, thirty times each: medians.
 *           One run before the first measured one warms the page cache and the compile cache, as a second run of a user's finds
 *           them; `nothing compiled` has an empty compile cache each time, as after an installation.
 * Counts:   wall-clock time: of the first createSandbox with the import before it; the median of the thirty, from createSandbox to
 *           close; from spawning Node to the answer. Resident memory a second after that. Processor time moves less on a
 *           busy machine than wall-clock time does.
 * Leaves out: loading the AWS SDK, and npx, which takes some 300 ms itself.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- sandbox --runs 9
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { SEED_NAMES } from '../../src/sandbox/seeds/index.ts'
import { installInto, run } from '../../testing/packed/installing.ts'
import { type ReadyLine, sendOne } from '../first-request.ts'
import { acrossRuns, type Case, type Figure, type Scenario } from '../scenario.ts'
import { cpuSeconds, firstLine, residentMegabytes } from '../service.ts'

const PROJECT = path.join(import.meta.dirname, '../sandbox-project')
const SDK = '@aws-sdk/client-marketplace-metering'
const IDLE_MS = 1_000

const COMMAND_FIGURES = [
  { name: 'ready line', unit: 'ms' },
  { name: 'first answer', unit: 'ms', goal: { atMost: 300 } },
  { name: 'processor', unit: 'ms' },
  { name: 'resident', unit: 'MB', goal: { atMost: 80 } },
] as const satisfies readonly Omit<Figure, 'values'>[]

type Run = Readonly<Record<string, number>>

export const sandbox: Scenario = {
  name: 'sandbox',
  question: 'what does a sandbox cost a test, and how soon does the command answer?',
  async *run({ runs }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-bench-'))
    try {
      await cp(PROJECT, folder, { recursive: true })
      await installInto(folder, [SDK])
      yield await measure('in a test', runs, () => inTest(folder), [
        { name: 'first', unit: 'ms', goal: { atMost: 150 } },
        { name: 'processor of the first', unit: 'ms' },
        { name: 'later', unit: 'ms', goal: { atMost: 50 } },
        { name: 'slowest', unit: 'ms' },
      ])
      for (const seed of SEED_NAMES) {
        for (const clock of ['frozen', 'running']) {
          yield await measure(`${seed}, ${clock}`, runs, () => seeded(folder, seed, clock), [
            { name: 'reset', unit: 'ms', goal: { atMost: 50 } },
            { name: 'snapshot', unit: 'ms', goal: { atMost: 50 } },
            { name: 'restore', unit: 'ms', goal: { atMost: 50 } },
          ])
        }
      }
      const warm = path.join(folder, 'compile-cache')
      yield await measure('command', runs, () => command(folder, warm), COMMAND_FIGURES)
      let starts = 0
      const firstStart = () => command(folder, path.join(folder, `compile-cache-${starts++}`))
      yield await measure('command, nothing compiled', runs, firstStart, COMMAND_FIGURES)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measure(
  name: string,
  count: number,
  measured: () => Promise<Run>,
  kinds: readonly Omit<Figure, 'values'>[],
): Promise<Case> {
  await measured()
  const runs: Run[] = []
  for (let run = 0; run < count; run++) runs.push(await measured())
  return { name, figures: acrossRuns(runs, kinds) }
}

async function inTest(folder: string): Promise<Run> {
  return JSON.parse(await run(process.execPath, ['measure.js'], folder)) as Run
}

async function seeded(folder: string, seed: string, clock: string): Promise<Run> {
  return JSON.parse(await run(process.execPath, ['measure-seed.js', seed, clock], folder)) as Run
}

/** @param compiled The folder of the compile cache. */
async function command(folder: string, compiled: string): Promise<Run> {
  const startMs = performance.now()
  const program = path.join(folder, 'node_modules/.bin/marketmeter')
  const child = spawn(process.execPath, [program, 'sandbox', '--json', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { NODE_COMPILE_CACHE: compiled },
  })
  try {
    const ready = JSON.parse(await firstLine(child)) as ReadyLine
    const readyMs = performance.now()
    await sendOne(ready)
    const answeredMs = performance.now()
    const processor = cpuSeconds(child.pid ?? 0) * 1_000
    await delay(IDLE_MS)
    return {
      'ready line': readyMs - startMs,
      'first answer': answeredMs - startMs,
      processor,
      resident: residentMegabytes(child.pid ?? 0),
    }
  } finally {
    await end(child)
  }
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

/**
 * Question: how long from `npm start` to the first answered signed request, and how much memory by then?
 *
 * Method:   `npm start -- --json --port 0 --data DIR` on this checkout, all installed; its first line names endpoint and
 *           keys; one BatchMeterUsage of one record is sent at once. `empty` is a new folder, made and seeded by the
 *           start; `100,000 open records` is one that a start had made before, filled through the store.
 *           One start before the first measured one warms the compile cache, as a user's second start finds it.
 * Counts:   wall-clock time from spawning npm; resident memory of the service when the answer is there, npm's own left out.
 * Leaves out: the install, which happens once.
 * Compare:  only with a run on the same machine, the same day. npm itself takes about half of it.
 *
 * Run:      npm run bench -- start --runs 5
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fillLedger } from '../fill.ts'
import { type ReadyLine, sendOne } from '../first-request.ts'
import { acrossRuns, type Case, type Scenario } from '../scenario.ts'
import { firstLine, newDataFolder, residentMegabytes } from '../service.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))
const SECONDS_MAX = 1
const MEGABYTES_MAX = 150
const OPEN_RECORDS = { size: { buyers: 10_000, dimensions: 10 }, hours: 1, mark: 'demo' } as const

export const start: Scenario = {
  name: 'start',
  question: 'how long from `npm start` to the first answered signed request?',
  async *run({ runs }) {
    await oneStart(() => Promise.resolve())
    yield measure('empty', runs, () => Promise.resolve())
    yield measure('100,000 open records', runs, async (folder) => {
      await firstStart(folder)
      await fillLedger(folder, OPEN_RECORDS)
    })
  },
}

async function measure(
  name: string,
  count: number,
  prepare: (folder: string) => Promise<void>,
): Promise<Case> {
  const runs: Record<string, number>[] = []
  for (let run = 0; run < count; run++) runs.push(await oneStart(prepare))
  return {
    name,
    figures: acrossRuns(runs, [
      { name: 'ready line', unit: 's' },
      { name: 'first answer', unit: 's', goal: { atMost: SECONDS_MAX } },
      { name: 'resident', unit: 'MB', goal: { atMost: MEGABYTES_MAX } },
    ]),
  }
}

async function oneStart(
  prepare: (folder: string) => Promise<void>,
): Promise<Record<string, number>> {
  const folder = newDataFolder()
  try {
    await prepare(folder.path)
    return await firstStart(folder.path)
  } finally {
    folder.remove()
  }
}

async function firstStart(folder: string): Promise<Record<string, number>> {
  const startMs = performance.now()
  const npm = spawn('npm', ['start', '--', '--json', '--port', '0', '--data', folder], {
    cwd: CHECKOUT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const ready = JSON.parse(await firstLine(npm)) as ReadyLine
    const readyMs = performance.now()
    await sendOne(ready)
    return {
      'ready line': (readyMs - startMs) / 1_000,
      'first answer': (performance.now() - startMs) / 1_000,
      resident: residentMegabytes(serviceUnder(npm)),
    }
  } finally {
    npm.kill('SIGTERM')
    if (npm.exitCode === null) await once(npm, 'exit')
  }
}

/** npm's one child, which became the service. */
function serviceUnder({ pid = 0 }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

/**
 * Question: how soon does a service with 6,000,000 open records take usage again, and what does an open key cost?
 *
 * Method:   1,000,000 keys an hour for six hours are put through the store, in random order. Then `marketmeter serve`
 *           starts on the folder, with a catalog of 100,000 buyers, and again on one with that catalog and no records.
 * Counts:   from spawning the process to its ready line, which comes when the port is open; resident bytes a key are the
 *           difference between both services' memory, so the series that are loaded at first touch are not in it yet.
 * Leaves out: a cold page cache: the file was written just before.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- restart --runs 3
 */
import { onBed } from '../bed.ts'
import { fillLedger } from '../fill.ts'
import { acrossRuns, type Scenario, type Settings } from '../scenario.ts'
import { MILLION } from './closed.bench.ts'

const HOURS = 6
const OPEN_RECORDS = HOURS * MILLION.buyers * MILLION.dimensions
const READY_SECONDS_MAX = 6

export const restart: Scenario = {
  name: 'restart',
  question: 'how soon is a service with 6,000,000 open records ready again?',
  async *run(settings) {
    const runs: Record<string, number>[] = []
    for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(settings))
    yield {
      name: '6,000,000 open records',
      figures: acrossRuns(runs, [
        { name: 'ready without records', unit: 's' },
        { name: 'ready', unit: 's', goal: { atMost: READY_SECONDS_MAX } },
        { name: 'resident', unit: 'MB' },
        { name: 'resident a key', unit: 'bytes' },
      ]),
    }
  },
}

async function oneRun({ cpuProfileFolder }: Settings): Promise<Record<string, number>> {
  const options = { space: MILLION, cpuProfileFolder }
  const without = await onBed(options, async ({ service }) => ({
    seconds: service.readySeconds,
    megabytes: service.residentMegabytes(),
  }))
  const before = (folder: string) =>
    fillLedger(folder, { size: MILLION, hours: HOURS, mark: 'production' })
  return onBed({ ...options, before }, async ({ service }) => ({
    'ready without records': without.seconds,
    ready: service.readySeconds,
    resident: service.residentMegabytes(),
    'resident a key':
      ((service.residentMegabytes() - without.megabytes) * 1_048_576) / OPEN_RECORDS,
  }))
}

/**
 * Question: how long does an answer take at an offered 40,000 usage records a second, and how long while a reader
 *           exports the whole ledger?
 *
 * Method:   1,600 requests of 25 records come due each second, over 64 connections, whatever the service does. First a
 *           closed loop fills one hour with 1,000,000 records, so the series are known and the export has
 *           something to read; the service is left alone until the work that this leaves is done. After
 *           a second that does not count, the same rate twice: alone, and beside `marketmeter records --json` in a process of its own, started again as often as it ends.
 * Counts:   latency from the instant at which a request was due, waiting for a free connection included. Timers
 *           have a grain of 1 ms, which counts against the service.
 * Leaves out: TLS, a network and a second machine: service, generator and export share these cores.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- open --seconds 10 --runs 3
 */
import { callerOf, onBed } from '../bed.ts'
import { percentile } from '../load.ts'
import { repeatCommand } from '../repeat-command.ts'
import { requestsPerHour } from '../requests.ts'
import { acrossRuns, type Figure, type Scenario, type Settings } from '../scenario.ts'
import { MILLION } from './closed.bench.ts'

const REQUESTS_PER_SECOND = 1_600
const CONNECTIONS = 64
const P99_MS_MAX = 20

const PERCENTILES: Omit<Figure, 'values'>[] = [
  { name: 'p50', unit: 'ms' },
  { name: 'p99', unit: 'ms', goal: { atMost: P99_MS_MAX } },
  { name: 'p99.9', unit: 'ms' },
]

interface Run {
  readonly alone: Record<string, number>
  readonly exporting: Record<string, number>
}

export const open: Scenario = {
  name: 'open',
  question: 'how long does an answer take at 40,000 records/s, alone and during an export?',
  async *run(settings) {
    const runs: Run[] = []
    for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(settings))
    const alone = acrossRuns(
      runs.map((run) => run.alone),
      PERCENTILES,
    )
    yield { name: 'alone', figures: alone }
    yield { name: 'during an export', figures: figuresDuringExport(runs) }
  },
}

function figuresDuringExport(runs: readonly Run[]): readonly Figure[] {
  const kinds = PERCENTILES.map((kind) =>
    kind.name === 'p99' ? { ...kind, goal: { atMost: 2 * P99_MS_MAX } } : kind,
  )
  return acrossRuns(
    runs.map(({ alone, exporting }) => ({
      ...exporting,
      'p99 of alone': ratio(exporting, alone, 'p99'),
    })),
    [...kinds, { name: 'p99 of alone', unit: 'times' }, { name: 'exported', unit: 'records/s' }],
  )
}

function ratio(
  over: Record<string, number>,
  under: Record<string, number>,
  figure: string,
): number {
  return (over[figure] ?? NaN) / (under[figure] ?? NaN)
}

function oneRun({ seconds, cpuProfileFolder }: Settings): Promise<Run> {
  return onBed({ space: MILLION, cpuProfileFolder }, async (bed) => {
    const generator = bed.generator(CONNECTIONS)
    const count = seconds * REQUESTS_PER_SECOND
    const fill = requestsPerHour(MILLION)
    const total = fill + REQUESTS_PER_SECOND + 2 * count
    await generator.sign(callerOf(bed, 0), MILLION, { from: 0, count: total })
    await generator.closed(fill)
    await bed.service.idle()
    await generator.open(REQUESTS_PER_SECOND, REQUESTS_PER_SECOND)
    const alone = await generator.open(count, REQUESTS_PER_SECOND)
    const startMs = performance.now()
    const exporting = repeatCommand(['records', '--json', '--data', bed.folder])
    const during = await generator.open(count, REQUESTS_PER_SECOND)
    const lines = await exporting.stop()
    const exported = lines / ((performance.now() - startMs) / 1_000)
    return {
      alone: percentilesOf(alone.latenciesMs),
      exporting: { ...percentilesOf(during.latenciesMs), exported },
    }
  })
}

function percentilesOf(latenciesMs: Float64Array): Record<string, number> {
  return {
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
    'p99.9': percentile(latenciesMs, 0.999),
  }
}

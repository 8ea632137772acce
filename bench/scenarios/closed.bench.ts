/**
 * Question: how many usage records a second does one `marketmeter serve` take and make durable?
 *
 * Method:   64 connections each send BatchMeterUsage with 25 records and wait for the answer. Requests are distinct
 *           and signed before; keys come in random order. The generator is a process of its own. `million` has 1,000,000 keys
 *           an hour (100,000 buyers, 10 dimensions), `hundred thousand` has 10,000 buyers. The first hour is
 *           all new series and is shown by itself, with the work that it leaves for later; when that is done, the hours that
 *           follow are measured, as in a service that has run for longer than an hour. The goal is for them. `without` repeats both with an observer that does nothing: what an audit needs by
 *           default costs the difference. `with bodies` keeps every request and answer whole, which is off by default.
 * Counts:   records answered Success, over wall-clock time; each answer follows a sync. Any other answer fails the run.
 *           CPU seconds are the service's own, all threads: less noisy than time on a shared machine.
 * Leaves out: TLS, a network and a second machine. Client and service share these cores.
 * Compare:  only with a run on the same machine, the same day. AWS's quota is 250 records/s.
 *
 * Run:      npm run bench -- closed --seconds 10 --runs 3
 */
import { callerOf, onBed } from '../bed.ts'
import { type LoadResult, percentile } from '../load.ts'
import { type KeySpace, requestsAvailable, requestsPerHour } from '../requests.ts'
import { acrossRuns, type Case, type Figure, type Scenario, type Settings } from '../scenario.ts'
import type { BenchService, BenchServiceKind } from '../service.ts'

const CONNECTIONS = 64
const RECORDS_PER_REQUEST = 25
/** More than any run here needs, so that time ends a run and not the lack of requests. */
const REQUESTS_PER_SECOND_MAX = 8_000
export const MILLION: KeySpace = {
  buyers: 100_000,
  dimensions: 10,
  recordsPerRequest: RECORDS_PER_REQUEST,
}
const HUNDRED_THOUSAND: KeySpace = { ...MILLION, buyers: 10_000 }

interface Configuration {
  readonly name: string
  readonly space: KeySpace
  readonly kind: BenchServiceKind
  readonly recordsPerSecondGoal?: number
}

const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'million', space: MILLION, kind: 'serve', recordsPerSecondGoal: 60_000 },
  { name: 'million, without', space: MILLION, kind: 'bare' },
  { name: 'million, with bodies', space: MILLION, kind: 'bodies' },
  {
    name: 'hundred thousand',
    space: HUNDRED_THOUSAND,
    kind: 'serve',
    recordsPerSecondGoal: 100_000,
  },
  { name: 'hundred thousand, without', space: HUNDRED_THOUSAND, kind: 'bare' },
]

export const closed: Scenario = {
  name: 'closed',
  question: 'how many usage records a second does one service take and make durable?',
  async *run(settings) {
    for (const configuration of CONFIGURATIONS) {
      if (configuration.name.includes(settings.only ?? '')) yield measure(configuration, settings)
    }
  },
}

async function measure(configuration: Configuration, settings: Settings): Promise<Case> {
  const runs: Record<string, number>[] = []
  for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(configuration, settings))
  return {
    name: configuration.name,
    figures: acrossRuns(runs, figuresWanted(configuration)),
  }
}

function figuresWanted({ recordsPerSecondGoal: goal }: Configuration): Omit<Figure, 'values'>[] {
  return [
    { name: 'first hour', unit: 'records/s' },
    { name: 'work left by the first hour', unit: 's' },
    {
      name: 'later hours',
      unit: 'records/s',
      ...(goal !== undefined && { goal: { atLeast: goal } }),
    },
    { name: 'p50', unit: 'ms' },
    { name: 'p99', unit: 'ms' },
    { name: 'CPU of the service', unit: 'µs a record' },
    { name: 'resident', unit: 'MB' },
  ]
}

function oneRun(
  { space, kind }: Configuration,
  { seconds, cpuProfileFolder }: Settings,
): Promise<Record<string, number>> {
  return onBed({ space, kind, cpuProfileFolder }, async (bed) => {
    const generator = bed.generator(CONNECTIONS)
    const first = requestsPerHour(space)
    const later = Math.min(requestsAvailable(space) - first, seconds * REQUESTS_PER_SECOND_MAX)
    await generator.sign(callerOf(bed, 0), space, { from: 0, count: first + later })
    const cold = await generator.closed(first)
    const leftSeconds = await bed.service.idle()
    const cpuBefore = bed.service.cpuSeconds()
    const warm = await generator.closed(later, seconds)
    const cpuSeconds = bed.service.cpuSeconds() - cpuBefore
    const figures = figuresOf(bed.service, cold, warm, cpuSeconds)
    return { ...figures, 'work left by the first hour': leftSeconds }
  })
}

function figuresOf(
  service: BenchService,
  cold: LoadResult,
  warm: LoadResult,
  cpuSeconds: number,
): Record<string, number> {
  return {
    'first hour': recordsPerSecond(cold),
    'later hours': recordsPerSecond(warm),
    p50: percentile(warm.latenciesMs, 0.5),
    p99: percentile(warm.latenciesMs, 0.99),
    'CPU of the service': (cpuSeconds * 1e6) / (warm.requests * RECORDS_PER_REQUEST),
    resident: service.residentMegabytes(),
  }
}

function recordsPerSecond({ requests, seconds }: LoadResult): number {
  return (requests * RECORDS_PER_REQUEST) / seconds
}

/**
 * Question: does a seller who sends little notice another who floods the service?
 *
 * Method:   Two sellers with a product each. One floods: 64 connections in a closed loop, 25 records a request. The other
 *           sends 20 requests a second of 25 records, over 8 connections, from a process of its own: alone, then beside a flood
 *           whose every record is a new series, as on a product's first day, and then beside one of known series.
 * Counts:   the quiet seller's latency, from the instant at which each request was due.
 * Leaves out: TLS, a network and a second machine. At 20 a second a run of 15 s has 300 requests, so p99 is
 *           the fourth slowest.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- fair --seconds 15 --runs 3
 */
import { callerOf, onBed } from '../bed.ts'
import { type LoadResult, percentile } from '../load.ts'
import { type KeySpace, requestsPerHour } from '../requests.ts'
import { acrossRuns, type Scenario, type Settings } from '../scenario.ts'
import { MILLION } from './closed.bench.ts'

const SPACE: KeySpace = MILLION
const FLOOD_CONNECTIONS = 64
const QUIET_CONNECTIONS = 8
const QUIET_PER_SECOND = 20
const FLOOD_PER_SECOND_MAX = 5_000
const P99_MS_MAX = 50

interface Beside {
  readonly quiet: LoadResult
  readonly flood: LoadResult
}

export const fair: Scenario = {
  name: 'fair',
  question: 'does a seller who sends little notice another who floods the service?',
  async *run(settings) {
    const runs: Record<string, number>[] = []
    for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(settings))
    const goal = { atMost: P99_MS_MAX }
    yield {
      name: 'a quiet seller',
      figures: acrossRuns(runs, [
        { name: 'alone, p99', unit: 'ms' },
        { name: 'flood of new series, p50', unit: 'ms' },
        { name: 'flood of new series, p99', unit: 'ms', goal },
        { name: 'flood of new series', unit: 'records/s' },
        { name: 'flood of known series, p50', unit: 'ms' },
        { name: 'flood of known series, p99', unit: 'ms', goal },
        { name: 'flood of known series', unit: 'records/s' },
      ]),
    }
  },
}

function oneRun({ seconds, cpuProfileFolder }: Settings): Promise<Record<string, number>> {
  return onBed({ space: SPACE, sellers: 2, cpuProfileFolder }, async (bed) => {
    const quiet = bed.generator(QUIET_CONNECTIONS)
    const flood = bed.generator(FLOOD_CONNECTIONS)
    const count = seconds * QUIET_PER_SECOND
    const firstHour = requestsPerHour(SPACE)
    const later = seconds * FLOOD_PER_SECOND_MAX
    await quiet.sign(callerOf(bed, 1), SPACE, { from: 0, count: 3 * count })
    await flood.sign(callerOf(bed, 0), SPACE, { from: 0, count: firstHour + later })
    const beside = async (requests: number): Promise<Beside> => {
      const flooding = flood.closed(requests, seconds)
      const sent = await quiet.open(count, QUIET_PER_SECOND)
      return { quiet: sent, flood: await flooding }
    }
    const alone = await quiet.open(count, QUIET_PER_SECOND)
    const fresh = await beside(firstHour)
    await flood.closed(firstHour - fresh.flood.requests)
    await bed.service.idle()
    const known = await beside(later)
    return {
      'alone, p99': percentile(alone.latenciesMs, 0.99),
      ...figuresOf('flood of new series', fresh),
      ...figuresOf('flood of known series', known),
    }
  })
}

function figuresOf(name: string, { quiet, flood }: Beside): Record<string, number> {
  return {
    [`${name}, p50`]: percentile(quiet.latenciesMs, 0.5),
    [`${name}, p99`]: percentile(quiet.latenciesMs, 0.99),
    [name]: (flood.requests * SPACE.recordsPerRequest) / flood.seconds,
  }
}

/**
 * Question: does a seller who sends little notice another who floods the service?
 *
 * Method:   Two sellers with a product each. One floods: 64 connections in a closed loop, 25 records a request.
 *           The other sends 20 requests a second of 25 records, over 8 connections, from a process of its own. First it
 *           is measured with nobody else there.
 * Counts:   the quiet seller's latency, from the instant at which each request was due.
 * Leaves out: TLS, a network and a second machine. At 20 a second a run of 20 s has 400 requests, so p99 is
 *           the fifth slowest.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- fair --seconds 20 --runs 3
 */
import { callerOf, onBed } from '../bed.ts'
import { percentile } from '../load.ts'
import type { KeySpace } from '../requests.ts'
import { acrossRuns, type Scenario, type Settings } from '../scenario.ts'

const SPACE: KeySpace = { buyers: 50_000, dimensions: 10, recordsPerRequest: 25 }
const FLOOD_CONNECTIONS = 64
const QUIET_CONNECTIONS = 8
const QUIET_PER_SECOND = 20
const FLOOD_PER_SECOND_MAX = 5_000
const P99_MS_MAX = 50

export const fair: Scenario = {
  name: 'fair',
  question: 'does a seller who sends little notice another who floods the service?',
  async *run(settings) {
    const runs: Record<string, number>[] = []
    for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(settings))
    yield {
      name: 'a quiet seller beside a flood',
      figures: acrossRuns(runs, [
        { name: 'p99 alone', unit: 'ms' },
        { name: 'p50', unit: 'ms' },
        { name: 'p99', unit: 'ms', goal: { atMost: P99_MS_MAX } },
        { name: 'the flood', unit: 'records/s' },
      ]),
    }
  },
}

function oneRun({ seconds, cpuProfileFolder }: Settings): Promise<Record<string, number>> {
  return onBed({ space: SPACE, sellers: 2, cpuProfileFolder }, async (bed) => {
    const quiet = bed.generator(QUIET_CONNECTIONS)
    const flood = bed.generator(FLOOD_CONNECTIONS)
    const count = seconds * QUIET_PER_SECOND
    const flooding = seconds * FLOOD_PER_SECOND_MAX
    await quiet.sign(callerOf(bed, 1), SPACE, { from: 0, count: 2 * count })
    await flood.sign(callerOf(bed, 0), SPACE, { from: 0, count: flooding })
    const alone = await quiet.open(count, QUIET_PER_SECOND)
    const [flooded, beside] = await Promise.all([
      flood.closed(flooding, seconds),
      quiet.open(count, QUIET_PER_SECOND),
    ])
    return {
      'p99 alone': percentile(alone.latenciesMs, 0.99),
      p50: percentile(beside.latenciesMs, 0.5),
      p99: percentile(beside.latenciesMs, 0.99),
      'the flood': (flooded.requests * SPACE.recordsPerRequest) / flooded.seconds,
    }
  })
}

/**
 * Question: do 50,000 bad requests leave anything behind in the service?
 *
 * Method:   Bad requests of seven kinds in turn, over 16 connections that are opened anew when the service closes them: wrong
 *           signatures, unknown keys, JSON that ends early, unknown targets, bytes that are no HTTP, connections
 *           that break off in mid-body, and signed requests with a bad record. After 10,000 of them memory and
 *           open files are noted, then after 50,000 more.
 * Counts:   resident memory and open files of the service, before and after; answers by status. A 500 fails the run.
 * Leaves out: anything slower than minutes. Memory goes up and down by the collector's will, so look at both figures.
 * Compare:  the two rows of one run.
 *
 * Run:      npm run bench -- refused --runs 1
 */
import { callerOf, onBed } from '../bed.ts'
import { BAD_REQUEST_KINDS, badRequests, sendBadRequests } from '../bad-requests.ts'
import type { KeySpace } from '../requests.ts'
import { acrossRuns, type Scenario } from '../scenario.ts'

const SPACE: KeySpace = { buyers: 100, dimensions: 10, recordsPerRequest: 25 }
const BEFORE = 10_000
const MEASURED = 50_000
const CONNECTIONS = 16

export const refused: Scenario = {
  name: 'refused',
  question: 'do 50,000 bad requests leave anything behind in the service?',
  async *run({ runs }) {
    const results: Record<string, number>[] = []
    for (let run = 0; run < runs; run++) results.push(await oneRun())
    yield {
      name: `${MEASURED} bad requests of ${BAD_REQUEST_KINDS} kinds`,
      figures: acrossRuns(results, [
        { name: 'resident before', unit: 'MB' },
        { name: 'resident after', unit: 'MB' },
        { name: 'open files before', unit: '' },
        { name: 'open files after', unit: '' },
        { name: 'answered 4xx', unit: '' },
        { name: 'closed without an answer', unit: '' },
      ]),
    }
  },
}

function oneRun(): Promise<Record<string, number>> {
  return onBed({ space: SPACE, onTalk: () => undefined }, async (bed) => {
    const { host, port } = bed.service
    const requests = badRequests(callerOf(bed, 0), `${host}:${port}`)
    const send = (count: number) =>
      sendBadRequests({ host, port, connections: CONNECTIONS }, requests, count)
    await send(BEFORE)
    const before = [bed.service.residentMegabytes(), bed.service.openFileCount()]
    const { answered, unanswered } = await send(MEASURED)
    return {
      'resident before': before[0] ?? NaN,
      'resident after': bed.service.residentMegabytes(),
      'open files before': before[1] ?? NaN,
      'open files after': bed.service.openFileCount(),
      'answered 4xx': answered,
      'closed without an answer': unanswered,
    }
  })
}

/** The load generator's process: it signs first, is told to run, and sends its figures back. See generator-process.ts. */
import { closedLoop, type LoadResult, openLoop, type Target } from './load.ts'
import { type Caller, type KeySpace, signedRequests, type Stretch } from './requests.ts'

export type Job =
  | {
      readonly kind: 'sign'
      readonly caller: Caller
      readonly space: KeySpace
      readonly host: string
      readonly stretch: Stretch
    }
  | {
      readonly kind: 'closed'
      readonly target: Target
      readonly count: number
      readonly secondsMax: number
    }
  | {
      readonly kind: 'open'
      readonly target: Target
      readonly count: number
      readonly perSecond: number
    }

export type Done =
  | { readonly kind: 'signed' }
  | { readonly kind: 'ran'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly problem: string }

/** Signed and not yet sent, in order. */
const requests: Buffer[] = []

async function run(job: Job): Promise<Done> {
  if (job.kind === 'sign') {
    for (const request of signedRequests(job.caller, job.space, job.host, job.stretch)) {
      requests.push(request)
    }
    return { kind: 'signed' }
  }
  const stretch = requests.slice(0, job.count)
  const result =
    job.kind === 'closed'
      ? await closedLoop(job.target, stretch, job.secondsMax)
      : await openLoop(job.target, stretch, job.perSecond)
  // Time may have ended the run before all were sent.
  requests.splice(0, result.requests)
  return { kind: 'ran', result }
}

function report(done: Done): void {
  process.send?.(done)
}

process.on('message', (job: Job) => {
  run(job).then(report, (error: unknown) => report({ kind: 'failed', problem: String(error) }))
})
// The bench is gone, however it ended.
process.once('disconnect', () => process.exit())

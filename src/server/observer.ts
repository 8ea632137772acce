/**
 * Everything that happens, told to the log, the metrics and the refusal log.
 *
 * Promises    Never throws and never waits: what fails here is counted, and the request goes on.
 * Drowning    A request is one line at `debug`. Refused requests are lines at `info`, a few a second of each
 *             kind; failures are lines at `error` with their stack, once a minute for each text. Both say how
 *             many were kept back; the metrics count them all.
 * Checked by  observer.test.ts
 */
import { ERRORS } from '../core/errors.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import { LineBudget } from './line-budget.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Observer, RequestFacts } from './service.ts'

export interface ObserverParts {
  readonly log: Log
  readonly metrics: Metrics
  /** Takes a refused record into a bounded queue, or drops it. */
  readonly keepRefusal: (record: RefusedRecord) => void
  /** Effort time. */
  readonly machineNowMs: () => number
}

const REFUSED_LINES = { linesMax: 5, windowMs: 1_000 }
const FAILURE_LINES = { linesMax: 1, windowMs: 60_000 }

export function createObserver({
  log,
  metrics,
  keepRefusal,
  machineNowMs,
}: ObserverParts): Observer {
  const refusedLines = new LineBudget(REFUSED_LINES, machineNowMs)
  const failureLines = new LineBudget(FAILURE_LINES, machineNowMs)
  return {
    answered(facts, { status, errorCode }, seconds) {
      quietly(() => {
        metrics.answered(facts.operation, errorCode ?? 'ok', seconds)
        if (log.isLevelEnabled('debug')) {
          log.debug({ ...shown(facts), status, errorCode, ms: roundedMs(seconds) }, 'answered')
        } else if (errorCode !== undefined && ERRORS[errorCode].httpStatus !== 500) {
          const suppressed = refusedLines.take(errorCode)
          if (suppressed === undefined) return
          log.info({ ...shown(facts), errorCode, ...counted(suppressed) }, 'refused')
        }
      })
    },
    settled(records) {
      quietly(() => {
        metrics.settled(records)
      })
    },
    refused(record) {
      quietly(() => {
        keepRefusal(record)
      })
    },
    failed(facts, error) {
      quietly(() => {
        metrics.failed()
        const suppressed = failureLines.take(String(error))
        if (suppressed === undefined) return
        log.error({ ...shown(facts), err: error, ...counted(suppressed) }, 'a request failed')
      })
    },
  }
}

/** For what fails in the background, again and again: a line with the stack once a minute for each text. */
export function failureTeller(log: Log, sentence: string): (error: unknown) => void {
  const lines = new LineBudget(FAILURE_LINES, () => performance.now())
  return (error) => {
    quietly(() => {
      const suppressed = lines.take(String(error))
      if (suppressed !== undefined) log.error({ err: error, ...counted(suppressed) }, sentence)
    })
  }
}

function shown({ requestId, operation, signer, reason }: RequestFacts): object {
  return {
    requestId,
    operation,
    account: signer?.account,
    accessKeyId: signer?.accessKeyId,
    reason,
  }
}

function counted(suppressed: number): object {
  return suppressed === 0 ? {} : { alikeNotShown: suppressed }
}

function roundedMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1_000
}

/** Nobody can be told of what fails here: the log itself may be what failed. */
function quietly(tell: () => void): void {
  try {
    tell()
  } catch {
    // A request is never refused for want of a line about it.
  }
}

/** Tries again, with jitter, what a lost connection, a deadlock or a server on its way down left undone. */
import pRetry from 'p-retry'
import { isWorthAnotherTry } from './failure.ts'

const RETRY_MS_MIN = 20
const RETRY_MS_MAX = 500

/**
 * @param msMax No attempt begins later than so long after the first one.
 * @param onFailure Hears of each attempt that failed.
 * @throws What the last attempt threw.
 */
export async function untilDeadline<Result>(
  attempt: () => Promise<Result>,
  msMax: number,
  onFailure: (error: unknown) => void,
): Promise<Result> {
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY,
    maxRetryTime: msMax,
    minTimeout: RETRY_MS_MIN,
    maxTimeout: RETRY_MS_MAX,
    randomize: true,
    shouldRetry: ({ error }) => isWorthAnotherTry(error),
    onFailedAttempt: ({ error }) => {
      onFailure(error)
    },
  })
}

/**
 * When a notice that was not taken is tried again: after 10 s, then twice as long each time, at most hourly, for about a day.
 *
 * The numbers are ours; AWS's EventBridge gives up after a day too.
 */
const FIRST_PAUSE_MS = 10_000
const PAUSE_MS_MAX = 3_600_000

export const ATTEMPTS_MAX = 32

/** @param attempts So many were made, the last one in vain. @returns Undefined: it is given up. */
export function pauseMsAfter(attempts: number): number | undefined {
  if (attempts >= ATTEMPTS_MAX) return undefined
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), PAUSE_MS_MAX)
}

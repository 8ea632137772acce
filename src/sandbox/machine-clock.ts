/**
 * The machine's clock and waiting by it, out of reach of a test's fake timers.
 *
 * Why     A sandbox lives in the process of the test that uses it. Test runners replace `Date`, `performance` and every timer, those of
 *         `node:timers` too; effort time must go on all the same, or the sandbox would judge signatures by a clock that stands still and wait
 *         for ever. They cannot reach the `Date` of another realm, nor the timer of a wait on shared memory.
 * Checked by machine-clock.test.ts, under fake timers
 */
import { uptime } from 'node:os'
import { runInNewContext } from 'node:vm'

/** Milliseconds since 1970. */
export const machineNowMs = runInNewContext('Date.now') as () => number

/** Milliseconds since the machine started: for long times, which no setting of its clock shall change. To a second at worst. */
export function machineUpMs(): number {
  return uptime() * 1_000
}

/** Resolves after so many milliseconds. Keeps no process alive by itself. */
export async function machineWait(ms: number): Promise<void> {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const waiting = Atomics.waitAsync(never, 0, 0, ms)
  if (waiting.async) await waiting.value
}

import { setTimeout as delay } from 'node:timers/promises'

const LOOK_EVERY_MS = 20

/** Waits for what must become so; the runner's own limit ends a wait that is in vain. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(LOOK_EVERY_MS)
}

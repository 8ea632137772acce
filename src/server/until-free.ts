/** What a store could not do for want of its turn, because another process is writing: tried again for a while. */
import { setTimeout } from 'node:timers/promises'

const BUSY_MS_MAX = 2_000
const PAUSE_MS = 20

export class AlwaysBusy extends Error {
  override readonly name = 'AlwaysBusy'

  constructor() {
    super('Another process has been writing the catalog all the time. Try again.')
  }
}

/** @throws AlwaysBusy, and whatever the attempt throws. */
export async function untilFree<Done>(
  attempt: () => Promise<Done | 'busy'>,
  busyMsMax = BUSY_MS_MAX,
): Promise<Done> {
  const untilMs = performance.now() + busyMsMax
  for (;;) {
    const done = await attempt()
    if (done !== 'busy') return done
    if (performance.now() > untilMs) throw new AlwaysBusy()
    await setTimeout(PAUSE_MS)
  }
}

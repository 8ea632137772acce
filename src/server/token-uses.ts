/** Counts uses of tokens that are not stored themselves, whatever they are for, in the control store. */
import { setTimeout } from 'node:timers/promises'
import type { ControlStore, TokenUse } from '../store/control.ts'

/** Another process may be writing its catalog. */
const BUSY_MS_MAX = 2_000
const BUSY_PAUSE_MS = 20

/** @returns False if the token was used as often as it may be. */
export async function countUse(
  store: Pick<ControlStore, 'useToken'>,
  use: TokenUse,
): Promise<boolean> {
  const untilMs = performance.now() + BUSY_MS_MAX
  for (;;) {
    const used = await store.useToken(use)
    if (used !== 'busy') return used === 'used'
    if (performance.now() > untilMs) {
      throw new Error('Another process has been writing the catalog all the time.')
    }
    await setTimeout(BUSY_PAUSE_MS)
  }
}

/** Told of everything, and says nothing. */
import type { Observer } from '../server/service.ts'

const nothing = () => undefined

export const QUIET: Observer = {
  answered: nothing,
  settled: nothing,
  refused: nothing,
  failed: nothing,
}

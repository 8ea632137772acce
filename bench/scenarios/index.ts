/** Every scenario, in the order in which they run when none is named. */
import type { Scenario } from '../scenario.ts'
import { closed } from './closed.bench.ts'

export const SCENARIOS: readonly Scenario[] = [closed]

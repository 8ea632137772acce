/** Every scenario, in the order in which they run when none is named. */
import type { Scenario } from '../scenario.ts'
import { closed } from './closed.bench.ts'
import { fair } from './fair.bench.ts'
import { open } from './open.bench.ts'
import { refused } from './refused.bench.ts'
import { restart } from './restart.bench.ts'
import { start } from './start.bench.ts'

export const SCENARIOS: readonly Scenario[] = [closed, open, fair, start, restart, refused]

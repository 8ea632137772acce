/** Every scenario, in the order in which they run when none is named. */
import type { Scenario } from '../scenario.ts'
import { closed } from './closed.bench.ts'
import { fair } from './fair.bench.ts'
import { open } from './open.bench.ts'
import { postgres } from './postgres.bench.ts'
import { refused } from './refused.bench.ts'
import { restart } from './restart.bench.ts'
import { sandbox } from './sandbox.bench.ts'
import { start } from './start.bench.ts'

export const STORES = ['sqlite', 'postgres'] as const
export type Store = (typeof STORES)[number]

export const SCENARIOS: Readonly<Record<Store, readonly Scenario[]>> = {
  sqlite: [closed, open, fair, start, restart, refused, sandbox],
  postgres: [postgres],
}

/** Every case, in the order in which they run. */
import type { Case } from '../case.ts'
import { admission } from './admission.ts'
import { allocations } from './allocations.ts'
import { authentication } from './authentication.ts'
import { catalog } from './catalog.ts'
import { constraints } from './constraints.ts'
import { frontEnd } from './front-end.ts'
import { getEntitlements } from './get-entitlements.ts'
import { identity } from './identity.ts'
import { limits } from './limits.ts'
import { meterUsage } from './meter-usage.ts'
import { meterUsageHeld } from './meter-usage-held.ts'
import { order } from './order.ts'
import { outcomes } from './outcomes.ts'
import { regions } from './regions.ts'
import { registerUsage } from './register-usage.ts'
import { resolveCustomer } from './resolve-customer.ts'
import { types } from './types.ts'
import { throttling } from './throttling.ts'
import { timeWindow } from './window.ts'

export const CASES: readonly Case[] = [
  ...frontEnd,
  ...authentication,
  ...types,
  ...constraints,
  ...limits,
  ...identity,
  ...catalog,
  ...allocations,
  ...timeWindow,
  ...admission,
  ...outcomes,
  ...regions,
  ...order,
  ...meterUsage,
  ...meterUsageHeld,
  ...resolveCustomer,
  ...registerUsage,
  ...getEntitlements,
  ...throttling,
]

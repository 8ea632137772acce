/** The seeds that ship, by name. */
import type { Seed } from '../seed.ts'
import { amiContainerMetering } from './ami-container-metering.ts'
import { concurrentAgreements } from './concurrent-agreements.ts'
import { largeCatalog } from './large-catalog.ts'
import { lastHour } from './last-hour.ts'
import { legacyCustomerIdentifiers } from './legacy-customer-identifiers.ts'
import { saasContract } from './saas-contract.ts'
import { saasSubscription } from './saas-subscription.ts'

/** Each is looked at only by whoever chose it: the large one is made then. */
export const SEEDS = {
  'saas-subscription': saasSubscription,
  'saas-contract': saasContract,
  'concurrent-agreements': concurrentAgreements,
  'legacy-customer-identifiers': legacyCustomerIdentifiers,
  'ami-container-metering': amiContainerMetering,
  'last-hour': lastHour,
  get 'large-catalog'() {
    return largeCatalog()
  },
} as const satisfies Readonly<Record<string, Seed>>

export type SeedName = keyof typeof SEEDS

export const SEED_NAMES = Object.keys(SEEDS) as readonly SeedName[]

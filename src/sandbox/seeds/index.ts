/** The seeds that ship, by name. */
import type { Seed } from '../seed.ts'
import { saasSubscription } from './saas-subscription.ts'

export const SEEDS = {
  'saas-subscription': saasSubscription,
} as const satisfies Readonly<Record<string, Seed>>

export type SeedName = keyof typeof SEEDS

export const SEED_NAMES = Object.keys(SEEDS) as readonly SeedName[]

/**
 * The usage of a seed: metering records that are held before anybody sent one.
 *
 * No window is in their way, because a seed tells of the past; whether their agreement covers them is judged as ever.
 * Checked by seeds/seeds.test.ts
 */
import { billingLineOfLicense, billingLineOfProduct, type HourKey } from '../core/billing-line.ts'
import type { Problem } from '../core/catalog-change.ts'
import type { Product } from '../core/catalog.ts'
import type { AgreementEntry } from '../core/control-entries.ts'
import { startOfHour, usageHourOf } from '../core/hour.ts'
import { isBilledByLicense, newRecord } from '../core/judge.ts'
import type { Call, NewRecord } from '../core/metering-record.ts'
import {
  type AgreementId,
  type Dimension,
  type InstantMs,
  parseRegion,
  type Quantity,
  type Region,
  type UsageRecord,
} from '../core/usage.ts'
import { INSTANT_EXPECTED, parseInstant } from '../server/written-instant.ts'
import type { Seed } from './seed.ts'
import type { World, WorldParts } from './world.ts'

type SeedUsage = NonNullable<Seed['usage']>[number]

interface Facts {
  readonly world: World
  readonly region: Region
  readonly nowMs: number
}

/** @returns What is wrong, all of it. */
export async function holdUsage(
  { usage = [], accessKeys = [] }: Seed,
  world: World,
  { regions, profile, nowMs }: WorldParts,
): Promise<readonly Problem[]> {
  const region = parseRegion(regions[0] ?? '')
  if (region === undefined) throw new Error('a workspace without a Region')
  const facts = { world, region, nowMs: nowMs() }
  const problems: Problem[] = []
  for (const [index, one] of usage.entries()) {
    const where = `usage[${index}]`
    const record = recordOf(one, where, facts)
    if ('where' in record) {
      problems.push(record)
      continue
    }
    const [key] = accessKeys.filter(({ account }) => account === record.seller)
    const call = callOf(record, facts, { accessKeyId: key?.id ?? '', profile: profile.name })
    const [held] = await world.ledger.hold(call, [record])
    if (held?.added === false) {
      problems.push({
        where,
        text: 'the seed has usage of this agreement, dimension and hour already',
      })
    }
  }
  return problems
}

function recordOf(one: SeedUsage, where: string, facts: Facts): NewRecord | Problem {
  const refuse = (member: string, text: string): Problem => ({ where: `${where}.${member}`, text })
  const { catalog } = facts.world
  const agreement = catalog.agreements.get(one.agreement as AgreementId)
  const product = agreement && catalog.product(agreement.product)
  if (agreement === undefined || product === undefined) {
    return refuse('agreement', `there is no agreement ${one.agreement}`)
  }
  if (!product.dimensions.has(one.dimension as Dimension)) {
    return refuse('dimension', `product ${product.code} has no dimension ${one.dimension}`)
  }
  const timestampMs = parseInstant(one.timestamp, facts.nowMs)?.ms
  if (timestampMs === undefined) return refuse('timestamp', INSTANT_EXPECTED)
  if (!covers(agreement, timestampMs)) {
    return refuse('timestamp', `agreement ${agreement.id} does not cover ${one.timestamp}`)
  }
  const resource = resourceOf(product, one.resource)
  if (resource === undefined) {
    return refuse('resource', 'needed where a product is metered by resource, and only there')
  }
  const usage = usageOf(one, agreement, product, timestampMs)
  const key = keyOf(agreement, usage, { region: facts.region, resource })
  return newRecord(key, usage, product, agreement.buyer, agreement)
}

function covers({ startMs, endMs }: AgreementEntry, timestampMs: InstantMs): boolean {
  if (usageHourOf(timestampMs) < usageHourOf(startMs)) return false
  return endMs === undefined || timestampMs <= endMs
}

/** Undefined where one is missing, and where one counts for nothing. */
function resourceOf(product: Product, resource: string | undefined): string | undefined {
  const isByResource = product.meteredBy === 'MeterUsage' && product.oneResourcePerBuyer !== true
  return isByResource ? resource : resource === undefined ? '' : undefined
}

/** As it would have been sent, and as MeterUsage rounds it down. */
function usageOf(
  { dimension, quantity }: SeedUsage,
  { buyer, licenseArn }: AgreementEntry,
  product: Product,
  timestampMs: InstantMs,
): UsageRecord {
  const hour = usageHourOf(timestampMs)
  return {
    buyer: { account: buyer, ...(isBilledByLicense(product, hour) && { licenseArn }) },
    dimension: dimension as Dimension,
    quantity: quantity as Quantity,
    timestampMs: product.meteredBy === 'MeterUsage' ? startOfHour(hour) : timestampMs,
  }
}

function keyOf(
  { product, buyer }: AgreementEntry,
  { dimension, timestampMs, buyer: { licenseArn } }: UsageRecord,
  place: Pick<HourKey, 'region' | 'resource'>,
): HourKey {
  const billingLine =
    licenseArn === undefined
      ? billingLineOfProduct(product, buyer)
      : billingLineOfLicense(licenseArn)
  return { ...place, billingLine, dimension, hour: usageHourOf(timestampMs) }
}

/** As if it had been sent when its hour was over. */
function callOf(
  { hour, seller, product }: NewRecord,
  { world, nowMs }: Facts,
  who: Pick<Call, 'accessKeyId' | 'profile'>,
): Call {
  const operation = world.catalog.product(product)?.meteredBy ?? 'BatchMeterUsage'
  const receivedAtMs = Math.min(startOfHour(hour) + 3_600_000, nowMs) as InstantMs
  const source = { address: '', userAgent: 'seed' }
  return { requestId: 'seed', operation, receivedAtMs, account: seller, ...source, ...who }
}

/**
 * The hours for which a seller sent nothing: of each buyer and dimension, as far as an agreement covers them.
 *
 * AWS asks sellers to send zero for hours without usage (rule 115), so an hour that is missing here is usage lost or a report that failed.
 * What a contract entitles to is bought beforehand and metered by nobody, so its dimensions are expected only of who names one.
 * Checked by assertions.test.ts
 */
import { neverBegan } from '../core/admission.ts'
import {
  type BillingLine,
  billingLineOfLicense,
  billingLineOfProduct,
} from '../core/billing-line.ts'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { Product } from '../core/catalog.ts'
import type { AgreementEntry } from '../core/control-entries.ts'
import { type UsageHour, usageHourOf } from '../core/hour.ts'
import { isBilledByLicense } from '../core/judge.ts'
import type { Dimension, InstantMs, ProductCode } from '../core/usage.ts'
import { hourText } from '../server/admin/instant.ts'
import { refused } from './given.ts'
import { checkQuery, HOURS_MEMBERS, namesIn, type UsageQuery } from './query.ts'
import { heldIn, hourAfter, hourOf } from './records.ts'
import type { SandboxRefused } from './refused.ts'
import type { Instant } from './time.ts'
import type { Workspace } from './workspace.ts'

/** Hours that have a part between `from` and `to`; `to` is no part of it. The other members narrow. */
export interface GapQuery extends UsageQuery {
  readonly from: Instant
  /** Default: the beginning of the hour of now, so that only hours that are over are told. */
  readonly to?: Instant
}

/** @property hours The beginnings of those hours, in order. */
export interface UsageGap {
  readonly product: string
  readonly buyer: string
  /** Where usage is billed by license. */
  readonly licenseArn?: string
  readonly dimension: string
  readonly hours: readonly string[]
}

interface Expected extends Omit<UsageGap, 'hours'> {
  readonly hours: Set<UsageHour>
}

/** Of all buyers and dimensions together. */
const HOURS_MAX = 500_000

/** In the order of the catalog. @throws SandboxRefused on what is not there, and where there would be too many. */
export async function hoursWithoutRecordOf(
  workspace: Workspace,
  query: GapQuery,
): Promise<readonly UsageGap[]> {
  checkQuery(query, HOURS_MEMBERS)
  const { from, to, ...usage } = query
  if ((from as Instant | undefined) === undefined) {
    throw refused('Say from which instant on: from is missing, such as now-24h.')
  }
  const { nowMs } = workspace.clock
  const beforeHour = to === undefined ? hourOf(nowMs, nowMs) : hourAfter(to, nowMs)
  const span = { fromHour: hourOf(from, nowMs), beforeHour }
  const expected = expectedIn(workspace, span, usage)
  for await (const record of heldIn(workspace, { from, to: to ?? nowMs, ...usage })) {
    expected.get(keyOf(record.billingLine, record.dimension))?.hours.delete(record.hour)
  }
  return [...expected.values()]
    .filter(({ hours }) => hours.size > 0)
    .map(({ hours, ...facts }) => {
      return { ...facts, hours: [...hours].sort((left, right) => left - right).map(hourText) }
    })
}

interface Span {
  readonly fromHour: UsageHour
  readonly beforeHour: UsageHour
}

function expectedIn(
  { world: { catalog } }: Workspace,
  span: Span,
  usage: UsageQuery,
): ReadonlyMap<string, Expected> {
  const wanted = namesIn(usage, catalog)
  const dimensionsOf = dimensionsIn(catalog)
  const expected = new Map<string, Expected>()
  let count = 0
  for (const agreement of catalog.agreements.values()) {
    const product = catalog.product(agreement.product)
    const isWanted =
      (wanted.buyer ?? agreement.buyer) === agreement.buyer &&
      (wanted.product ?? agreement.product) === agreement.product
    if (!isWanted || product === undefined || agreement.status === 'suspended') continue
    if (neverBegan(agreement)) continue
    const dimensions = dimensionsOf(product, wanted.dimension)
    const { first, last } = hoursOf(agreement, span)
    if (dimensions.length === 0 || last < first) continue
    count += (last - first + 1) * dimensions.length
    if (count > HOURS_MAX) throw tooMany()
    for (let hour = first; hour <= last; hour++) {
      for (const dimension of dimensions) {
        expectHour(expected, { agreement, product, dimension, hour: hour as UsageHour })
      }
    }
  }
  return expected
}

/** The dimensions of a product of which usage is expected; of one that is named, that one alone. */
function dimensionsIn(catalog: CatalogIndex) {
  const metered = new Map<ProductCode, readonly Dimension[]>()
  return (product: Product, named: Dimension | undefined): readonly Dimension[] => {
    const known = metered.get(product.code) ?? meteredOf(product, catalog)
    metered.set(product.code, known)
    if (named === undefined) return known
    return product.dimensions.get(named)?.retired === false ? [named] : []
  }
}

/** Those that no agreement for the product has an entitlement of. */
function meteredOf({ code, contract, dimensions }: Product, catalog: CatalogIndex) {
  const entitled = new Set<Dimension>()
  if (contract === true) {
    for (const { entitlements = [] } of catalog.agreementsOfProduct(code)) {
      for (const { dimension } of entitlements) entitled.add(dimension)
    }
  }
  return [...dimensions.values()]
    .filter(({ name, retired }) => !retired && !entitled.has(name))
    .map(({ name }) => name)
}

function tooMany(): SandboxRefused {
  return refused(
    `That asks for more than ${HOURS_MAX} hours, of all buyers and dimensions together. Name a buyer, a product or a dimension, or a shorter time.`,
  )
}

/** The last one is before the first where it has none. */
function hoursOf({ startMs, endMs }: AgreementEntry, span: Span) {
  const first = Math.max(usageHourOf(startMs), span.fromHour)
  // One that ends with an hour has nothing to say of the next.
  const end = endMs === undefined ? Infinity : usageHourOf((endMs - 1) as InstantMs)
  return { first, last: Math.min(end, span.beforeHour - 1) }
}

interface ExpectedHour {
  readonly agreement: AgreementEntry
  readonly product: Product
  readonly dimension: string
  readonly hour: UsageHour
}

function expectHour(
  expected: Map<string, Expected>,
  { agreement: { buyer, licenseArn }, product, dimension, hour }: ExpectedHour,
): void {
  const isByLicense = isBilledByLicense(product, hour)
  const line = isByLicense
    ? billingLineOfLicense(licenseArn)
    : billingLineOfProduct(product.code, buyer)
  const key = keyOf(line, dimension)
  const present = expected.get(key)
  if (present !== undefined) {
    present.hours.add(hour)
    return
  }
  const facts = { product: product.code, buyer, ...(isByLicense && { licenseArn }), dimension }
  expected.set(key, { ...facts, hours: new Set([hour]) })
}

function keyOf(line: BillingLine, dimension: string): string {
  return JSON.stringify([line, dimension])
}

/** The rules of products and dimensions. Part of catalog-change.ts. */
import { type DimensionFacts, isLive } from './catalog.ts'
import type { CatalogDraft } from './catalog-draft.ts'
import { ACCOUNT, DIMENSION, PRICE_TEXT, PRODUCT, SHOWN_TEXT } from './catalog-names.ts'
import type { WantedDimension, WantedProduct } from './catalog-wanted.ts'
import type { ProductEntry } from './control-entries.ts'
import { FULFILMENT_URL, REDIRECT_ORIGIN, REDIRECT_ORIGINS_MAX } from './fulfilment-url.ts'
import { MS_PER_HOUR, startOfHour, usageHourOf, type UsageHour } from './hour.ts'
import { unknown } from './rules-parties.ts'
import { revokedTokens } from './rules-tokens.ts'
import type { AccountId, InstantMs } from './usage.ts'

const ALWAYS_CONCURRENT = 0 as UsageHour

export function wantProduct(draft: CatalogDraft, wanted: WantedProduct): void {
  const { where } = wanted
  const code =
    wanted.code === undefined
      ? draft.names.productCode()
      : draft.read(`${where}.code`, PRODUCT, wanted.code)
  if (code === undefined) return
  const before = draft.product(code)
  const seller = sellerOf(draft, wanted, before)
  const name =
    wanted.name === undefined
      ? (before?.name ?? '')
      : (draft.read(`${where}.name`, SHOWN_TEXT, wanted.name) ?? '')
  const meteredBy = meteredByOf(draft, wanted, before)
  const oneResource = oneResourceOf(draft, wanted, meteredBy, before)
  const concurrentFromHour = concurrentFromOf(draft, wanted, before)
  const integration = integrationWanted(draft, wanted, before, concurrentFromHour)
  const arrival = arrivalOf(draft, wanted, before)
  if (meteredBy === 'MeterUsage' && concurrentFromHour !== undefined) {
    draft.refuse(`${where}.agreements`, 'a product that MeterUsage meters has single agreements')
  }
  const dimensions = dimensionsOf(draft, wanted, before)
  if (seller === undefined) return
  // With a problem nothing is written; the product is put all the same, so that what names it is judged.
  const entry: ProductEntry = {
    kind: 'product',
    code,
    seller,
    name,
    meteredBy,
    ...(oneResource ? { oneResourcePerBuyer: true } : {}),
    ...(concurrentFromHour === undefined ? {} : { concurrentFromHour }),
    ...(integration === undefined ? {} : { integration }),
    ...arrival,
    dimensions,
    retired: wanted.retired ?? before?.retired ?? false,
    ...contractOf(draft, wanted, before),
    ...revokedTokens(draft, wanted, before),
  }
  draft.put(entry, before, where)
}

export function checkProduct(draft: CatalogDraft, product: ProductEntry, where: string): void {
  if (!product.retired) {
    if (draft.seller(product.seller)?.retired === true) {
      draft.refuse(where, `seller ${product.seller} of product ${product.code} is retired`)
    }
    return
  }
  let liveCount = 0
  let example = ''
  for (const agreement of draft.agreementsOfProduct(product.code)) {
    if (!isLive(agreement, draft.nowMs)) continue
    liveCount += 1
    example = agreement.id
  }
  if (liveCount === 0) return
  draft.refuse(
    where,
    `product ${product.code} still has ${liveCount} live agreements, such as ${example}; cancel them first`,
  )
}

/** The first hour billed by license under a wish, or under what there is where nothing is wished. */
function concurrentFromOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): UsageHour | undefined {
  const { concurrentFromMs } = wanted
  const where = `${wanted.where}.${concurrentFromMs === undefined ? 'agreements' : 'concurrentFrom'}`
  const present = before?.concurrentFromHour
  if (wanted.agreements === 'single') {
    if (concurrentFromMs !== undefined) {
      draft.refuse(where, 'only a product with concurrent agreements has concurrentFrom')
    } else if (present !== undefined) {
      draft.refuse(where, 'concurrent agreements are for ever; list a new product for single ones')
    }
    return present
  }
  if (wanted.agreements === undefined && concurrentFromMs === undefined) return present
  if (concurrentFromMs === undefined) {
    if (before === undefined) return ALWAYS_CONCURRENT
    if (present !== undefined) return present
    return draft.refuse(
      where,
      'name the hour from which agreements are concurrent, at least one hour ahead (concurrentFrom); earlier hours stay as they are',
    )
  }
  return namedHour(draft, where, concurrentFromMs, before)
}

function namedHour(
  draft: CatalogDraft,
  where: string,
  concurrentFromMs: InstantMs,
  before: ProductEntry | undefined,
): UsageHour | undefined {
  const hour = usageHourOf(concurrentFromMs)
  const present = before?.concurrentFromHour
  if (startOfHour(hour) !== concurrentFromMs || hour < 0) {
    return draft.refuse(where, 'expected a whole hour, such as 2026-12-01T00:00Z')
  }
  if (present === hour || before === undefined) return hour
  if (present !== undefined) {
    return draft.refuse(where, 'the hour was set before, and it is set once')
  }
  if (concurrentFromMs - draft.nowMs < MS_PER_HOUR) {
    return draft.refuse(where, 'the hour must begin at least one hour from now')
  }
  return hour
}

function sellerOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): AccountId | undefined {
  const where = `${wanted.where}.seller`
  if (wanted.seller === undefined) {
    return before?.seller ?? draft.refuse(where, 'a new product needs its seller')
  }
  const seller = draft.read(where, ACCOUNT, wanted.seller)
  if (seller === undefined) return undefined
  if (before !== undefined && before.seller !== seller) {
    return draft.refuse(
      where,
      `product ${before.code} belongs to seller ${before.seller} for ever; list a new product for seller ${seller}`,
    )
  }
  return draft.seller(seller) === undefined
    ? draft.refuse(where, unknown('seller', seller))
    : seller
}

/** Agreements may have entitlements that would no longer mean anything. */
function contractOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): Pick<ProductEntry, 'contract'> {
  if (wanted.contract === false && before?.contract === true) {
    draft.refuse(`${wanted.where}.contract`, 'a product that is sold by contract stays so')
  }
  return (wanted.contract ?? before?.contract) === true ? { contract: true } : {}
}

/** MeterUsage keeps hours apart by resource, so a change would give one fact two keys. */
function meteredByOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): ProductEntry['meteredBy'] {
  const present = before?.meteredBy ?? wanted.meteredBy ?? 'BatchMeterUsage'
  if (wanted.meteredBy !== undefined && wanted.meteredBy !== present) {
    draft.refuse(
      `${wanted.where}.meteredBy`,
      `the product is metered by ${present} for ever; list a new product`,
    )
  }
  return present
}

/** What is always concurrent needs no mark: its buyers never had customer identifiers. */
function integrationWanted(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
  concurrentFromHour: UsageHour | undefined,
): ProductEntry['integration'] {
  const where = `${wanted.where}.integration`
  if (wanted.integration === 'legacy' && before?.integration === 'new') {
    draft.refuse(where, 'the new integration is for ever; list a new product for the legacy one')
  }
  if (concurrentFromHour === ALWAYS_CONCURRENT) {
    if (wanted.integration !== 'legacy') return before?.integration
    return draft.refuse(where, 'concurrent agreements need the new integration')
  }
  return wanted.integration === 'new' ? 'new' : before?.integration
}

/** Where a buyer arrives at the seller. */
function arrivalOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): Pick<ProductEntry, 'fulfilmentUrl' | 'redirectOrigins'> {
  const { where } = wanted
  const asked = wanted.fulfilmentUrl === undefined ? before?.fulfilmentUrl : wanted.fulfilmentUrl
  const fulfilmentUrl =
    asked === undefined || asked === null
      ? undefined
      : draft.read(`${where}.fulfilmentUrl`, FULFILMENT_URL, asked)
  const redirectOrigins =
    wanted.redirectOrigins === undefined
      ? (before?.redirectOrigins ?? [])
      : originsOf(draft, `${where}.redirectOrigins`, wanted.redirectOrigins)
  if (redirectOrigins.length > 0 && (asked === undefined || asked === null)) {
    draft.refuse(
      `${where}.redirectOrigins`,
      'redirect origins stand beside a fulfilment URL; name it too',
    )
  }
  return {
    ...(fulfilmentUrl === undefined ? {} : { fulfilmentUrl }),
    ...(redirectOrigins.length === 0 ? {} : { redirectOrigins }),
  }
}

function originsOf(
  draft: CatalogDraft,
  where: string,
  texts: readonly string[],
): readonly string[] {
  if (texts.length > REDIRECT_ORIGINS_MAX) {
    draft.refuse(where, `a product has at most ${REDIRECT_ORIGINS_MAX} redirect origins`)
    return []
  }
  const read = texts.map((text, index) => draft.read(`${where}[${index}]`, REDIRECT_ORIGIN, text))
  return [...new Set(read.filter((one) => one !== undefined))]
}

/** For ever too: with the mark, an hour is held without a resource. */
function oneResourceOf(
  draft: CatalogDraft,
  { where, oneResourcePerBuyer: wish }: WantedProduct,
  meteredBy: ProductEntry['meteredBy'],
  before: ProductEntry | undefined,
): boolean {
  const at = `${where}.oneResourcePerBuyer`
  if (wish === true && meteredBy !== 'MeterUsage') {
    draft.refuse(at, 'only a product that MeterUsage meters is told apart by resource')
  }
  if (before === undefined) return wish ?? false
  const present = before.oneResourcePerBuyer ?? false
  if (wish !== undefined && wish !== present) {
    draft.refuse(at, 'how a product tells resources apart is for ever; list a new product')
  }
  return present
}

/** Dimensions that are not named stay, and stay where they stand. */
function dimensionsOf(
  draft: CatalogDraft,
  wanted: WantedProduct,
  before: ProductEntry | undefined,
): readonly DimensionFacts[] {
  const byName = new Map(before?.dimensions.map((one) => [one.name, one]))
  for (const [index, one] of (wanted.dimensions ?? []).entries()) {
    const facts = dimensionOf(draft, `${wanted.where}.dimensions[${index}]`, one, byName)
    if (facts !== undefined) byName.set(facts.name, facts)
  }
  return [...byName.values()]
}

function dimensionOf(
  draft: CatalogDraft,
  where: string,
  wanted: WantedDimension,
  present: ReadonlyMap<string, DimensionFacts>,
): DimensionFacts | undefined {
  const before = present.get(wanted.name)
  const name = draft.read(`${where}.name`, DIMENSION, wanted.name)
  const description = draft.read(
    `${where}.description`,
    SHOWN_TEXT,
    wanted.description ?? before?.description ?? '',
  )
  const unit = draft.read(`${where}.unit`, SHOWN_TEXT, wanted.unit ?? before?.unit ?? 'Units')
  const price = draft.read(`${where}.price`, PRICE_TEXT, wanted.price ?? before?.price ?? '0')
  if (name === undefined || description === undefined) return undefined
  if (unit === undefined || price === undefined) return undefined
  return { name, description, unit, price, retired: wanted.retired ?? before?.retired ?? false }
}

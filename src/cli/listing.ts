/** The things of the catalog as tables for people and as plain objects for scripts, in the same words. */
import type {
  AccessKeyEntry,
  AdminTokenEntry,
  AgreementEntry,
  BuyerEntry,
  ProductEntry,
  PublicKeyEntry,
  SellerEntry,
  UsageRegistrationEntry,
} from '../core/control-entries.ts'
import type { EntitlementValue } from '../core/entitlement.ts'
import { startOfHour } from '../core/hour.ts'
import { formatInstant } from '../server/written-instant.ts'
import { printable } from './printable.ts'
import { formatTable } from './table.ts'

export function sellerTable(sellers: readonly SellerEntry[]): string {
  const rows = sellers.map(({ account, name, retired }) => [account, name, stateOf(retired)])
  return formatTable(['SELLER', 'NAME', 'STATE'], rows)
}

export function buyerTable(
  buyers: readonly BuyerEntry[],
  customersOf: (buyer: BuyerEntry) => readonly string[],
): string {
  const rows = buyers.map((buyer) => [
    buyer.account,
    buyer.name,
    customersOf(buyer).join(' '),
    stateOf(buyer.retired),
  ])
  return formatTable(['BUYER', 'NAME', 'CUSTOMER IDENTIFIERS', 'STATE'], rows)
}

export function productTable(products: readonly ProductEntry[]): string {
  const rows = products.map((product) => [
    product.code,
    product.seller,
    product.name,
    agreementsOf(product),
    product.dimensions.map(({ name, retired }) => (retired ? `(${name})` : name)).join(' '),
    stateOf(product.retired),
  ])
  return formatTable(['PRODUCT', 'SELLER', 'NAME', 'AGREEMENTS', 'DIMENSIONS', 'STATE'], rows)
}

export function agreementTable(agreements: readonly AgreementEntry[]): string {
  const rows = agreements.map(({ id, product, buyer, status, startMs, endMs, licenseArn }) => [
    id,
    product,
    buyer,
    status,
    formatInstant(startMs),
    endMs === undefined ? 'never' : formatInstant(endMs),
    licenseArn,
  ])
  return formatTable(['AGREEMENT', 'PRODUCT', 'BUYER', 'STATUS', 'START', 'END', 'LICENSE'], rows)
}

export interface EntitlementRow {
  readonly product: string
  readonly buyer: string
  readonly agreement: string
  readonly licenseArn: string
  readonly status: AgreementEntry['status']
  readonly dimension: string
  readonly value: EntitlementValue
  readonly expires?: string
}

export function entitlementRows(agreement: AgreementEntry): EntitlementRow[] {
  const { id, product, buyer, licenseArn, status, endMs, entitlements = [] } = agreement
  return entitlements.map(({ dimension, ...value }) => ({
    ...{ product, buyer, agreement: id, licenseArn, status, dimension, value },
    ...(endMs !== undefined && { expires: formatInstant(endMs) }),
  }))
}

export function entitlementTable(rows: readonly EntitlementRow[]): string {
  const headings = ['PRODUCT', 'BUYER', 'AGREEMENT', 'STATUS', 'DIMENSION', 'VALUE', 'EXPIRES']
  const cells = rows.map(
    ({ product, buyer, agreement, status, dimension, value, expires = 'never' }) => {
      const shown = printable(entitledText(value))
      return [product, buyer, agreement, status, printable(dimension), shown, expires]
    },
  )
  return formatTable(headings, cells)
}

/** `integer 25` */
export function entitledText(value: EntitlementValue): string {
  return Object.entries(value)
    .filter(([type]) => type !== 'dimension')
    .map(([type, one]) => `${type} ${String(one)}`)
    .join()
}

export function keyTable(keys: readonly AccessKeyEntry[]): string {
  const rows = keys.map(({ id, account, status, createdMs, temporary, description }) => [
    id,
    account,
    status,
    formatInstant(createdMs),
    temporary === undefined ? 'never' : formatInstant(temporary.expiresMs),
    temporary?.resource ?? '',
    description,
  ])
  const headings = [
    'ACCESS KEY',
    'ACCOUNT',
    'STATUS',
    'CREATED',
    'EXPIRES',
    'RESOURCE',
    'DESCRIPTION',
  ]
  return formatTable(headings, rows)
}

export function publicKeyTable(keys: readonly PublicKeyEntry[]): string {
  const rows = keys.map(({ product, version, createdMs, rotatedMs, fingerprint }) => [
    product,
    String(version),
    formatInstant(createdMs),
    rotatedMs === undefined ? 'current' : formatInstant(rotatedMs),
    fingerprint,
  ])
  return formatTable(['PRODUCT', 'VERSION', 'CREATED', 'ROTATED', 'FINGERPRINT'], rows)
}

export function usageRegistrationTable(registrations: readonly UsageRegistrationEntry[]): string {
  const rows = registrations.map((one) => [
    one.product,
    one.buyer,
    one.accessKeyId,
    printable(one.resource ?? ''),
    String(one.publicKeyVersion),
    formatInstant(one.registeredMs),
  ])
  const headings = ['PRODUCT', 'BUYER', 'SESSION', 'RESOURCE', 'KEY VERSION', 'REGISTERED']
  return formatTable(headings, rows)
}

export function tokenTable(tokens: readonly AdminTokenEntry[], nowMs: number): string {
  const rows = tokens.map((token) => [
    token.id,
    scopeOf(token),
    tokenStateOf(token, nowMs),
    formatInstant(token.createdMs),
    token.expiresMs === undefined ? 'never' : formatInstant(token.expiresMs),
    token.description,
  ])
  return formatTable(['TOKEN', 'SCOPE', 'STATE', 'CREATED', 'EXPIRES', 'DESCRIPTION'], rows)
}

/** What a script may see of an entry: no secret, no hash, instants as text. */
export function shownEntryOf(
  entry:
    | AgreementEntry
    | AccessKeyEntry
    | AdminTokenEntry
    | SellerEntry
    | BuyerEntry
    | ProductEntry
    | PublicKeyEntry
    | UsageRegistrationEntry,
): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(entry) as [string, unknown][]) {
    if (HIDDEN.has(name)) continue
    if (name.endsWith('Ms') && typeof value === 'number')
      shown[name.slice(0, -2)] = formatInstant(value)
    else if (name === 'temporary') Object.assign(shown, temporaryOf(entry))
    else shown[name] = value
  }
  return shown
}

/** One JSON object a line. */
export function jsonLines(objects: readonly unknown[]): string {
  return objects.map((one) => `${JSON.stringify(one)}\n`).join('')
}

const HIDDEN = new Set(['kind', 'secret', 'hash'])

function temporaryOf(entry: object): Readonly<Record<string, unknown>> {
  if (!('temporary' in entry)) return {}
  const { expiresMs, resource } = (entry as AccessKeyEntry).temporary ?? {}
  return {
    ...(expiresMs !== undefined && { expires: formatInstant(expiresMs) }),
    ...(resource !== undefined && { resource }),
  }
}

function stateOf(retired: boolean): string {
  return retired ? 'retired' : 'in use'
}

function agreementsOf({ concurrentFromHour: hour }: ProductEntry): string {
  if (hour === undefined) return 'single'
  return hour === 0 ? 'concurrent' : `concurrent from ${formatInstant(startOfHour(hour))}`
}

function scopeOf({ seller, readOnly }: AdminTokenEntry): string {
  const reach = seller === undefined ? 'operator' : `seller ${seller}`
  return readOnly ? `${reach}, read-only` : reach
}

function tokenStateOf({ revoked, expiresMs }: AdminTokenEntry, nowMs: number): string {
  if (revoked) return 'revoked'
  return expiresMs !== undefined && expiresMs <= nowMs ? 'expired' : 'active'
}

/**
 * The one script that every SDK plays, and what must come of each step.
 *
 * All SDKs report the same usage to the same ledger, so they must all be given the same metering record ids: the same
 * fact is one fact, whoever sends it.
 */
import type { Bindings, Buyer, Key, RegistrationRole } from '../bindings.ts'
import type { Status } from '../case.ts'
import { buyersRows } from './buyers-script.ts'
import { entitlementRows } from './entitlements-script.ts'
import {
  type AnyRequest,
  type Row,
  type SdkRecord,
  type SdkRequest,
  type SdkStep,
  typed,
  type Wanted,
} from './step.ts'

const MS_PER_HOUR = 3_600_000

/** The roles that the script cannot do without. */
interface Roles {
  readonly bindings: Bindings
  readonly active: Buyer
  readonly cancelled: Buyer
  readonly concurrent: { readonly account: string; readonly licenseArns: readonly string[] }
  readonly temporary: Key
  readonly expired: Key
}

export function sdkScript(endpoint: URL, bindings: Bindings, nowMs: number): readonly SdkStep[] {
  const roles = rolesOf(bindings)
  const seller = bindings.keys.seller
  const wrong = { ...seller, secretAccessKey: `${seller.secretAccessKey}x` }
  const usage = usageOf(roles, nowMs)
  const good = requestOf(roles, [usage])
  const keyRows: readonly Row[] = [
    ['a wrong secret', good, refused('InvalidSignatureException'), wrong],
    ['a temporary key', good, success('usage'), roles.temporary],
    ['an expired key', good, refused('ExpiredTokenException'), roles.expired],
  ]
  const rows = [
    ...usageRows(roles, usage, nowMs),
    ...keyRows,
    ...registrationRows(roles),
    ...buyersRows(bindings, usage.TimestampMs),
    ...entitlementRows(bindings),
  ]
  const plain = { endpoint: endpoint.origin, credentials: seller }
  return [
    ...rows.map(([name, request, wanted, credentials = seller]) => ({
      ...plain,
      name,
      operation: operationOf(request),
      request,
      ...publicKeyOf(request, bindings),
      wanted,
      credentials,
    })),
    {
      ...plain,
      endpoint: `${endpoint.origin}/aws/mp`,
      name: 'a path prefix',
      operation: operationOf(good),
      request: good,
      wanted: success('usage'),
    },
  ]
}

function operationOf(request: SdkStep['request']): SdkStep['operation'] {
  if ('UsageRecords' in request) return 'BatchMeterUsage'
  if ('RegistrationToken' in request) return 'ResolveCustomer'
  if ('UsageDimension' in request) return 'MeterUsage'
  return 'PublicKeyVersion' in request ? 'RegisterUsage' : 'GetEntitlements'
}

function publicKeyOf(
  request: AnyRequest,
  { containerProduct }: Bindings,
): Pick<SdkStep, 'publicKey'> {
  if (!('PublicKeyVersion' in request)) return {}
  const { PublicKeyVersion } = request
  const key = containerProduct?.publicKeys?.find(({ version }) => version === PublicKeyVersion)
  return key === undefined ? {} : { publicKey: key.publicKey }
}

function rolesOf(bindings: Bindings): Roles {
  const { keys, buyers } = bindings
  const [active] = buyers.active
  const { cancelled, concurrent } = buyers
  const { temporary, expired } = keys
  if (!active || !cancelled || !concurrent || !temporary || !expired) {
    throw new TypeError('The SDKs need three kinds of buyers and two temporary keys.')
  }
  return { bindings, active, cancelled, concurrent, temporary, expired }
}

/** In the middle of an hour that is over, with milliseconds, for every SDK has its own way with them. */
function usageOf({ bindings, active }: Roles, nowMs: number): SdkRecord {
  const hourMs = Math.floor(nowMs / MS_PER_HOUR) * MS_PER_HOUR - MS_PER_HOUR
  return {
    TimestampMs: hourMs + 600_321,
    Dimension: bindings.product.dimensions[0] ?? '',
    Quantity: 3,
    CustomerAWSAccountId: active.account,
  }
}

function requestOf({ bindings }: Roles, records: readonly SdkRecord[]): SdkRequest {
  return { ProductCode: bindings.product.code, UsageRecords: records }
}

function success(id: string): Wanted {
  return { results: [{ status: 'Success', id }] }
}

function status(text: Status): Wanted {
  return { results: [{ status: text }] }
}

/** The SDKs have a class of its own for each error of the model, and none for the others. */
function refused(error: string): Wanted {
  const typed = /^(InvalidUsageDimension|InvalidProductCode|TimestampOutOfBounds)/.test(error)
  return { error, typed }
}

function usageRows(roles: Roles, usage: SdkRecord, nowMs: number): readonly Row[] {
  const lapsed = { ...usage, CustomerAWSAccountId: roles.cancelled.account }
  const many = Array.from({ length: 25 }, (_, index) => ({ ...lapsed, Quantity: index }))
  const old = { ...usage, TimestampMs: nowMs - 25 * MS_PER_HOUR }
  const noProduct = { UsageRecords: [usage], ProductCode: 'nosuchproduct' }
  const one = (record: SdkRecord) => requestOf(roles, [record])
  const outOfBounds = refused('TimestampOutOfBoundsException')
  const noDimension = refused('InvalidUsageDimensionException')
  return [
    ['success', one(usage), success('usage')],
    ['the same again', one(usage), success('usage')],
    ['another quantity', one({ ...usage, Quantity: 4 }), status('DuplicateRecord')],
    ['by customer identifier', one(byIdentifier(roles, usage)), success('usage')],
    ['a cancelled agreement', one(lapsed), status('CustomerNotSubscribed')],
    ['an unknown dimension', one({ ...usage, Dimension: 'nosuchdimension' }), noDimension],
    ['an unknown product', noProduct, refused('InvalidProductCodeException')],
    ['usage of a day ago', one(old), outOfBounds],
    ['25 records', requestOf(roles, many), allNotSubscribed(many.length)],
    ['26 records', requestOf(roles, [...many, lapsed]), refused('ValidationException')],
    ['allocations with tags', one(allocated(roles, usage)), success('allocated')],
    ['by license', { UsageRecords: [byLicense(roles, usage)] }, success('license')],
  ]
}

function registrationRows({ bindings, active, concurrent }: Roles): readonly Row[] {
  const { registrationTokens = {}, product, concurrentProduct } = bindings
  const of = (role: RegistrationRole) => ({ RegistrationToken: registrationTokens[role] ?? role })
  const legacy = {
    CustomerIdentifier: active.customerIdentifier ?? '',
    ProductCode: product.code,
    CustomerAWSAccountId: active.account,
    LicenseArn: active.licenseArn ?? '',
  }
  const byLicense = {
    ProductCode: concurrentProduct?.code ?? '',
    CustomerAWSAccountId: concurrent.account,
    LicenseArn: concurrent.licenseArns[0] ?? '',
  }
  return [
    ['a registration token', of('active'), { answer: legacy }],
    ['a token of concurrent agreements', of('concurrent'), { answer: byLicense }],
    ['another seller’s token', of('otherSeller'), typed('InvalidTokenException')],
    ['a token of yesterday', of('expired'), typed('ExpiredTokenException')],
  ]
}

function allNotSubscribed(count: number): Wanted {
  return { results: Array.from({ length: count }, () => ({ status: 'CustomerNotSubscribed' })) }
}

function byIdentifier({ active }: Roles, usage: SdkRecord): SdkRecord {
  const { TimestampMs, Dimension, Quantity } = usage
  const CustomerIdentifier = active.customerIdentifier ?? ''
  return { TimestampMs, Dimension, Quantity, CustomerIdentifier }
}

function byLicense({ bindings, concurrent }: Roles, usage: SdkRecord): SdkRecord {
  return {
    ...usage,
    Dimension: bindings.concurrentProduct?.dimensions[0] ?? '',
    CustomerAWSAccountId: concurrent.account,
    LicenseArn: concurrent.licenseArns[0] ?? '',
  }
}

function allocated({ bindings }: Roles, usage: SdkRecord): SdkRecord {
  const Tags = [
    { Key: 'Team', Value: 'a b' },
    { Key: 'env', Value: 'prod/eu' },
  ]
  return {
    ...usage,
    Dimension: bindings.product.dimensions[1] ?? '',
    UsageAllocations: [{ AllocatedUsageQuantity: 2, Tags }, { AllocatedUsageQuantity: 1 }],
  }
}

/** Entries as the admin API shows them: each member is named here, so no secret and no hash slips out. */
import { integrationOf } from '../../core/catalog.ts'
import type {
  AccessKeyEntry,
  AdminTokenEntry,
  AgreementEntry,
  BuyerEntry,
  CustomerIdentifierEntry,
  ProductEntry,
  PublicKeyEntry,
  SellerEntry,
  UsageRegistrationEntry,
} from '../../core/control-entries.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { AccountId, Allocation, UsageRecord } from '../../core/usage.ts'
import type { LogEntry } from '../../store/control.ts'
import type { KeptNotice } from '../../store/notice-outbox.ts'
import { notificationOf } from '../../wire/notification.ts'
import type { MadeRegistration } from '../new-registration.ts'
import type { PurchaseLink } from '../purchase/links.ts'
import { hourText, instantText, microsecondsText } from './instant.ts'
import type * as ReadBackSchemas from './schemas-read-back.ts'
import type * as CatalogSchemas from './schemas.ts'

type Schemas = typeof CatalogSchemas & typeof ReadBackSchemas
export type View<Name extends keyof Schemas> = Schemas[Name] extends infer Schema
  ? Schema extends Parameters<typeof CatalogSchemas.listOf>[0]
    ? CatalogSchemas.Shape<Schema>
    : never
  : never

export function sellerView({ account, name, retired, webhook }: SellerEntry): View<'Seller'> {
  return { account, name, retired, ...(webhook && { webhook: webhook.url }) }
}

export function buyerView({ account, name, retired }: BuyerEntry): View<'Buyer'> {
  return { account, name, retired }
}

export function productView(product: ProductEntry): View<'Product'> {
  const { code, seller, name, meteredBy, concurrentFromHour, dimensions, retired } = product
  const { oneResourcePerBuyer, fulfilmentUrl, redirectOrigins = [], contract = false } = product
  return {
    code,
    seller,
    name,
    meteredBy,
    ...(oneResourcePerBuyer && { oneResourcePerBuyer }),
    agreements: concurrentFromHour === undefined ? 'single' : 'concurrent',
    // Zero stands for "always".
    ...(concurrentFromHour && { concurrentFrom: hourText(concurrentFromHour) }),
    integration: integrationOf(product),
    ...(fulfilmentUrl !== undefined && { fulfilmentUrl }),
    redirectOrigins: [...redirectOrigins],
    dimensions: dimensions.map((one) => ({ ...one })),
    contract,
    ...revokedView(product),
    retired,
  }
}

export function customerView(entry: CustomerIdentifierEntry): View<'CustomerIdentifier'> {
  const { seller, identifier, buyer } = entry
  return { seller, identifier, buyer }
}

export function agreementView(agreement: AgreementEntry): View<'Agreement'> {
  const { id, licenseArn, product, buyer, startMs, endMs, status, entitlements } = agreement
  return {
    id,
    licenseArn,
    product,
    buyer,
    start: instantText(startMs),
    ...(endMs !== undefined && { end: instantText(endMs) }),
    status,
    ...(entitlements && { entitlements: entitlements.map((one) => ({ ...one })) }),
    ...revokedView(agreement),
  }
}

function revokedView({ tokensRevokedMs }: Pick<AgreementEntry, 'tokensRevokedMs'>) {
  return tokensRevokedMs === undefined ? {} : { tokensRevoked: instantText(tokensRevokedMs) }
}

export function accessKeyView(key: AccessKeyEntry): View<'AccessKey'> {
  const { id, account, status, description, createdMs, temporary, operations } = key
  return {
    id,
    account,
    status,
    description,
    created: instantText(createdMs),
    ...(temporary && { expires: instantText(temporary.expiresMs) }),
    ...(temporary?.resource !== undefined && { resource: temporary.resource }),
    ...(operations && { operations: [...operations] }),
  }
}

export function publicKeyView(key: PublicKeyEntry): View<'PublicKey'> {
  const { product, version, publicKey, fingerprint, createdMs, rotatedMs } = key
  return {
    ...{ product, version, publicKey, fingerprint },
    created: instantText(createdMs),
    ...(rotatedMs !== undefined && { rotated: instantText(rotatedMs) }),
  }
}

export function usageRegistrationView(one: UsageRegistrationEntry): View<'UsageRegistration'> {
  const { product, buyer, accessKeyId, resource, publicKeyVersion, registeredMs } = one
  return {
    ...{ product, buyer, accessKeyId, publicKeyVersion },
    ...(resource !== undefined && { resource }),
    registered: instantText(registeredMs),
  }
}

export function tokenView(token: AdminTokenEntry): View<'AdminToken'> {
  const { id, seller, readOnly, description, createdMs, expiresMs, revoked } = token
  return {
    id,
    ...(seller !== undefined && { seller }),
    readOnly,
    description,
    created: instantText(createdMs),
    ...(expiresMs !== undefined && { expires: instantText(expiresMs) }),
    revoked,
  }
}

export function registrationView({
  token,
  registration,
  agreement,
}: MadeRegistration): View<'RegistrationToken'> {
  const { product, buyer, licenseArn, customerIdentifier, issuedMs } = registration
  return {
    token,
    product,
    buyer,
    agreement: agreement.id,
    licenseArn,
    ...(customerIdentifier !== undefined && { customerIdentifier }),
    issued: instantText(issuedMs),
  }
}

export function purchaseLinkView(
  url: string,
  { product, buyer, expiresMs }: PurchaseLink,
): View<'PurchaseLink'> {
  return { url, product, buyer, expires: instantText(expiresMs) }
}

export function logView({ version, atMs, actor, summary, what }: LogEntry): View<'LogEntry'> {
  return { version, at: instantText(atMs), actor, summary, what: JSON.parse(what) as unknown }
}

/** @param viewer The seller who looks; absent: an operator, who sees all. */
export function recordView(record: MeteringRecord, viewer?: AccountId): View<'MeteringRecord'> {
  const { call, resource, allocations } = record
  return {
    id: record.id,
    product: record.product,
    seller: record.seller,
    buyer: record.buyer,
    dimension: record.dimension,
    region: record.region,
    hour: hourText(record.hour),
    quantity: record.quantity,
    timestamp: instantText(record.timestampMs),
    agreement: record.agreement,
    licenseArn: record.licenseArn,
    billingLine: record.billingLine,
    ...(resource !== '' && { resource }),
    namedBy: record.namedBy,
    ...(allocations && { allocations: allocationViews(allocations) }),
    recordedAt: microsecondsText(record.recordedAtUs),
    call: {
      requestId: call.requestId,
      operation: call.operation,
      receivedAt: instantText(call.receivedAtMs),
      account: call.account,
      profile: call.profile,
      ...(maySeeCaller(call.account, viewer) && {
        accessKeyId: call.accessKeyId,
        address: call.address,
        userAgent: call.userAgent,
      }),
    },
  }
}

/** MeterUsage is signed by the buyer: whose usage it is concerns the seller, from where it was sent does not. */
function maySeeCaller(account: AccountId, viewer: AccountId | undefined): boolean {
  return viewer === undefined || viewer === account
}

/** @param viewer As for a record. */
export function refusalView(
  { refused, firstAtMs, count }: KeptRefusal,
  viewer?: AccountId,
): View<'RefusedUsage'> {
  const { usage, held, signer = refused.seller } = refused
  return {
    seller: refused.seller,
    code: refused.code,
    reason: refused.reason,
    at: instantText(refused.atMs),
    firstAt: instantText(firstAtMs),
    count,
    requestId: refused.requestId,
    ...(maySeeCaller(signer, viewer) && { accessKeyId: refused.accessKeyId }),
    region: refused.region,
    operation: refused.operation,
    productCode: refused.productCode,
    ...(usage && { usage: usageView(usage) }),
    ...(held && { held: { id: held.id, quantity: held.quantity } }),
  }
}

export function notificationView(kept: KeptNotice): View<'Notification'> {
  const { notice, state, attempts, dueMs, lastAtMs, lastResult, nextAttemptMs } = kept
  const { form, name, body } = notificationOf(notice)
  return {
    id: notice.id,
    form,
    name,
    seller: notice.seller,
    product: notice.product,
    buyer: notice.buyer,
    agreement: notice.agreement,
    state,
    due: instantText(dueMs),
    attempts,
    ...(lastAtMs !== undefined && { lastAt: instantText(lastAtMs) }),
    ...(lastResult !== undefined && { lastResult }),
    ...(nextAttemptMs !== undefined && { nextAttempt: instantText(nextAttemptMs) }),
    body,
  }
}

export function usageView(usage: UsageRecord): NonNullable<View<'RefusedUsage'>['usage']> {
  const { customerIdentifier, account, licenseArn } = usage.buyer
  return {
    ...(customerIdentifier !== undefined && { customerIdentifier }),
    ...(account !== undefined && { buyer: account }),
    ...(licenseArn !== undefined && { licenseArn }),
    dimension: usage.dimension,
    quantity: usage.quantity,
    timestamp: instantText(usage.timestampMs),
    ...(usage.allocations && { allocations: allocationViews(usage.allocations) }),
  }
}

function allocationViews(allocations: readonly Allocation[]) {
  return allocations.map(({ quantity, tags }) => ({
    quantity,
    tags: tags.map(({ key, value }) => ({ key, value })),
  }))
}

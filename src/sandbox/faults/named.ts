/**
 * Whom and what a call names, told from its body before anything has checked it.
 *
 * Trusts     Nothing: what is no text, or names nobody, is nobody. The operation says later what is wrong with it.
 * Checked by named.test.ts, a row for each operation and way of naming
 */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { AccountId, CustomerIdentifier, LicenseArn } from '../../core/usage.ts'
import type { MasterKeyRing } from '../../server/keys/master-keys.ts'
import { openRegistration } from '../../server/registration-tokens.ts'
import { isJsonObject, type JsonObject } from '../../wire/json.ts'

/** One buyer or product, or a buyer of a product. */
export interface Named {
  readonly buyer?: string | undefined
  readonly product?: string | undefined
}

/** What names are looked up in. */
export interface Directory {
  readonly catalog: CatalogIndex
  readonly masterKeys: Pick<MasterKeyRing, 'find'>
}

/**
 * In BatchMeterUsage one for each record, in order; one of the product where there are none.
 *
 * @param signer The account that signed.
 */
export function namedIn(
  operation: string,
  body: JsonObject,
  signer: AccountId,
  { catalog, masterKeys }: Directory,
): readonly Named[] {
  const product = textOf(body['ProductCode'])
  switch (operation) {
    case 'BatchMeterUsage':
      return inBatch(body, { catalog, signer, product })
    case 'ResolveCustomer':
      return [openRegistration(masterKeys, textOf(body['RegistrationToken']) ?? '') ?? {}]
    case 'GetEntitlements':
      return inFilter(body, { catalog, signer, product })
    default:
      return [{ buyer: signer, product }]
  }
}

interface Asked {
  readonly catalog: CatalogIndex
  readonly signer: AccountId
  readonly product: string | undefined
}

function inBatch(body: JsonObject, asked: Asked): readonly Named[] {
  const records = listOf(body['UsageRecords'])
  if (records.length === 0) return [{ product: asked.product }]
  return records.map((record) => {
    if (!isJsonObject(record)) return { product: asked.product }
    return buyerBy(asked, {
      account: textOf(record['CustomerAWSAccountId']),
      customer: textOf(record['CustomerIdentifier']),
      license: textOf(record['LicenseArn']),
    })
  })
}

/** A call without a filter of buyers names none, though it may be answered with any. */
function inFilter(body: JsonObject, asked: Asked): readonly Named[] {
  const filter = isJsonObject(body['Filter']) ? body['Filter'] : {}
  const named = [
    ...textsOf(filter['CUSTOMER_AWS_ACCOUNT_ID']).map((account) => buyerBy(asked, { account })),
    ...textsOf(filter['CUSTOMER_IDENTIFIER']).map((customer) => buyerBy(asked, { customer })),
    ...textsOf(filter['LICENSE_ARN']).map((license) => buyerBy(asked, { license })),
  ]
  return named.length === 0 ? [{ product: asked.product }] : named
}

interface BuyerTexts {
  readonly account?: string | undefined
  readonly customer?: string | undefined
  readonly license?: string | undefined
}

function buyerBy(
  { catalog, signer, product }: Asked,
  { account, customer, license }: BuyerTexts,
): Named {
  const agreement = license ? catalog.agreementByLicense(license as LicenseArn) : undefined
  const known = customer ? catalog.buyerOf(signer, customer as CustomerIdentifier) : undefined
  return {
    buyer: account ?? known ?? agreement?.buyer,
    product: product ?? agreement?.product,
  }
}

/** An empty name is an absent one (D2). */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

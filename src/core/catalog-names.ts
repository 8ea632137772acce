/**
 * How the things of the catalog may be named, and how names are made when the operator gives none.
 *
 * What reaches the wire keeps to the published patterns (CONTRACT rules 3 and 4); what we make looks like AWS's own.
 * Checked by catalog-names.test.ts
 */
import {
  type AccountId,
  type AgreementId,
  type CustomerIdentifier,
  type Dimension,
  type LicenseArn,
  type MeteringRecordId,
  parseAccountId,
  parseRegion,
  type ProductCode,
  type Region,
} from './usage.ts'

const PRODUCT_CODE = /^[-a-zA-Z0-9/=:_.@]{1,255}$/
const CUSTOMER_IDENTIFIER = /^[\x21-\x7e]{1,255}$/
const AGREEMENT_ID = /^agmt-[a-z0-9]{1,64}$/
const LICENSE_ARN =
  /^arn:aws[a-zA-Z-]*:[A-Za-z0-9][A-Za-z0-9_/.-]{0,62}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9_/.-]{0,63}:[A-Za-z0-9][A-Za-z0-9:_/+=,@.-]{0,1023}$/
/** A UUID of version 8; store/record-id.ts makes them. */
const RECORD_ID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const LONG_TERM_KEY = /^AKIA[A-Z0-9]{12,124}$/
const TEMPORARY_KEY = /^ASIA[A-Z0-9]{12,124}$/
const PRICE = /^\d{1,12}(\.\d{1,3})?$/
const WEBHOOK =
  /^(?=.{1,2048}$)https?:\/\/([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([/?][\x21\x22\x24-\x7e]*)?$/
/** Those of ASCII. */
const CONTROL = /[\p{Cc}--[\x80-\x9f]]/v

/** One way to name something: how to read it, and what to say when it is not that. */
export interface NameRule<Name> {
  parse(text: string): Name | undefined
  readonly expected: string
}

export const ACCOUNT: NameRule<AccountId> = {
  parse: parseAccountId,
  expected: 'an account: twelve digits, in quotes where zeros lead',
}

export const PRODUCT: NameRule<ProductCode> = {
  parse: (text) => (PRODUCT_CODE.test(text) ? (text as ProductCode) : undefined),
  expected: 'a product code: 1 to 255 letters, digits or - / = : _ . @',
}

export const CUSTOMER: NameRule<CustomerIdentifier> = {
  parse: (text) => (CUSTOMER_IDENTIFIER.test(text) ? (text as CustomerIdentifier) : undefined),
  expected: 'a customer identifier: 1 to 255 visible ASCII characters',
}

export const AGREEMENT: NameRule<AgreementId> = {
  parse: (text) => (AGREEMENT_ID.test(text) ? (text as AgreementId) : undefined),
  expected: 'an agreement id: agmt- and 1 to 64 lower-case letters or digits',
}

export const LICENSE: NameRule<LicenseArn> = {
  parse: (text) => (LICENSE_ARN.test(text) ? (text as LicenseArn) : undefined),
  expected:
    'a license ARN such as arn:aws:license-manager::123456789012:license:l-0123456789abcdef0123456789abcdef',
}

export const REGION: NameRule<Region> = {
  parse: parseRegion,
  expected: 'a Region such as us-east-1',
}

export const RECORD_ID: NameRule<MeteringRecordId> = {
  parse: (text) => (RECORD_ID_TEXT.test(text) ? (text as MeteringRecordId) : undefined),
  expected: 'a metering record id such as 0798f11a-3c4d-8000-9e5f-0123456789ab, in lower case',
}

/** What a key can be limited to: the operations of the API, those of a later version too. */
export const OPERATIONS = [
  'BatchMeterUsage',
  'MeterUsage',
  'RegisterUsage',
  'ResolveCustomer',
  'GetEntitlements',
] as const

export const OPERATION: NameRule<string> = {
  parse: (text) => OPERATIONS.find((operation) => operation === text),
  expected: `one of ${OPERATIONS.join(', ')}`,
}

/** Any character may stand in a dimension, a new line too, but half a surrogate pair cannot be sent. */
export const DIMENSION: NameRule<Dimension> = {
  parse: (text) =>
    text.length >= 1 && text.length <= 255 && text.isWellFormed() ? (text as Dimension) : undefined,
  expected: 'a dimension: 1 to 255 characters',
}

export const LONG_TERM_KEY_ID: NameRule<string> = {
  parse: (text) => (LONG_TERM_KEY.test(text) ? text : undefined),
  expected: 'an access key id: AKIA and 12 to 124 upper-case letters or digits',
}

export const TEMPORARY_KEY_ID: NameRule<string> = {
  parse: (text) => (TEMPORARY_KEY.test(text) ? text : undefined),
  expected: 'a temporary access key id: ASIA and 12 to 124 upper-case letters or digits',
}

export const PRICE_TEXT: NameRule<string> = {
  parse: (text) => (PRICE.test(text) ? text : undefined),
  expected: 'a price in US dollars with at most three decimals, such as 0.005',
}

/** What a key runs on. Part of hours that are held for ever, so it is kept short and can be printed. */
export const RESOURCE: NameRule<string> = {
  parse: (text) => (/^[\x21-\x7e]{1,255}$/.test(text) ? text : undefined),
  expected: 'a resource: 1 to 255 visible ASCII characters',
}

/** Without a user, a password or a fragment: it is shown to whoever may see the seller. */
export const WEBHOOK_URL: NameRule<string> = {
  parse: (text) => (WEBHOOK.test(text) ? text : undefined),
  expected:
    'a URL that begins with https:// or http://, of at most 2,048 visible ASCII characters, without a password or a #',
}

/** A name or a description, for people. */
export const SHOWN_TEXT: NameRule<string> = {
  parse: (text) =>
    text.length <= 1_000 && text.isWellFormed() && !CONTROL.test(text) ? text : undefined,
  expected: 'text of at most 1,000 characters on one line',
}

/** The value of an entitlement that is a text, for programs. */
export const ENTITLED_TEXT: NameRule<string> = {
  parse: (text) =>
    text.length >= 1 && text.length <= 1_000 && text.isWellFormed() && !CONTROL.test(text)
      ? text
      : undefined,
  expected: 'text of 1 to 1,000 characters on one line',
}

/** Makes names that nobody has used. */
export interface NewNames {
  productCode(): ProductCode
  customerIdentifier(): CustomerIdentifier
  agreementId(): AgreementId
  licenseArn(): LicenseArn
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const HEX = '0123456789abcdef'
/** Stands where AWS puts an account of its own. */
const LICENSE_ACCOUNT = '123456789012'

/** @param randomBelow A whole number from 0 up to, not including, its argument: each as likely as the others. */
export function newNames(randomBelow: (limit: number) => number): NewNames {
  const draw = (letters: string, length: number): string =>
    Array.from({ length }, () => letters.charAt(randomBelow(letters.length))).join('')
  return {
    productCode: () => draw(LOWER, 25) as ProductCode,
    customerIdentifier: () => draw(UPPER, 11) as CustomerIdentifier,
    agreementId: () => `agmt-${draw(LOWER, 25)}` as AgreementId,
    licenseArn: () =>
      `arn:aws:license-manager::${LICENSE_ACCOUNT}:license:l-${draw(HEX, 32)}` as LicenseArn,
  }
}

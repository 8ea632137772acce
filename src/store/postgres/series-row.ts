/** A series as a row of PostgreSQL has it, and its way back. */
import type { BillingLine } from '../../core/billing-line.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  LicenseArn,
  ProductCode,
  Region,
} from '../../core/usage.ts'
import { fromStoredText } from '../stored-text.ts'
import type { TextRow } from './pipeline.ts'

export const SERIES_COLUMNS =
  'series, region, billing_line, dimension, resource, product, seller, buyer, agreement, license_arn'

/** What of a record its series tells; its agreement may be another one. */
export type SeriesTexts = Pick<
  NewRecord,
  | 'region'
  | 'billingLine'
  | 'dimension'
  | 'resource'
  | 'product'
  | 'seller'
  | 'buyer'
  | 'agreement'
  | 'licenseArn'
>

export interface SeriesTextColumns {
  readonly region: string
  readonly billing_line: string
  readonly dimension: string
  readonly resource: string
  readonly product: string
  readonly seller: string
  readonly buyer: string
  readonly agreement: string
  readonly license_arn: string
}

export interface SeriesRow extends SeriesTextColumns {
  readonly series: string
}

/** @param texts In the order of SERIES_COLUMNS, none of which is ever null. */
export function seriesRowOf(texts: TextRow): SeriesRow {
  const [
    series = '',
    region = '',
    billing_line = '',
    dimension = '',
    resource = '',
    product = '',
    seller = '',
    buyer = '',
    agreement = '',
    license_arn = '',
  ] = texts.map((text) => text ?? '')
  return {
    series,
    region,
    billing_line,
    dimension,
    resource,
    product,
    seller,
    buyer,
    agreement,
    license_arn,
  }
}

export function parseSeriesTexts(row: SeriesTextColumns): SeriesTexts {
  return {
    region: fromStoredText(row.region) as Region,
    billingLine: fromStoredText(row.billing_line) as BillingLine,
    dimension: fromStoredText(row.dimension) as Dimension,
    resource: fromStoredText(row.resource),
    product: fromStoredText(row.product) as ProductCode,
    seller: fromStoredText(row.seller) as AccountId,
    buyer: fromStoredText(row.buyer) as AccountId,
    agreement: fromStoredText(row.agreement) as AgreementId,
    licenseArn: fromStoredText(row.license_arn) as LicenseArn,
  }
}

/**
 * Judges one report of MeterUsage before the ledger is asked: decision D11 from the product code on.
 *
 * The buyer signs here, so there is nobody to name, and the resource that reports is the access key's. Products metered
 * this way have single agreements.
 */
import { admitSingle, admitStanding } from './admission.ts'
import { billingLineOfProduct, type HourKey } from './billing-line.ts'
import type { Product } from './catalog.ts'
import { type ErrorCode, type Refusal, refusal } from './errors.ts'
import { startOfHour, usageHourOf } from './hour.ts'
import {
  type Circumstances,
  type JudgedRecord,
  newRecord,
  productReason,
  USAGE_RULES,
} from './judge.ts'
import type { AccountId, ProductCode, UsageRecord } from './usage.ts'
import { reportWindowProblem } from './window.ts'

/** @property usage Its buyer is the account that signed. */
export interface Report {
  readonly productCode: ProductCode
  readonly usage: UsageRecord
}

export interface ReportCircumstances extends Omit<Circumstances, 'seller'> {
  readonly buyer: AccountId
  /** The label of the access key that signed. */
  readonly resource?: string
}

export type ReportJudgement =
  | { readonly ok: false; readonly refusal: Refusal }
  | {
      readonly ok: true
      readonly product: Product
      readonly record: JudgedRecord
      readonly key: HourKey
    }

export function judgeReport(
  { productCode, usage }: Report,
  circumstances: ReportCircumstances,
): ReportJudgement {
  const product = circumstances.catalog.product(productCode)
  if (product?.meteredBy !== 'MeterUsage' || product.retired) {
    return refused('InvalidProductCodeException', reasonOf(product, circumstances))
  }
  const resource = resourceOf(product, circumstances)
  if (resource === undefined) return refused('AccessDeniedException', NO_RESOURCE)
  for (const rule of USAGE_RULES) {
    const reason = rule.problem(usage, product, circumstances)
    if (reason !== undefined) return refused(rule.code, reason)
  }
  const { now, profile } = circumstances
  const outside = reportWindowProblem(usage.timestampMs, now.ms, profile)
  if (outside !== undefined) {
    return refused('TimestampOutOfBoundsException', `the timestamp ${outside}`)
  }
  return { ok: true, product, ...judgeUsage(usage, product, resource, circumstances) }
}

/** A stranger to the product may be another seller, who reads its own refusals: it is told no more than of a made-up code. */
function reasonOf(product: Product | undefined, { catalog, buyer }: ReportCircumstances): string {
  const isBuyer = product && catalog.purchasesOf(product.code, buyer) !== undefined
  return isBuyer ? productReason(product) : 'no product of this code is metered by MeterUsage'
}

const NO_RESOURCE = 'the access key has no resource label, and the product is metered by resource'

/** Undefined where a label is needed and the key has none. */
function resourceOf(
  { oneResourcePerBuyer }: Product,
  { resource }: ReportCircumstances,
): string | undefined {
  if (oneResourcePerBuyer === true) return ''
  return resource === '' ? undefined : resource
}

function judgeUsage(
  sent: UsageRecord,
  product: Product,
  resource: string,
  { buyer, region, catalog, profile, now }: ReportCircumstances,
): { readonly record: JudgedRecord; readonly key: HourKey } {
  const hour = usageHourOf(sent.timestampMs)
  const purchases = catalog.purchasesOf(product.code, buyer)
  const key: HourKey = {
    region,
    billingLine: purchases?.billingLine ?? billingLineOfProduct(product.code, buyer),
    dimension: sent.dimension,
    hour,
    resource,
  }
  // The service rounds down to the hour (rule 166), and all that follows goes by that.
  const usage = { ...sent, timestampMs: startOfHour(hour) }
  const reported = {
    timestampMs: usage.timestampMs,
    receivedAtMs: now.ms,
    lastHourMs: profile.lastHourMs,
  }
  const admission =
    admitStanding(purchases, hour) ?? admitSingle(purchases?.agreements ?? [], reported)
  if (admission.kind !== 'admitted') return { key, record: { ...admission, usage: sent, key } }
  const record = newRecord(key, usage, product, buyer, admission.agreement)
  return { key, record: { kind: 'admitted', usage: sent, record } }
}

/** There is one record, so it is the one to blame. */
function refused(code: ErrorCode, reason: string): ReportJudgement {
  return { ok: false, refusal: refusal(code, reason, 0) }
}

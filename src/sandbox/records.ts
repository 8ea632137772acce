/** The metering records that a workspace holds. */
import { ACCOUNT, DIMENSION, type NameRule, PRODUCT } from '../core/catalog-names.ts'
import type { UsageHour } from '../core/hour.ts'
import type { MeteringRecord } from '../core/metering-record.ts'
import { recordView } from '../server/admin/views.ts'
import type { LedgerQuery } from '../store/ledger.ts'
import type { SandboxBuyer, SandboxProduct } from './facts.ts'
import { SandboxRefused } from './refused.ts'
import type { SandboxRecord } from './shapes.ts'
import { type Instant, millisecondsOf } from './time.ts'
import type { Workspace } from './workspace.ts'

/** Every member narrows. One that is undefined does not: in a strict project `buyers[0]` may be. */
export interface UsageQuery {
  /** An account id, or one of `buyers`. */
  readonly buyer?: string | SandboxBuyer | undefined
  readonly product?: string | SandboxProduct | undefined
  readonly dimension?: string | undefined
}

/** Usage hours that have a part between two instants; the second is no part of it. */
export interface HoursQuery {
  readonly from?: Instant
  readonly to?: Instant
}

/** Every member narrows. */
export interface RecordQuery extends UsageQuery, HoursQuery {
  /** Any instant in the usage hour. */
  readonly hour?: Instant
  readonly quantity?: number
}

const PAGE_COUNT = 10_000
const HOUR_MS = 3_600_000

/** In the order in which they were recorded. @throws SandboxRefused on what can be no name. */
export async function recordsOf(
  workspace: Workspace,
  query: RecordQuery = {},
): Promise<readonly SandboxRecord[]> {
  const records: SandboxRecord[] = []
  for await (const record of heldIn(workspace, query)) records.push(recordView(record))
  return records
}

export function zeroQuantityRecordsOf(
  workspace: Workspace,
  query: Omit<RecordQuery, 'quantity'> = {},
): Promise<readonly SandboxRecord[]> {
  return recordsOf(workspace, { ...query, quantity: 0 })
}

export async function* heldIn(
  { world: { ledger }, clock }: Workspace,
  query: RecordQuery,
): AsyncGenerator<MeteringRecord> {
  const narrowed = { ...namesIn(query), ...hoursIn(query, clock.nowMs) }
  let after: string | undefined
  do {
    const page = await ledger.read({ ...narrowed, ...(after && { after }), countMax: PAGE_COUNT })
    for (const record of page.records) {
      if ((query.quantity ?? record.quantity) === record.quantity) yield record
    }
    after = page.next
  } while (after !== undefined)
}

/** @throws SandboxRefused on what can be no name. */
export function namesIn({
  buyer,
  product,
  dimension,
}: UsageQuery): Pick<LedgerQuery, 'buyer' | 'product' | 'dimension'> {
  const account = typeof buyer === 'object' ? buyer.awsAccountId : buyer
  const code = typeof product === 'object' ? product.code : product
  return {
    ...(account !== undefined && { buyer: named(ACCOUNT, account) }),
    ...(code !== undefined && { product: named(PRODUCT, code) }),
    ...(dimension !== undefined && { dimension: named(DIMENSION, dimension) }),
  }
}

function hoursIn(
  { hour, from, to }: RecordQuery,
  nowMs: number,
): Pick<LedgerQuery, 'fromHour' | 'beforeHour'> {
  if (hour !== undefined) {
    const fromHour = hourOf(hour, nowMs)
    return { fromHour, beforeHour: (fromHour + 1) as UsageHour }
  }
  return {
    ...(from !== undefined && { fromHour: hourOf(from, nowMs) }),
    ...(to !== undefined && { beforeHour: hourAfter(to, nowMs) }),
  }
}

export function hourOf(instant: Instant, nowMs: number): UsageHour {
  return Math.floor(millisecondsOf(instant, nowMs) / HOUR_MS) as UsageHour
}

/** The first hour that has no part before the instant. */
export function hourAfter(instant: Instant, nowMs: number): UsageHour {
  return Math.ceil(millisecondsOf(instant, nowMs) / HOUR_MS) as UsageHour
}

export function named<Name>(rule: NameRule<Name>, text: string): Name {
  const name = rule.parse(text)
  if (name === undefined) throw new SandboxRefused(400, `${JSON.stringify(text)}: ${rule.expected}`)
  return name
}

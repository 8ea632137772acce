/** The metering records that a workspace holds. */
import type { UsageHour } from '../core/hour.ts'
import type { LicenseArn } from '../core/usage.ts'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { MeteringRecord } from '../core/metering-record.ts'
import { recordView } from '../server/admin/views.ts'
import type { LedgerQuery } from '../store/ledger.ts'
import { nameIn, readWhole, refused } from './given.ts'
import { checkQuery, HOURS_MEMBERS, type HoursQuery, namesIn, type UsageQuery } from './query.ts'
import type { SandboxRecord } from './shapes.ts'
import { type Instant, millisecondsOf } from './time.ts'
import type { Workspace } from './workspace.ts'

/** Every member narrows. */
export interface RecordQuery extends UsageQuery, HoursQuery {
  /** Any instant in the usage hour. */
  readonly hour?: Instant
  readonly quantity?: number
  /** The ARN of one agreement’s license. */
  readonly license?: string | undefined
}

const ZERO_MEMBERS = [...HOURS_MEMBERS, 'hour', 'license'] as const
const MEMBERS = [...ZERO_MEMBERS, 'quantity'] as const

const PAGE_COUNT = 10_000
const HOUR_MS = 3_600_000

/** In the order in which they were recorded. @throws SandboxRefused on what is not there. */
export async function recordsOf(
  workspace: Workspace,
  query: RecordQuery = {},
): Promise<readonly SandboxRecord[]> {
  checkQuery(query, MEMBERS)
  const records: SandboxRecord[] = []
  for await (const record of heldIn(workspace, query)) records.push(recordView(record))
  return records
}

export async function zeroQuantityRecordsOf(
  workspace: Workspace,
  query: Omit<RecordQuery, 'quantity'> = {},
): Promise<readonly SandboxRecord[]> {
  checkQuery(query, ZERO_MEMBERS)
  return recordsOf(workspace, { ...query, quantity: 0 })
}

export async function* heldIn(
  { world: { ledger, catalog }, clock }: Workspace,
  query: RecordQuery,
): AsyncGenerator<MeteringRecord> {
  const narrowed = { ...namesIn(query, catalog), ...hoursIn(query, clock.nowMs) }
  const quantity =
    query.quantity === undefined ? undefined : readWhole(query.quantity, 'quantity', 0)
  const license = licenseIn(query, catalog)
  let after: string | undefined
  do {
    const page = await ledger.read({ ...narrowed, ...(after && { after }), countMax: PAGE_COUNT })
    for (const record of page.records) {
      const isWanted =
        (quantity ?? record.quantity) === record.quantity &&
        (license ?? record.licenseArn) === record.licenseArn
      if (isWanted) yield record
    }
    after = page.next
  } while (after !== undefined)
}

function licenseIn({ license }: RecordQuery, catalog: CatalogIndex): LicenseArn | undefined {
  if (license === undefined) return undefined
  const licenses = new Map([...catalog.agreements.values()].map((one) => [one.licenseArn, one]))
  return nameIn(licenses, license, 'license', 'licenseArn')
}

function hoursIn(
  { hour, from, to }: RecordQuery,
  nowMs: number,
): Pick<LedgerQuery, 'fromHour' | 'beforeHour'> {
  if (hour !== undefined) {
    if ((from ?? to) !== undefined) {
      throw refused('Either hour says which hour, or from and to say which hours: not both.')
    }
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

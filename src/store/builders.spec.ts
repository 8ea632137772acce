/** Builders that name only what a test is about, every other member having a usual value; and short ways to ask a ledger. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { billingLineOfProduct } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import { MS_PER_HOUR, type UsageHour } from '../core/hour.ts'
import type { Call, MeteringRecord, NewRecord } from '../core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  InstantMs,
  LicenseArn,
  ProductCode,
  Quantity,
  Region,
} from '../core/usage.ts'
import type { Held, Ledger, LedgerQuery } from './ledger.ts'

/** 2026-11-24T12:00Z: the hour that the builders use and the clock begins in. */
export const HOUR = 498_756 as UsageHour
export const NOON_US = HOUR * MS_PER_HOUR * 1_000

export class StubClock {
  nowUs = NOON_US
}

/** The n-th of as many accounts as a test needs. */
export function accountOf(number: number): AccountId {
  return String(100_000_000_000 + number) as AccountId
}

export interface RecordWish {
  readonly buyer?: number
  readonly hour?: number
  readonly quantity?: number
  readonly allocations?: NewRecord['allocations']
}

export function aRecord({
  buyer = 1,
  hour = HOUR,
  quantity = 1,
  allocations,
}: RecordWish): NewRecord {
  const product = '4w1sbgfkdrl0bqj1j6gf93k2b' as ProductCode
  const account = accountOf(buyer)
  return {
    region: 'us-east-1' as Region,
    billingLine: billingLineOfProduct(product, account),
    dimension: 'requests' as Dimension,
    hour: hour as UsageHour,
    resource: '',
    product,
    seller: accountOf(900),
    buyer: account,
    agreement: `agmt-${buyer}` as AgreementId,
    licenseArn: `arn:aws:license-manager::${account}:license:l-${buyer}` as LicenseArn,
    namedBy: 'account',
    quantity: quantity as Quantity,
    timestampMs: (hour * MS_PER_HOUR + 61_001) as InstantMs,
    ...(allocations === undefined ? {} : { allocations }),
  }
}

export function aCall({ account = 900, requestId = 'request-1' } = {}): Call {
  return {
    requestId,
    operation: 'BatchMeterUsage',
    receivedAtMs: (HOUR * MS_PER_HOUR + 100_000) as InstantMs,
    account: accountOf(account),
    accessKeyId: 'AKIDEXAMPLE',
    address: '127.0.0.1',
    userAgent: 'aws-sdk-js/3',
    profile: 'aws-2025',
  }
}

/** Kept for the seven hours after it was sent. */
const TOKEN_KEPT_MS = 7 * MS_PER_HOUR

/** A token of the buyer of {@link aRecord}. */
export function aToken({
  buyer = 1,
  name = 'token-1',
  parameters = 'first',
  askedAtMs = HOUR * MS_PER_HOUR,
} = {}): ClientToken {
  return {
    billingLine: aRecord({ buyer }).billingLine,
    name: JSON.stringify([buyer, name]),
    parameters,
    askedAtMs: askedAtMs as InstantMs,
    keptUntilMs: (askedAtMs + TOKEN_KEPT_MS) as InstantMs,
  }
}

export function reached(held: Held | 'unavailable' | undefined): Held {
  assert(held !== undefined && held !== 'unavailable', 'a ledger of one part is never unavailable')
  return held
}

export async function holdAll(ledger: Ledger, records: readonly NewRecord[]): Promise<Held[]> {
  return (await ledger.hold(aCall(), records)).map(reached)
}

/** Sends again what was not held, as callers do, until all of it is: in the order given, the first answer to each. */
export async function heldAgain(
  ledger: Pick<Ledger, 'hold'>,
  records: readonly NewRecord[],
): Promise<readonly Held[]> {
  const held = new Map<NewRecord, Held>()
  for (;;) {
    const left = records.filter((record) => !held.has(record))
    if (left.length === 0) return records.map((record) => reached(held.get(record)))
    const answers = await ledger.hold(aCall(), left).catch(() => [])
    for (const [index, record] of left.entries()) {
      const answer = answers[index]
      if (answer !== undefined && answer !== 'unavailable') held.set(record, answer)
    }
    await sleep(20)
  }
}

/** Every record that a query matches, page by page; checks what each page promises. */
export async function readAll(
  ledger: Pick<Ledger, 'read'>,
  query: Partial<LedgerQuery> = {},
): Promise<MeteringRecord[]> {
  const records: MeteringRecord[] = []
  await lastPage(ledger, { countMax: 100, ...query }, records)
  return records
}

/** The last page of a query; the records of all go to `records`. */
export async function lastPage(
  ledger: Pick<Ledger, 'read'>,
  query: LedgerQuery,
  records: MeteringRecord[] = [],
): ReturnType<Ledger['read']> {
  const page = await ledger.read(query)
  assert(page.records.length <= query.countMax)
  records.push(...page.records)
  return page.next === undefined ? page : lastPage(ledger, { ...query, after: page.next }, records)
}

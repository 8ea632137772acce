/**
 * Cuts usage records into legal requests: pure, so that every rule of it can be tested without a call.
 *
 * Legal       One product and one way to name buyers a request, licensed and unlicensed apart, 25 records, under 1 MB
 *             by its smaller reading (AWS does not say which).
 * In order    Records of one hour key with different content go in different waves, each sent when the one before
 *             is settled: so the first given wins, whatever is refused, left over or late.
 * Apart       A record that breaks a rule goes alone, and records outside the window among themselves: a request is
 *             refused whole, and they would cost the good ones their place and many calls.
 * Checked by  plan.test.ts
 */
import { usageHourOf } from '../core/hour.ts'
import { RECORDS_PER_REQUEST_MAX } from '../wire/batch-meter-usage.ts'
import { toInstantMs } from '../wire/usage-members.ts'
import { bytesOf, type SentRequest } from './check.ts'
import type { SentUsageRecord } from './usage-record.ts'

/** 1 MB is 1,000,000 or 1,048,576 bytes; less than the smaller is less than both. */
const REQUEST_BYTES_MAX = 999_999
/** `{"ProductCode":"","UsageRecords":[]}` and some air, without the code. */
const ENVELOPE_BYTES = 64

/** One record on its way. */
export interface Item {
  /** Place in the input, from 0. */
  readonly index: number
  readonly record: SentUsageRecord
  /** What keeps products apart; empty if not given. */
  readonly productCode: string
  /** `alone`: it breaks a rule. `old`: it lies outside the window. */
  readonly company: 'any' | 'old' | 'alone'
}

/** A request to be sent, with its records. */
export interface PlannedRequest {
  readonly productCode: string | undefined
  readonly items: readonly Item[]
}

/** The hour key as far as a sender knows it: product or license, buyer, dimension and UTC clock hour. */
export function hourKeyOf({ record, productCode }: Pick<Item, 'record' | 'productCode'>): string {
  return JSON.stringify([record.LicenseArn ? '' : productCode, factOf(record)])
}

/** What tells records apart within one request. */
export function factOf(record: SentUsageRecord): string {
  return JSON.stringify([
    record.CustomerIdentifier ?? '',
    record.CustomerAWSAccountId ?? '',
    record.LicenseArn ?? '',
    record.Dimension,
    usageHourOf(toInstantMs(record.Timestamp)),
  ])
}

/** Sorts records into waves: records of one hour key stand in one wave only if they are equal. */
export function wavesOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const contentsByKey = new Map<string, Map<string, number>>()
  const waves: Item[][] = []
  for (const item of items) {
    const key = hourKeyOf(item)
    const contents = contentsByKey.get(key) ?? new Map<string, number>()
    contentsByKey.set(key, contents)
    const content = JSON.stringify(item.record)
    const number = contents.get(content) ?? contents.size
    contents.set(content, number)
    const wave = (waves[number] ??= [])
    wave.push(item)
  }
  return waves
}

/** Cuts one wave into requests, each full before the next of its kind is begun. */
export function requestsOf(wave: readonly Item[]): readonly PlannedRequest[] {
  const requests: PlannedRequest[] = []
  const open = new Map<string, { items: Item[]; bytes: number }>()
  for (const item of wave) {
    const kind = kindOf(item)
    const bytes = bytesOf(item.record) + 1
    let current = open.get(kind)
    if (current === undefined || !fits(current, bytes)) {
      current = { items: [], bytes: ENVELOPE_BYTES + item.productCode.length }
      open.set(kind, current)
      requests.push({ productCode: sentCodeOf(item), items: current.items })
    }
    current.items.push(item)
    current.bytes += bytes
  }
  return requests
}

export function requestOfOne(item: Item): PlannedRequest {
  return { productCode: sentCodeOf(item), items: [item] }
}

export function halvesOf({ productCode, items }: PlannedRequest): readonly PlannedRequest[] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)].map((half) => ({ productCode, items: half }))
}

export function sentRequestOf({ productCode, items }: PlannedRequest): SentRequest {
  const UsageRecords = items.map(({ record }) => record)
  return productCode === undefined ? { UsageRecords } : { ProductCode: productCode, UsageRecords }
}

function fits(request: { items: readonly Item[]; bytes: number }, bytes: number): boolean {
  return (
    request.items.length < RECORDS_PER_REQUEST_MAX && request.bytes + bytes <= REQUEST_BYTES_MAX
  )
}

/** Beside a license the code is not sent: the license names the product, and AWS refuses both together. */
function sentCodeOf({ record, productCode }: Item): string | undefined {
  return record.LicenseArn || productCode === '' ? undefined : productCode
}

/** Records of one kind may share a request. */
function kindOf({ index, record, productCode, company }: Item): string {
  if (company === 'alone') return JSON.stringify([index])
  const naming = record.LicenseArn
    ? 'license'
    : record.CustomerIdentifier
      ? 'identifier'
      : 'account'
  return JSON.stringify([company, naming, productCode])
}

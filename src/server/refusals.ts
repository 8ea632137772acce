/**
 * Turns what was not taken into entries for our own surfaces: the wire tells a caller the name of the
 * problem, here stands why, and what was held before it (D7).
 */
import type { NameRule } from '../core/catalog-names.ts'
import type { Product } from '../core/catalog.ts'
import { ERRORS } from '../core/errors.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { UsageRecord } from '../core/usage.ts'
import type { Refused } from '../wire/refused.ts'
import { refusedWithoutTokens, withoutTokens } from './masked-tokens.ts'
import type { CallContext, Observer } from './service.ts'
import type { SettledRecord } from './settle.ts'

/** The codes of single records; a refused batch has the name of its exception. */
const CODES = {
  conflicting: 'DuplicateRecord',
  notSubscribed: 'CustomerNotSubscribed',
} as const

/** A record that was taken as the same fact though its allocations differ (D9). */
export const ALLOCATIONS_DIFFER = 'AllocationsDiffer'

/** What is said of one record of a request that was answered. */
export const RECORD_CODES: ReadonlySet<string> = new Set([
  ...Object.values(CODES),
  ALLOCATIONS_DIFFER,
])

const REFUSAL_CODES = new Set<string>([...Object.keys(ERRORS), ...RECORD_CODES])

/** For those who ask for refusals of one code: another one could only ever find nothing. */
export const REFUSAL_CODE: NameRule<string> = {
  parse: (text) => (REFUSAL_CODES.has(text) ? text : undefined),
  expected: 'the name of an error or of a status, such as DuplicateRecord; case counts',
}

export function noteRefusals(
  observer: Observer,
  context: CallContext,
  product: Pick<Product, 'code' | 'seller'>,
  settled: readonly SettledRecord[],
): void {
  for (const record of settled) {
    const told = toldOf(record)
    if (told === undefined) continue
    const { usage, held } = record
    const refused = {
      ...factsOf(context),
      ...told,
      productCode: product.code,
      // Whoever signed: it is the seller whom the usage concerns.
      seller: product.seller,
      usage: shown(usage),
      ...(held && { held: { id: held.id, quantity: held.quantity } }),
    }
    observer.refused(refusedWithoutTokens(refused))
  }
}

/** What there is to tell of a record, which is nothing of nearly all. */
function toldOf(record: SettledRecord): Pick<RefusedRecord, 'code' | 'reason'> | undefined {
  const { outcome, reason = '', allocationsDiffer } = record
  if (outcome === 'conflicting' || outcome === 'notSubscribed') {
    return { code: CODES[outcome], reason }
  }
  return allocationsDiffer ? { code: ALLOCATIONS_DIFFER, reason: OTHER_ALLOCATIONS } : undefined
}

const OTHER_ALLOCATIONS =
  'the hour is held with the same quantity but other allocations, which stay'

/** A request refused whole, with the record that was to blame where there is one. */
export function noteRefusedBatch(
  observer: Observer,
  context: CallContext,
  { refusal: { code, reason, recordIndex }, batch, about: { seller, held } }: Refused,
): void {
  const usage = recordIndex === undefined ? undefined : batch?.records[recordIndex]
  const refused = {
    ...factsOf(context),
    code,
    reason,
    productCode: batch?.productCode ?? '',
    ...(usage && { usage: shown(usage) }),
    ...(held && { held: { id: held.id, quantity: held.quantity } }),
    ...(seller !== undefined && { seller }),
  }
  observer.refused(refusedWithoutTokens(refused))
}

/** Long lists of allocations would make the queue of refusals as big as the requests; the rest tells enough. */
const ALLOCATIONS_SHOWN_MAX = 25

function shown(usage: UsageRecord): UsageRecord {
  const { allocations, ...rest } = usage
  return allocations !== undefined && allocations.length > ALLOCATIONS_SHOWN_MAX ? rest : usage
}

/** Characters. A stranger's program may say anything of itself, with each of many refusals. */
const USER_AGENT_MAX = 256

function factsOf({
  call,
  signer,
  region,
}: CallContext): Omit<RefusedRecord, 'code' | 'reason' | 'productCode'> {
  return {
    seller: signer.account,
    atMs: call.receivedAtMs,
    requestId: call.requestId,
    accessKeyId: signer.accessKeyId,
    signer: signer.account,
    address: call.address,
    userAgent: withoutTokens(call.userAgent.slice(0, USER_AGENT_MAX)),
    region,
    operation: call.operation,
  }
}

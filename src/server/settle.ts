/**
 * Asks the ledger: per record, what is held first, then the agreement's state (D8), in the order of
 * the request.
 *
 * Only a record that its agreement does not admit needs to be looked up beforehand: for all others
 * `hold` itself says what was there. So the usual batch costs one question.
 */
import { sameAllocations } from '../core/allocations.ts'
import type { HourKey } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import { type Refusal, refusal } from '../core/errors.ts'
import type { AdmittedRecord, JudgedRecord, UnadmittedRecord } from '../core/judge.ts'
import { type Call, type HeldRecord, type Outcome, outcomeOf } from '../core/metering-record.ts'
import type { UsageRecord } from '../core/usage.ts'
import type { Held, Ledger } from '../store/ledger.ts'

/** What became of one record. */
export interface SettledRecord {
  readonly usage: UsageRecord
  readonly outcome: Outcome | 'notSubscribed'
  /** What the ledger holds under the key now. */
  readonly held?: HeldRecord
  /** Why it was not taken, in words. */
  readonly reason?: string
  /** Taken or repeated, but divided into other allocations than those held. */
  readonly allocationsDiffer: boolean
}

export type Settlement =
  | { readonly ok: false; readonly refusal: Refusal }
  | { readonly ok: true; readonly records: readonly SettledRecord[] }

type Found = HeldRecord | 'unavailable' | undefined

/** @param token Of a call with one record. @throws TokenTaken */
export async function settle(
  ledger: Ledger,
  call: Call,
  records: readonly JudgedRecord[],
  token?: ClientToken,
): Promise<Settlement> {
  const found = await findUnadmitted(ledger, records)
  const refused = outsideLicense(records, found)
  if (refused !== undefined) return { ok: false, refusal: refused }
  const held = await holdAdmitted(ledger, call, records, token)
  const earlier = new Map<string, Held | 'unavailable'>()
  const settled = records.map((record, index) => {
    if (record.kind !== 'admitted') return settleUnadmitted(record, found.get(record), earlier)
    const answer = held[index]
    if (answer === undefined) throw new Error('the ledger answered fewer records than it was given')
    if (found.size > 0) earlier.set(keyText(record.record), answer)
    return settleHeld(record.usage, answer)
  })
  return { ok: true, records: settled }
}

async function findUnadmitted(
  ledger: Ledger,
  records: readonly JudgedRecord[],
): Promise<ReadonlyMap<JudgedRecord, Found>> {
  const found = new Map<JudgedRecord, Found>()
  const keys: HourKey[] = []
  for (const record of records) {
    if (record.kind === 'admitted') continue
    found.set(record, undefined)
    if (record.key !== undefined) keys.push(record.key)
  }
  if (keys.length === 0) return found
  const answers = (await ledger.find(keys)).values()
  for (const record of found.keys()) {
    if (record.kind !== 'admitted' && record.key !== undefined) {
      found.set(record, answers.next().value)
    }
  }
  return found
}

/** Decided after what is held was read, and before anything is stored (D10). */
function outsideLicense(
  records: readonly JudgedRecord[],
  found: ReadonlyMap<JudgedRecord, Found>,
): Refusal | undefined {
  if (found.size === 0) return undefined
  for (const [index, record] of records.entries()) {
    if (record.kind === 'outsideLicense' && found.get(record) === undefined) {
      return refusal('InvalidLicenseException', record.reason, index)
    }
  }
  return undefined
}

/** In the order of `records`, with nothing where a record is not admitted. */
async function holdAdmitted(
  ledger: Ledger,
  call: Call,
  records: readonly JudgedRecord[],
  token: ClientToken | undefined,
): Promise<readonly (Held | 'unavailable' | undefined)[]> {
  const admitted = records.filter((record): record is AdmittedRecord => record.kind === 'admitted')
  if (admitted.length === 0) return []
  const answers = await ledger.hold(
    call,
    admitted.map(({ record }) => record),
    token,
  )
  let next = 0
  return records.map((record) =>
    record.kind === 'admitted' ? (answers[next++] ?? 'unavailable') : undefined,
  )
}

/**
 * @param earlier What this very batch put under each key so far: a record that its agreement does
 *   not admit is still the same fact as one before it that was admitted.
 */
function settleUnadmitted(
  { usage, key, reason }: UnadmittedRecord,
  found: Found,
  earlier: ReadonlyMap<string, Held | 'unavailable'>,
): SettledRecord {
  const held = found ?? (key && earlier.get(keyText(key)))
  if (held === undefined) {
    return { usage, outcome: 'notSubscribed', reason, allocationsDiffer: false }
  }
  return settleHeld(usage, held === 'unavailable' ? held : { ...held, added: false })
}

function settleHeld(usage: UsageRecord, held: Held | 'unavailable'): SettledRecord {
  if (held === 'unavailable') {
    const reason = 'this part of the ledger could not be reached'
    return { usage, outcome: 'unavailable', reason, allocationsDiffer: false }
  }
  const outcome = outcomeOf(usage, held)
  const allocationsDiffer =
    outcome === 'repeated' && !sameAllocations(usage.allocations, held.allocations)
  if (outcome !== 'conflicting') return { usage, outcome, held, allocationsDiffer }
  const reason = `the hour is held with the quantity ${held.quantity}`
  return { usage, outcome, held, reason, allocationsDiffer }
}

function keyText({ region, billingLine, dimension, hour, resource }: HourKey): string {
  return JSON.stringify([region, billingLine, dimension, hour, resource])
}

/**
 * Whether an agreement admits a new record: decision D10.
 *
 * These rules bind only keys that are not held. What the ledger already holds is answered from
 * the ledger, whatever became of the agreement since (D8).
 */
import type { Agreement, Purchases } from './catalog.ts'
import { type UsageHour, usageHourOf } from './hour.ts'
import type { InstantMs } from './usage.ts'

export type Admission =
  | { readonly kind: 'admitted'; readonly agreement: Agreement }
  | { readonly kind: 'notSubscribed'; readonly reason: string }
  | { readonly kind: 'outsideLicense'; readonly reason: string }

/** An instant of usage, and the instant at which the service received the report of it. */
export interface Reported {
  readonly timestampMs: InstantMs
  readonly receivedAtMs: InstantMs
  /** How long after an agreement's end its last usage is taken. */
  readonly lastHourMs: number
}

/**
 * Judges usage of a product with single agreements.
 *
 * @param agreements All that this buyer ever had for the product, in order of start.
 */
export function admitSingle(agreements: readonly Agreement[], reported: Reported): Admission {
  if (agreements.length === 0) return notSubscribed('the buyer has no agreement for the product')
  const spans = spansOf(agreements, reported.lastHourMs)
  if (spans.length === 0) return notSubscribed('the agreement is suspended')
  const covering = spans.filter((span) => covers(span, reported.timestampMs))
  if (covering.length === 0) return notSubscribed('no agreement covers the time of the usage')
  const span = covering.find(({ endMs }) => !isOver(endMs, reported))
  if (span === undefined) return notSubscribed('the last hour after the end has passed')
  return { kind: 'admitted', agreement: agreementAt(span, reported.timestampMs) }
}

/**
 * What most buyers have: one agreement, active and without an end. Whatever lies in the hour of its start or later
 * is admitted, so usage of a product with single agreements need be judged no further.
 */
export function standingOf(
  agreements: readonly Agreement[],
): Pick<Purchases, 'standing' | 'standingFromHour'> {
  const [only] = agreements
  const isStanding = agreements.length === 1 && only?.status === 'active'
  if (!isStanding || only.endMs !== undefined) {
    return { standing: undefined, standingFromHour: 0 as UsageHour }
  }
  return {
    standing: { kind: 'admitted', agreement: only },
    standingFromHour: usageHourOf(only.startMs),
  }
}

/** What {@link admitSingle} would say, where {@link standingOf} knows it beforehand. */
export function admitStanding(
  purchases: Pick<Purchases, 'standing' | 'standingFromHour'> | undefined,
  hour: UsageHour,
): Admission | undefined {
  return purchases !== undefined && hour >= purchases.standingFromHour
    ? purchases.standing
    : undefined
}

/**
 * Judges usage that names its license.
 *
 * @param others All agreements of this buyer for the product, the named one included.
 */
export function admitLicensed(
  agreement: Agreement,
  others: readonly Agreement[],
  billedByLicense: boolean,
  reported: Reported,
): Admission {
  const { timestampMs } = reported
  if (neverBegan(agreement)) return outsideLicense('the agreement was cancelled before it began')
  const before = billedByLicense ? others.filter((other) => gaveWayTo(other, agreement)) : []
  if (!hasBegunFor(timestampMs, agreement, before)) {
    return outsideLicense('the usage lies before the start of the license')
  }
  if (agreement.endMs !== undefined && timestampMs > agreement.endMs) {
    return outsideLicense('the usage lies after the end of the license')
  }
  if (agreement.status === 'suspended') return notSubscribed('the agreement is suspended')
  if (!billedByLicense) return named(admitSingle(others, reported), agreement)
  if (isOver(agreement.endMs, reported))
    return notSubscribed('the last hour after the end has passed')
  return { kind: 'admitted', agreement }
}

interface Span {
  readonly startMs: InstantMs
  endMs: InstantMs | undefined
  readonly agreements: Agreement[]
}

/** Joins agreements whose gap is shorter than the last hour; a suspended one admits nothing. */
function spansOf(agreements: readonly Agreement[], lastHourMs: number): Span[] {
  const spans: Span[] = []
  for (const agreement of agreements) {
    if (agreement.status === 'suspended' || neverBegan(agreement)) continue
    const last = spans.at(-1)
    if (last !== undefined && joins(last.endMs, agreement.startMs, lastHourMs)) {
      last.agreements.push(agreement)
      last.endMs = laterEnd(last.endMs, agreement.endMs)
    } else {
      const { startMs, endMs } = agreement
      spans.push({ startMs, endMs, agreements: [agreement] })
    }
  }
  return spans
}

/** Cancelled before its start: it admits nothing, not even in the hour of its start, and joins nothing. */
export function neverBegan({ status, startMs, endMs }: Agreement): boolean {
  return status === 'cancelled' && endMs !== undefined && endMs <= startMs
}

function joins(endMs: InstantMs | undefined, nextStartMs: InstantMs, lastHourMs: number): boolean {
  return endMs === undefined || nextStartMs - endMs < lastHourMs
}

function laterEnd(
  left: InstantMs | undefined,
  right: InstantMs | undefined,
): InstantMs | undefined {
  if (left === undefined || right === undefined) return undefined
  return left > right ? left : right
}

function covers(span: Span, timestampMs: InstantMs): boolean {
  const begun = usageHourOf(timestampMs) >= usageHourOf(span.startMs)
  return begun && (span.endMs === undefined || timestampMs <= span.endMs)
}

function isOver(endMs: InstantMs | undefined, { receivedAtMs, lastHourMs }: Reported): boolean {
  return endMs !== undefined && receivedAtMs >= endMs + lastHourMs
}

/** The agreement that a record names: the latest that ran at the time, or had begun, or else the span's first. */
function agreementAt({ agreements }: Span, timestampMs: InstantMs): Agreement {
  const hasBegun = ({ startMs }: Agreement): boolean => startMs <= timestampMs
  const ran = ({ endMs }: Agreement): boolean => endMs === undefined || timestampMs <= endMs
  const agreement =
    agreements.findLast((one) => hasBegun(one) && ran(one)) ??
    agreements.findLast(hasBegun) ??
    agreements[0]
  if (agreement === undefined) throw new RangeError('a span is never empty')
  return agreement
}

/**
 * Whether the usage lies in the hour of the start or later; where others gave way in that very hour, from the start itself,
 * and of an instant that is the end of one and the start of the next, the one that ended has it.
 */
function hasBegunFor(
  timestampMs: InstantMs,
  { startMs }: Agreement,
  before: readonly Agreement[],
): boolean {
  if (before.length === 0) return usageHourOf(timestampMs) >= usageHourOf(startMs)
  const isTaken = timestampMs === startMs && before.some(({ endMs }) => endMs === startMs)
  return timestampMs >= startMs && !isTaken
}

/** Whether the other ended in the hour in which this one began, and began before it. */
function gaveWayTo(other: Agreement, agreement: Agreement): boolean {
  if (other.id === agreement.id || other.endMs === undefined || neverBegan(other)) return false
  if (usageHourOf(other.endMs) !== usageHourOf(agreement.startMs)) return false
  if (other.startMs !== agreement.startMs) return other.startMs < agreement.startMs
  // One that ended as it began still has the hour up to then; of two such, the one with the lesser id.
  if (other.endMs !== other.startMs) return false
  return agreement.endMs !== agreement.startMs || other.id < agreement.id
}

/** A record that named its license names that agreement, whichever of the span admitted it. */
function named(admission: Admission, agreement: Agreement): Admission {
  return admission.kind === 'admitted' ? { kind: 'admitted', agreement } : admission
}

function notSubscribed(reason: string): Admission {
  return { kind: 'notSubscribed', reason }
}

function outsideLicense(reason: string): Admission {
  return { kind: 'outsideLicense', reason }
}

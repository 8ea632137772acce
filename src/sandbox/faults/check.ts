/**
 * Tells whether data is a fault: one sentence for whatever is wrong first, with what there could be in its place.
 *
 * Checked by check.test.ts
 */
import { OPERATIONS } from '../../core/catalog-names.ts'
import { RECORDS_PER_REQUEST_MAX } from '../../wire/batch-meter-usage.ts'
import { isObject, nameIn, oneOf, readWhole, refused } from '../given.ts'
import { shown } from '../refused.ts'
import type { CheckedFault, FaultKind } from './fault.ts'

/** What a fault can be about. */
export interface KnownNames {
  readonly buyers: ReadonlyMap<string, unknown>
  readonly products: ReadonlyMap<string, unknown>
}

/** @returns What the member's value stands for. @throws SandboxRefused */
type Read = (value: unknown, member: string, known: KnownNames) => unknown

/** Two hours hold up a test for ever, and a number that no clock can wait for is a mistake. */
/** Less than the connection may stand still. */
const MS_MAX = 60_000
const INDEX_MAX = RECORDS_PER_REQUEST_MAX - 1
const ID = /^[\w.:-]{1,64}$/

const TARGET: Readonly<Record<string, Read>> = {
  id: readId,
  operation: (value) => oneOf(value, OPERATIONS, 'operation'),
  buyer: (value, _member, { buyers }) => nameIn(buyers, value, 'buyer', 'awsAccountId'),
  product: (value, _member, { products }) => nameIn(products, value, 'product', 'code'),
  probability: readPart,
  times: (value, member) =>
    value === 'untilCleared' ? value : readWhole(value, member, 1, ' or "untilCleared"'),
  after: (value, member) => readWhole(value, member, 0),
}

/** The members of each kind beside those of the target. */
const KINDS: Readonly<Record<FaultKind, Readonly<Record<string, Read>>>> = {
  throttle: {},
  'internal-error': {},
  'disabled-region': {},
  reset: {},
  'commit-then-drop': {},
  'commit-then-500': {},
  'malformed-answer': {},
  unprocessed: { share: readPart, records: readIndexes },
  latency: { ms: readMs, msMin: readMs, msMax: readMs },
  'slow-body': { ms: readMs },
}

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[]

const DEFAULTS = { probability: 1, times: 1, after: 0 }

/** @throws SandboxRefused */
export function checkFault(value: unknown, known: KnownNames): CheckedFault {
  if (!isObject(value)) {
    const given = value === undefined ? '; none was given' : `, not ${shown(value)}`
    throw refused(`A fault is an object such as {"kind": "throttle"}${given}.`)
  }
  const kind = oneOf(value['kind'], FAULT_KINDS, 'kind of fault')
  const readers: Readonly<Record<string, Read>> = { ...TARGET, ...KINDS[kind] }
  const fault: Record<string, unknown> = { ...DEFAULTS, kind }
  for (const [member, given] of Object.entries(value)) {
    if (member === 'kind' || given === undefined) continue
    const read = Object.hasOwn(readers, member) ? readers[member] : undefined
    if (read === undefined) {
      const list = ['kind', ...Object.keys(readers)].join(', ')
      throw refused(`A fault of kind ${kind} has no ${shown(member)}. It can have: ${list}.`)
    }
    fault[member] = read(given, member, known)
  }
  checkTogether(kind, fault)
  // Every member was read by its own reader.
  return fault as unknown as CheckedFault
}

/** What no member says alone. */
function checkTogether(kind: FaultKind, fault: Readonly<Record<string, unknown>>): void {
  const { ms, msMin, msMax, share, records, operation = 'BatchMeterUsage' } = fault
  if (kind === 'slow-body' && ms === undefined) {
    throw refused('A fault of kind slow-body needs ms: when the last byte comes.')
  }
  const bounds = [msMin, msMax].filter((bound) => bound !== undefined).length
  if (kind === 'latency' && bounds !== (ms === undefined ? 2 : 0)) {
    throw refused('A fault of kind latency needs ms, or msMin and msMax in its place.')
  }
  if (Number(msMin) > Number(msMax)) {
    throw refused(`msMin is ${shown(msMin)}, and msMax less than that: ${shown(msMax)}.`)
  }
  if (kind !== 'unprocessed') return
  if (operation !== 'BatchMeterUsage') {
    throw refused('A fault of kind unprocessed is one of BatchMeterUsage alone.')
  }
  if (share !== undefined && records !== undefined) {
    throw refused('A fault of kind unprocessed has share or records, not both.')
  }
}

function readId(value: unknown): string {
  if (typeof value === 'string' && ID.test(value)) return value
  throw refused(`id: expected 1 to 64 letters, digits, and . : _ or -, got ${shown(value)}.`)
}

function readPart(value: unknown, member: string): number {
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  throw refused(`${member}: expected a number above 0 and up to 1, got ${shown(value)}.`)
}

function readMs(value: unknown, member: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MS_MAX) {
    return value
  }
  throw refused(`${member}: expected whole milliseconds from 0 to ${MS_MAX}, got ${shown(value)}.`)
}

function readIndexes(value: unknown, member: string): readonly number[] {
  // A copy: the caller's own may change.
  if (Array.isArray(value) && value.length > 0 && value.every(isIndex)) return [...value]
  throw refused(
    `${member}: expected the indexes of records, from 0 to ${INDEX_MAX}, such as [0, 2], got ${shown(value)}.`,
  )
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= INDEX_MAX
}

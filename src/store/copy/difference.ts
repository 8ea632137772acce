/**
 * What a record and the one that another ledger holds under the same key say differently.
 *
 * An error is what bills are made from. When, by whom and how it was told is a warning: the usage was sent to both ledgers, and
 * each took it once, as it must.
 */
import { isDeepStrictEqual } from 'node:util'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { LedgerFinding } from '../ledger.ts'

const BILLED = [
  'quantity',
  'allocations',
  'product',
  'seller',
  'buyer',
  'agreement',
  'licenseArn',
] as const satisfies readonly (keyof MeteringRecord)[]

const TOLD = [
  'timestampMs',
  'namedBy',
  'recordedAtUs',
  'call',
] as const satisfies readonly (keyof MeteringRecord)[]

export function placeOfRecord({ id }: MeteringRecord): string {
  return `record ${id}`
}

/** @returns Nothing if they are the same in every fact. */
export function differenceOf(
  source: MeteringRecord,
  target: MeteringRecord,
): LedgerFinding | undefined {
  const differs = (name: keyof MeteringRecord) => !isSame(source[name], target[name])
  const where = placeOfRecord(source)
  const billed = BILLED.filter(differs)
  if (billed.length > 0) {
    const texts = billed.map(
      (name) => `${name} ${text(target[name])} instead of ${text(source[name])}`,
    )
    return { severity: 'error', problem: `the target holds ${texts.join(', ')}`, where }
  }
  const told = TOLD.filter(differs)
  if (told.length === 0) return undefined
  const problem = `the target holds the same usage, and took it by itself (${told.join(', ')})`
  return { severity: 'warning', problem, where }
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || (typeof left === 'object' && isDeepStrictEqual(left, right))
}

function text(value: string | number | object | undefined): string {
  if (value === undefined) return 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** How every database spells those facts of a record that are neither a number nor a plain text. */
import type { NamedBy } from '../core/metering-record.ts'
import type { Allocation } from '../core/usage.ts'

/** Stored by their number here: add to the end only. */
export const NAMED_BY: readonly NamedBy[] = ['customerIdentifier', 'account', 'license']

/** Only this program writes the column, and the checksum covers it. */
export function parseAllocations(stored: string): readonly Allocation[] {
  return JSON.parse(stored) as readonly Allocation[]
}

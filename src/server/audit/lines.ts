/** Metering calls as JSON Lines of CloudTrail records, no more at once than a few milliseconds' work. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AccountId } from '../../core/usage.ts'
import type { CallsStep } from './calls.ts'
import { type AuditedCall, cloudTrailOf } from './cloudtrail.ts'
import { asSeenBy, type AuditFilter, isWanted } from './filter.ts'

/** Usage records that are spelled before requests get their turn: some milliseconds. */
const SLICE_COUNT = 100

/** @param viewer The seller who looks; absent: an operator, who sees all. */
export async function* linesOf(
  steps: AsyncIterable<CallsStep>,
  filter: AuditFilter,
  viewer?: AccountId,
): AsyncGenerator<string, void, undefined> {
  for await (const { calls } of steps) {
    let lines: string[] = []
    let count = 0
    for (const call of calls) {
      if (!isWanted(call, filter)) continue
      lines.push(`${JSON.stringify(cloudTrailOf(asSeenBy(call, viewer)))}\n`)
      count += sizeOf(call)
      if (count < SLICE_COUNT) continue
      yield lines.join('')
      await nextTurn()
      lines = []
      count = 0
    }
    if (lines.length > 0) yield lines.join('')
  }
}

/** How much there is to spell. */
export function sizeOf({ added, refused }: AuditedCall): number {
  return 1 + added.length + refused.length
}

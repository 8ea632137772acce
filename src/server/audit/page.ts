/**
 * A page of metering calls: as many as are asked for, or what is found in a bounded time, and the place where the next begins.
 *
 * Checked by page.test.ts
 */
import { type CallPlace, type CallsStep, inOrder, placeOf } from './calls.ts'
import type { AuditedCall } from './cloudtrail.ts'

export interface AuditPage {
  readonly calls: readonly AuditedCall[]
  /** Absent after the last. A page may be short, even empty, and still name a next one. */
  readonly next?: CallPlace
}

/** Pages of the ledger and spans of refusals: some seconds at most. */
const STEPS_MAX = 30
/** Sorts behind every request id. */
const BEHIND_ALL = '~'

export async function auditPage(
  steps: AsyncIterable<CallsStep>,
  isWanted: (call: AuditedCall) => boolean,
  countMax: number,
  after?: CallPlace,
): Promise<AuditPage> {
  const shown: AuditedCall[] = []
  let last = after
  let stepCount = 0
  for await (const { calls, untilMs, ledger } of steps) {
    for (const call of calls) {
      if (shown.length === countMax && last !== undefined) return { calls: shown, next: last }
      last = placeOf(call, ledger)
      if (isWanted(call)) shown.push(call)
    }
    last = later(last, placeOf({ receivedAtMs: untilMs, requestId: BEHIND_ALL }, ledger))
    if (++stepCount >= STEPS_MAX && isOn(last, after)) return { calls: shown, next: last }
  }
  return { calls: shown }
}

/** The later of the calls, with the later place in the ledger. */
function later(last: CallPlace | undefined, reached: CallPlace): CallPlace {
  return last === undefined || inOrder(last, reached) < 0 ? reached : { ...reached, ...keyOf(last) }
}

function keyOf({ receivedAtMs, requestId }: CallPlace) {
  return { receivedAtMs, requestId }
}

/** A page that ended where it began would go on for ever. */
function isOn(reached: CallPlace, after: CallPlace | undefined): boolean {
  return after === undefined || inOrder(after, reached) < 0 || after.ledger !== reached.ledger
}

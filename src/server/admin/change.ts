/** Changes of the catalog as routes ask for them: decided by core's rules, written by the control state. */
import type { EntryChange } from '../../core/catalog-change.ts'
import type { Wanted } from '../../core/catalog-wanted.ts'
import type { ControlEntry } from '../../core/control-entries.ts'
import type { ControlState } from '../control-state.ts'
import { AdminProblem } from './problem.ts'
import type { Caller } from './caller.ts'

export type AdminControl = Pick<
  ControlState,
  'index' | 'change' | 'preview' | 'freshen' | 'refresh' | 'note' | 'usageRegistrations'
>

export interface ChangeWish {
  readonly caller: Caller
  readonly wanted: readonly Wanted[]
  /** One line for the change log. */
  readonly summary: string
  /** Domain time. */
  readonly nowMs: number
}

/** @throws AdminProblem with all that the rules have against it. */
export async function applyWish(
  control: AdminControl,
  { caller, wanted, summary, nowMs }: ChangeWish,
): Promise<readonly EntryChange[]> {
  const actor = `token:${caller.tokenId}`
  const decision = await control.change({ wanted, nowMs, actor, summary })
  if (!decision.ok) throw new AdminProblem('refused', '', decision.problems)
  return decision.changes
}

/** The entry of this kind that a change made or left; a change of one thing has at most one of a kind. */
export function entryAfter<Kind extends ControlEntry['kind']>(
  changes: readonly EntryChange[],
  kind: Kind,
): Extract<ControlEntry, { kind: Kind }> | undefined {
  for (const { after } of changes) if (isOf(after, kind)) return after
  return undefined
}

/** What was just written is there. */
export function made<Entry>(entry: Entry | undefined): Entry {
  if (entry === undefined) throw new Error('a change was accepted and left no entry')
  return entry
}

function isOf<Kind extends ControlEntry['kind']>(
  entry: ControlEntry,
  kind: Kind,
): entry is Extract<ControlEntry, { kind: Kind }> {
  return entry.kind === kind
}

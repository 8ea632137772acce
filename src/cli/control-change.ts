/** Changes made by commands: done, or told in sentences. */
import type { EntryChange } from '../core/catalog-change.ts'
import type { Wanted } from '../core/catalog-wanted.ts'
import { CommandFailure } from './command.ts'
import type { ControlAccess } from './control-access.ts'

const REFUSED = 1

export const REFUSED_MEANING =
  'the change was refused, and nothing was changed; the reasons are on stderr'

/** @throws CommandFailure with all that is wrong. */
export async function changeOrFail(
  { state, actor }: ControlAccess,
  wanted: readonly Wanted[],
  summary: string,
): Promise<readonly EntryChange[]> {
  const decision = await state.change({ wanted, nowMs: Date.now(), actor, summary })
  if (decision.ok) return decision.changes
  const lines = decision.problems.map(({ where, text }) => `${where}: ${text}`)
  throw new CommandFailure(lines.join('\nmarketmeter: '), REFUSED)
}

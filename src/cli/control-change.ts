/** Changes made by commands: done, or told in sentences. */
import type { EntryChange, Problem } from '../core/catalog-change.ts'
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
  const lines = new Set(decision.problems.map(sentenceOf))
  throw new CommandFailure([...lines].join('\nmarketmeter: '), REFUSED)
}

/** In the words of the command line: the option where a thing is described by options, else the thing itself. */
function sentenceOf({ where, text }: Problem): string {
  const [, thing = '', member] = /^(.*?)(?:\.([a-zA-Z]+)(?:\[\d+\])*)?$/.exec(where) ?? []
  if (thing !== '') return `${thing}: ${text}`
  return member === undefined
    ? text
    : `--${member === 'operations' ? 'operation' : member}: ${text}`
}

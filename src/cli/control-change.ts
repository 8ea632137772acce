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
export function sentenceOf({ where, text }: Problem): string {
  const member = /^\.([a-zA-Z]+)/.exec(where)?.[1]
  if (member !== undefined) return `--${OPTION_OF[member] ?? member}: ${text}`
  const thing = where.replace(/\.[a-zA-Z]+(?:\[\d+\])*$/, '')
  return thing === '' ? text : `${thing}: ${text}`
}

/** Where the option that gives one of a list is not called as the list is. */
const OPTION_OF: Readonly<Record<string, string>> = {
  dimensions: 'dimension',
  operations: 'operation',
  fulfilmentUrl: 'fulfilment-url',
  redirectOrigins: 'redirect-origin',
  entitlements: 'entitlement',
}

/**
 * The rule of registration tokens that are revoked: a mark on an agreement or a product. Part of catalog-change.ts.
 *
 * Alone among wishes it changes something each time: what was made since the last one is revoked by the next.
 */
import type { CatalogDraft } from './catalog-draft.ts'
import type { Agreement } from './catalog.ts'
import type { InstantMs } from './usage.ts'

type Mark = Pick<Agreement, 'tokensRevokedMs'>

/** It never goes back, whatever the clock does: what was revoked stays so. */
export function revokedTokens(
  { nowMs }: Pick<CatalogDraft, 'nowMs'>,
  { revokesTokens }: { readonly revokesTokens?: true | undefined },
  before: Mark | undefined,
): Mark {
  const present = before?.tokensRevokedMs
  if (revokesTokens !== true) return present === undefined ? {} : { tokensRevokedMs: present }
  return { tokensRevokedMs: Math.max(nowMs, present ?? nowMs) as InstantMs }
}

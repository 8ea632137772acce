/**
 * Bearer tokens of the admin API: how they are made, and how a presented one is recognised.
 *
 * A token is 256 random bits, so one plain SHA-256 is all the hashing it needs, and looking it up by its hash tells
 * a stranger nothing by the time it takes.
 * Checked by admin-tokens.test.ts
 */
import { createHash } from 'node:crypto'
import type { CatalogIndex } from '../core/catalog-index.ts'
import type { AdminTokenEntry } from '../core/control-entries.ts'
import type { RandomBytes } from './keys/new-key.ts'

export interface NewAdminToken {
  readonly id: string
  /** `mmt_` and 43 characters. Shown once. */
  readonly token: string
  readonly hash: string
}

const ID_BYTES = 5
const TOKEN_BYTES = 32

export function newAdminToken(randomBytes: RandomBytes): NewAdminToken {
  const token = `mmt_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  return { id: `tok-${randomBytes(ID_BYTES).toString('hex')}`, token, hash: hashAdminToken(token) }
}

export function hashAdminToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** The token's entry if it is good now. Expiry is effort time: the machine's clock, never a sandbox's. */
export function findAdminToken(
  index: Pick<CatalogIndex, 'adminTokenByHash'>,
  presented: string,
  machineNowMs: number,
): AdminTokenEntry | undefined {
  const entry = index.adminTokenByHash(hashAdminToken(presented))
  if (entry === undefined || entry.revoked) return undefined
  const expired = entry.expiresMs !== undefined && entry.expiresMs <= machineNowMs
  return expired ? undefined : entry
}

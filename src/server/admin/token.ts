/**
 * Bearer tokens of the admin API.
 *
 * A token is 256 random bits, so nothing is gained by guessing and a plain SHA-256 is enough at rest.
 * It is looked up by its hash: what the look-up's time could tell is about the hash of a guess.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { AccountId } from '../../core/usage.ts'
import type { RandomBytes } from '../keys/new-key.ts'

/** Who calls, as far as the admin API cares. */
export interface Caller {
  readonly tokenId: string
  /** The one seller that it may see and change; absent for an operator. */
  readonly seller?: AccountId
  readonly readOnly: boolean
}

export interface NewAdminToken {
  readonly id: string
  /** Shown once. */
  readonly token: string
  readonly hash: string
}

const ID_BYTES = 10
const TOKEN_BYTES = 32
const BEARER = /^Bearer +([\x21-\x7e]{1,200})$/i

export function newAdminToken(randomBytes: RandomBytes): NewAdminToken {
  const token = `mmt_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  const id = `tok-${randomBytes(ID_BYTES).toString('hex')}`
  return { id, token, hash: hashAdminToken(token) }
}

export function hashAdminToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** @param nowMs By the machine's clock, whatever a sandbox plays. */
export function callerOf(
  authorization: string | undefined,
  index: Pick<CatalogIndex, 'adminTokenByHash'>,
  nowMs: number,
): Caller | undefined {
  const token = BEARER.exec(authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const hash = hashAdminToken(token)
  const entry = index.adminTokenByHash(hash)
  if (entry === undefined || !equal(entry.hash, hash)) return undefined
  if (entry.revoked || (entry.expiresMs !== undefined && entry.expiresMs <= nowMs)) return undefined
  const { id, seller, readOnly } = entry
  return { tokenId: id, readOnly, ...(seller !== undefined && { seller }) }
}

function equal(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}

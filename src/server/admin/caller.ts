/** Who calls the admin API: the holder of a bearer token, as far as its routes care. */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { AccountId } from '../../core/usage.ts'
import { findAdminToken } from '../admin-tokens.ts'

export interface Caller {
  readonly tokenId: string
  /** The one seller that it may see and change; absent for an operator. */
  readonly seller?: AccountId
  readonly readOnly: boolean
}

const BEARER = /^Bearer +([\x21-\x7e]{1,200})$/i

/** @param nowMs By the machine's clock, whatever a sandbox plays. */
export function callerOf(
  authorization: string | undefined,
  index: Pick<CatalogIndex, 'adminTokenByHash'>,
  nowMs: number,
): Caller | undefined {
  const token = BEARER.exec(authorization ?? '')?.[1]
  const entry = token === undefined ? undefined : findAdminToken(index, token, nowMs)
  if (entry === undefined) return undefined
  const { id, seller, readOnly } = entry
  return { tokenId: id, readOnly, ...(seller !== undefined && { seller }) }
}

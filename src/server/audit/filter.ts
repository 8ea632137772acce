/** Which calls somebody wants to see: for the command and the admin API alike. */
import type { AccountId } from '../../core/usage.ts'
import type { AuditedCall } from './cloudtrail.ts'

/** Every member narrows. */
export interface AuditFilter {
  /** Of products of this seller. */
  readonly seller?: AccountId | undefined
  /** Who signed. */
  readonly account?: string | undefined
  readonly product?: string | undefined
  readonly operation?: string | undefined
  /** Of the call, or of one of its records; the call is shown whole. */
  readonly code?: string | undefined
  readonly requestId?: string | undefined
}

export function isWanted(call: AuditedCall, filter: AuditFilter): boolean {
  const { seller, account, product, operation, code, requestId } = filter
  return (
    (seller === undefined || call.seller === seller) &&
    (account === undefined || call.account === account) &&
    (product === undefined || call.productCode === product) &&
    (operation === undefined || call.operation === operation) &&
    (code === undefined || call.refused.some(({ refused }) => refused.code === code)) &&
    (requestId === undefined || call.requestId === requestId)
  )
}

/** What a seller may see of a call that a buyer signed: whose usage it is, and not from where it was sent. */
export function asSeenBy(call: AuditedCall, viewer: AccountId | undefined): AuditedCall {
  if (viewer === undefined || viewer === call.account) return call
  const { requestId, operation, region, receivedAtMs, account, seller, profile, productCode } = call
  const { added, refused } = call
  return {
    ...{ requestId, operation, region, receivedAtMs, account, seller, productCode, added, refused },
    ...(profile !== undefined && { profile }),
  }
}

/** A client token as a ledger keeps it, on its way to another one. */
import type { Bucket } from '../core/billing-line.ts'
import type { TokenHashes } from './client-token.ts'

export interface KeptToken extends TokenHashes {
  /** Undefined of one that was noted before buckets were: it may be of any. */
  readonly bucket: Bucket | undefined
  readonly keptUntilMs: number
}

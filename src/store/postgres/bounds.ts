/** What a ledger on PostgreSQL may take of the server and of its callers' patience. */

export interface PostgresBounds {
  /** Connections that hold and find; reading has some of its own. */
  readonly connectionsMax: number
  /** What the server may take for a statement. */
  readonly statementMsMax: number
  readonly connectMsMax: number
  /** How long a bucket that cannot be reached is tried again before its records are unavailable. */
  readonly retryMsMax: number
}

export const POSTGRES_BOUNDS: PostgresBounds = {
  connectionsMax: 8,
  statementMsMax: 3_000,
  connectMsMax: 2_000,
  retryMsMax: 5_000,
}

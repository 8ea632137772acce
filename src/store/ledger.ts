/**
 * The ledger as its callers see it: hold, find, read. A method that only one database could
 * implement does not belong here.
 *
 * Promises   - One hour key has at most one record, for ever: the first that was held.
 *            - What `hold` answered is on stable storage (sync, or the database's synchronous commit).
 *            - Reading in order never shows a record behind a cursor that was handed out.
 * Checked by ledger.spec.ts, which every store's own test file calls.
 */
import type { HourKey } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import type { UsageHour } from '../core/hour.ts'
import type { Call, HeldRecord, MeteringRecord, NewRecord } from '../core/metering-record.ts'
import type { AccountId, Dimension, MeteringRecordId, ProductCode, Region } from '../core/usage.ts'

/** The record under the key now; `added` when this very entry of this very call put it there. */
export type Held = HeldRecord & { readonly added: boolean }

export interface Ledger {
  /**
   * Holds records, in order. Each answer is what the ledger now has under that record's key: the
   * new record or the one that was first. Equal keys inside one call are settled in order too.
   *
   * `unavailable` may still have been stored: sending again is safe. A rejection means that nothing
   * of the call was held as far as anybody knows; sending again is safe too.
   *
   * A token is noted in the transaction of its record, once that is held with the same quantity; a record that is not
   * leaves the token free. Without one, nothing is read or written that has to do with tokens.
   *
   * @param records At least one; with a token, just one.
   * @throws TokenTaken if another request has the token: nothing was held.
   */
  hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<readonly (Held | 'unavailable')[]>

  /** Whether a request with other parameters has the token. A rejection means that nobody knows. */
  isTaken(token: ClientToken): Promise<boolean>

  /** What is held under each key, in order; `undefined` where nothing is. */
  find(keys: readonly HourKey[]): Promise<readonly (HeldRecord | undefined | 'unavailable')[]>

  /** One page of metering records by (recorded at, metering record id). */
  read(query: LedgerQuery): Promise<LedgerPage>

  /** Whether a call to `hold` can be expected to succeed; the reason in words when not. */
  health(): LedgerHealth

  /** Finishes what was accepted, then lets go of every file, thread and connection. */
  close(): Promise<void>
}

/** Which records to read. Every member narrows; none means all. */
export interface LedgerQuery {
  readonly seller?: AccountId
  readonly product?: ProductCode
  readonly buyer?: AccountId
  readonly dimension?: Dimension
  readonly region?: Region
  readonly id?: MeteringRecordId
  /** Usage hours, the first inclusive, the last exclusive. */
  readonly fromHour?: UsageHour
  readonly beforeHour?: UsageHour
  /** Where the page before ended. Opaque: made by `read`, good for the same ledger for ever. */
  readonly after?: string
  /** 1 to 10,000. A page may be shorter, or empty, and still name a next one. */
  readonly countMax: number
}

export interface LedgerPage {
  readonly records: readonly MeteringRecord[]
  /** Where the next page begins; absent once the reader has seen all up to `completeUntilUs`. */
  readonly next?: string
  /** A cursor that later shows whatever is recorded after this page, even where `next` is absent. */
  readonly resume: string
  /**
   * Everything recorded before this instant (microseconds since 1970) has been or will be shown. A few
   * seconds ago at most while a writer runs and nobody writes; nothing is recorded before it later.
   */
  readonly completeUntilUs: number
}

export interface LedgerHealth {
  readonly ready: boolean
  /** One sentence with what to do, when not ready or when something deserves a look. */
  readonly note?: string
  /** Records taken but not yet answered. */
  readonly waiting: number
  /** Figures for the metrics page, by name: sizes, counts, seconds. */
  readonly figures: Readonly<Record<string, number>>
}

/** What `verify` found wrong; an intact ledger yields none. */
export interface LedgerFinding {
  readonly severity: 'error' | 'warning'
  readonly problem: string
  /** Position, id or key that the finding is about. */
  readonly where: string
}

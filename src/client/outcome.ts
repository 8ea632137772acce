/** What `MeteringClient.send` says: an outcome for each record, and what it tells on the way. */
import type { UsageRecord } from './usage-record.ts'

/** A usage record and the product that it belongs to. */
export interface MeteredRecord extends UsageRecord {
  /**
   * Needed unless the record has a `LicenseArn`. Beside one it is never sent; it only keeps the usage of several
   * products out of each other's requests.
   */
  readonly productCode?: string | undefined
}

/** What became of one record. */
export type Outcome =
  /** The ledger holds it, from this call or an earlier one. */
  | { readonly status: 'success'; readonly meteringRecordId?: string }
  /** Another quantity is held for the hour; that one counts. The id is its, where the service tells. */
  | { readonly status: 'duplicate'; readonly meteringRecordId?: string }
  /** The buyer has no agreement that admits it. */
  | { readonly status: 'notSubscribed' }
  /**
   * The request was refused, and no record but this one, or its key or product, is to blame. `isSent` is false if
   * it was never sent: the SDK cannot write it, it is 1 MB or more, or the key was refused before its turn.
   */
  | {
      readonly status: 'refused'
      readonly errorName: string
      readonly message: string
      readonly isSent: boolean
    }
  /** Not taken, for no fault of its own, after so many attempts. Send it again later. */
  | { readonly status: 'unprocessed'; readonly attempts: number; readonly message: string }
  /** No answer, or none that tells. It may be held or not; sending it again is safe. */
  | { readonly status: 'unknown'; readonly errorName: string; readonly message: string }

/** Something to look at that stops nothing. */
export interface Warning {
  /** `outsideWindow`: likely to be refused for its age. `sameHour`: an earlier record has this hour already. */
  readonly kind: 'outsideWindow' | 'sameHour'
  /** The record's place in the input, from 0. */
  readonly index: number
  readonly record: MeteredRecord
  readonly message: string
}

export interface Progress {
  readonly settledCount: number
  readonly totalCount: number
  /** Calls of BatchMeterUsage so far; the SDK's own retries are not among them. */
  readonly callCount: number
}

/** The outcome of a record that may be sent later and was not sent now. */
export function notSent(reason: string): Outcome {
  return { status: 'unprocessed', attempts: 0, message: `not sent: ${reason}` }
}

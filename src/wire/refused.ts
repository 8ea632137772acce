/** A request that is refused whole, on its way from the place that found out to the one that answers. */
import { type ErrorCode, type Refusal, refusal } from '../core/errors.ts'
import type { Batch } from '../core/judge.ts'
import type { HeldRecord } from '../core/metering-record.ts'
import type { AccountId } from '../core/usage.ts'

/** What more our own surfaces are told. */
export interface RefusedAbout {
  /** Whose product the usage is of, where somebody else signed. */
  readonly seller?: AccountId
  /** What the ledger holds in its place. */
  readonly held?: HeldRecord
  /** It was to fail, whatever was asked: no usage was refused for what it is. */
  readonly isFault?: true
}

export class Refused extends Error {
  readonly refusal: Refusal
  /** What was asked for, once it could be read. For our own surfaces. */
  readonly batch: Batch | undefined
  readonly about: RefusedAbout

  constructor(cause: Refusal, batch?: Batch, about: RefusedAbout = {}) {
    super(cause.reason)
    this.name = 'Refused'
    this.refusal = cause
    this.batch = batch
    this.about = about
  }
}

/**
 * @param reason For our own surfaces.
 * @param message For the wire; the table's text if absent.
 */
export function refuse(code: ErrorCode, reason: string, message?: string): never {
  const cause = refusal(code, reason)
  throw new Refused(message === undefined ? cause : { ...cause, message })
}

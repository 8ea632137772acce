/** A request that is refused whole, on its way from the place that found out to the one that answers. */
import { type ErrorCode, type Refusal, refusal } from '../core/errors.ts'
import type { Batch } from '../core/judge.ts'

export class Refused extends Error {
  readonly refusal: Refusal
  /** What was asked for, once it could be read. For our own surfaces. */
  readonly batch: Batch | undefined

  constructor(cause: Refusal, batch?: Batch) {
    super(cause.reason)
    this.name = 'Refused'
    this.refusal = cause
    this.batch = batch
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

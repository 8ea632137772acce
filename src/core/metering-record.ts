/**
 * What the ledger holds, and what it says of a record that is offered to it.
 *
 * Content is the quantity (D9): the same key with the same quantity is the same fact, sent again.
 */
import type { HourKey } from './billing-line.ts'
import type {
  AccountId,
  AgreementId,
  Allocation,
  InstantMs,
  LicenseArn,
  MeteringRecordId,
  ProductCode,
  Quantity,
} from './usage.ts'

/** Which of the three ways a request used to name the buyer. */
export type NamedBy = 'customerIdentifier' | 'account' | 'license'

/** A usage record that passed every rule and may be held. */
export interface NewRecord extends HourKey {
  readonly product: ProductCode
  readonly seller: AccountId
  readonly buyer: AccountId
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly namedBy: NamedBy
  readonly quantity: Quantity
  readonly timestampMs: InstantMs
  readonly allocations?: readonly Allocation[]
}

/** The little that an answer needs of the record under a key. */
export interface HeldRecord {
  readonly id: MeteringRecordId
  readonly quantity: Quantity
  readonly allocations?: readonly Allocation[]
}

/** A metering record whole, as reading gives it back. */
export interface MeteringRecord extends NewRecord, HeldRecord {
  /** When the ledger took it, in whole microseconds since 1970; never goes back within a writer. */
  readonly recordedAtUs: number
  readonly call: Call
}

/** The call that added a record: what an audit asks for later and nobody can add afterwards. */
export interface Call {
  readonly requestId: string
  readonly operation: string
  /** Domain time: in a sandbox, its workspace's clock. */
  readonly receivedAtMs: InstantMs
  readonly account: AccountId
  readonly accessKeyId: string
  readonly address: string
  readonly userAgent: string
  /** The profile whose rules admitted the records. */
  readonly profile: string
}

/** What the ledger says of one offered record. */
export type Outcome = 'added' | 'repeated' | 'conflicting' | 'unavailable'

/**
 * Compares an offered record with what is held under its key.
 *
 * @param held What `hold` answered; `added` tells whether this very call put it there.
 */
export function outcomeOf(
  offered: { readonly quantity: Quantity },
  held: { readonly quantity: Quantity; readonly added: boolean },
): Exclude<Outcome, 'unavailable'> {
  if (held.added) return 'added'
  return held.quantity === offered.quantity ? 'repeated' : 'conflicting'
}

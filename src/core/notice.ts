/**
 * What a seller is told of its agreements, as plain data that is kept: what happened, to which agreement, when.
 *
 * How it is spelled is wire/notification.ts's. A notice never changes, so that sending it again sends the same bytes.
 */
import type {
  AccountId,
  AgreementId,
  CustomerIdentifier,
  InstantMs,
  LicenseArn,
  ProductCode,
} from './usage.ts'

/**
 * The first five are events of an agreement or its license, the others the older messages, which name the buyer by its
 * customer identifier.
 */
export const NOTICE_KINDS = [
  'agreementCreated',
  'agreementAmended',
  'agreementEnded',
  'licenseUpdated',
  'licenseDeprovisioned',
  'subscribeSuccess',
  'subscribeFail',
  'unsubscribePending',
  'unsubscribeSuccess',
  'entitlementUpdated',
] as const

export type NoticeKind = (typeof NOTICE_KINDS)[number]

/**
 * @property dueMs When it is true and may be sent: now, or when an agreement begins or ends.
 * @property onlyIf What must still be so when it is due; absent: it has happened.
 * @property ending Of `agreementEnded` alone.
 */
export interface Notice {
  readonly id: string
  /** One for all that one change says. */
  readonly requestId: string
  readonly kind: NoticeKind
  readonly seller: AccountId
  readonly product: ProductCode
  readonly buyer: AccountId
  readonly customerIdentifier?: CustomerIdentifier
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly acceptedMs: InstantMs
  readonly startMs: InstantMs
  readonly endMs?: InstantMs
  readonly ending?: 'cancelled' | 'expired'
  readonly dueMs: InstantMs
  readonly onlyIf?: NoticeCondition
}

/**
 * `begins` and `ends`: the agreement still begins or ends then. `isOver`: it ended then, its last hour has passed since,
 * and the buyer has not come back.
 */
export type NoticeCondition = 'begins' | 'ends' | 'isOver'

/**
 * A profile: one dated edition of the marketplace's rules, where AWS's own texts differ.
 *
 * Every disputed number of the contract lives here and nowhere else. A profile never changes a
 * key, so a ledger may be served under one profile today and another tomorrow.
 *
 * Source: CONTRACT decisions D1, D2, D9, D10 and the rule numbers beside each member.
 */
export interface Profile {
  readonly name: string
  /** One line for `--help`, the console and docs/compatibility.md. */
  readonly summary: string

  /** A record this old or older is refused (rules 86 to 89). */
  readonly ageMsMax: number
  /** Compare with the age of the start of the current hour instead of now (rule 89). */
  readonly ageFloorsToHour: boolean
  /** How far ahead of the clock a timestamp may lie, inclusive (rule 94). */
  readonly futureMsMax: number
  /** How long into a month the month before is accepted; absent: no such rule (rules 88, 90). */
  readonly monthGraceMs?: number
  /** Within the grace, the month before is accepted whatever its age (rule 91). */
  readonly monthGraceExtendsWindow: boolean
  /** MeterUsage: a report older than this is refused, one of this very age is not (rule 93). */
  readonly meterUsageAgeMsMax: number

  /** Same key, same quantity: the same id again, or the duplicate status (rule 106). */
  readonly identicalResend: 'success' | 'duplicate'
  /** Same key and quantity, other allocations (rule 110, D9). */
  readonly allocationsDiffer: 'success' | 'duplicate'
  /** Whether a duplicate names the id of the record that is held (rule 43). */
  readonly duplicateNamesId: boolean

  /** A customer identifier that no buyer ever had (rule 40). */
  readonly unknownCustomer: 'exception' | 'perRecord'
  /** A product code beside a license ARN (rule 132, D2). */
  readonly productCodeWithLicense: 'acceptIfEqual' | 'refuse'

  /** Tags of one allocation (rule 123), and distinct tag keys of one record (rule 124). */
  readonly tagsPerAllocationMax: number
  readonly tooManyTags: 'invalidTag' | 'validation'
  readonly tagKeysPerRecordMax: number
  readonly tagValueMayBeEmpty: boolean

  /** How long after an agreement's end its last usage is still taken (rule 96, D10). */
  readonly lastHourMs: number

  /** Rules 60 and 116: the first size, in bytes, that is refused. */
  readonly bodyBytesRefused: number
  /** Rules 64 to 76: the status of signature and rights errors. */
  readonly authStatus: 400 | 403
  /** Rule 78: how far a signature's date may be from the clock, either way. */
  readonly signatureSkewMsMax: number

  /** Calls a second of one account in one Region; in force only with `--quotas` (rule 141). */
  readonly quotas: Readonly<Record<string, number>>

  /** What GetEntitlements says where there is nothing (rule 154): no member at all, or an empty list. */
  readonly noEntitlements: 'absent' | 'empty'

  /** Registration tokens (rule 147): how long they live and how often they resolve. */
  readonly registrationTokenMs: number
  readonly registrationTokenUsesMax?: number
  /** Rule 30: the status of IdempotencyConflictException. */
  readonly idempotencyConflictStatus: 400 | 409
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What both editions have in common, as far as anybody outside AWS knows. */
const SHARED = {
  ageFloorsToHour: false,
  futureMsMax: 5 * MINUTE,
  monthGraceExtendsWindow: false,
  meterUsageAgeMsMax: 6 * HOUR,
  identicalResend: 'success',
  allocationsDiffer: 'success',
  duplicateNamesId: false,
  unknownCustomer: 'exception',
  tagsPerAllocationMax: 5,
  tooManyTags: 'invalidTag',
  tagKeysPerRecordMax: 5,
  tagValueMayBeEmpty: false,
  lastHourMs: HOUR,
  bodyBytesRefused: 1_048_576,
  authStatus: 400,
  signatureSkewMsMax: 5 * MINUTE,
  quotas: {
    BatchMeterUsage: 10,
    MeterUsage: 10,
    RegisterUsage: 5,
    ResolveCustomer: 10,
    GetEntitlements: 10,
  },
  noEntitlements: 'absent',
  registrationTokenMs: 4 * HOUR,
  idempotencyConflictStatus: 409,
} as const satisfies Partial<Profile>

export const AWS_2025: Profile = {
  ...SHARED,
  name: 'aws-2025',
  summary: '6-hour window',
  ageMsMax: 6 * HOUR,
  productCodeWithLicense: 'acceptIfEqual',
}

export const AWS_2026: Profile = {
  ...SHARED,
  name: 'aws-2026',
  summary: '24-hour window, month end until 06:00 UTC',
  ageMsMax: 24 * HOUR,
  monthGraceMs: 6 * HOUR,
  productCodeWithLicense: 'refuse',
}

export const BUILT_IN_PROFILES: readonly Profile[] = [AWS_2025, AWS_2026]

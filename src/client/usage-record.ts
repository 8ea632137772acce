/**
 * The public shapes: AWS's own names, so that what is written for the AWS SDK fits unchanged.
 *
 * Limits      Shapes promise types, not rules; `BatchMeterUsageRequest.check` judges the rules.
 * Source      CONTRACT rules 3 to 6, of the AWS model 2016-01-14; 86 to 94 for time; 119 to 126 for allocations.
 */
import type { WireUsageRecord } from '../wire/batch-meter-usage.ts'

/** One label of an allocation. Buyers see it on their bill as `aws:marketplace:isv:` and the key. */
export interface Tag {
  /** 1 to 100 characters: letters, digits, blanks and AWS's set of signs. Once in an allocation. */
  readonly Key: string
  /** 1 to 256 characters of the same set. */
  readonly Value: string
}

/** A part of a record's quantity under a set of tags. */
export interface UsageAllocation {
  /** Units: a whole number from 0 to 2,147,483,647. All parts of a record add up to its Quantity. */
  readonly AllocatedUsageQuantity: number
  /** 1 to 5 tags, at most 5 distinct keys in a record. Left out: the part without tags; one such part at most. */
  readonly Tags?: readonly Tag[] | undefined
}

/**
 * A quantity of one dimension that one buyer used in one UTC clock hour.
 *
 * Name the buyer by `CustomerAWSAccountId`, with `LicenseArn` where the product has concurrent agreements, or by the
 * legacy `CustomerIdentifier`; never by both, and by the same kind of name in the whole request.
 */
export interface UsageRecord {
  /**
   * When the usage happened: a `Date`, or seconds since 1970-01-01T00:00Z with any fraction (cut to milliseconds).
   * Only its UTC clock hour counts for billing. Accepted for less than 6 hours (`aws-2025`) or 24 hours and the
   * month's end (`aws-2026`), and up to 5 minutes ahead.
   */
  readonly Timestamp: Date | number
  /** The buyer's legacy name at one seller, up to 255 characters. Deprecated by AWS; refused for new products. */
  readonly CustomerIdentifier?: string | undefined
  /** The product's unit of value, 1 to 255 characters; case counts. Only the server knows which exist. */
  readonly Dimension: string
  /** Units: a whole number from 0 to 2,147,483,647; 0 if left out. The first quantity of an hour counts for ever. */
  readonly Quantity?: number | undefined
  /** The quantity by tags: 1 to 2,500 parts with different sets of tags. Since November 2021; 500 parts until 2022-02. */
  readonly UsageAllocations?: readonly UsageAllocation[] | undefined
  /** The buyer's AWS account: digits, kept as text because zeros may lead. Since 2025. */
  readonly CustomerAWSAccountId?: string | undefined
  /** The agreement's license. Needs `CustomerAWSAccountId` beside it, and no `ProductCode`. Since June 2026. */
  readonly LicenseArn?: string | undefined
}

/** A usage record as it goes over the wire: frozen, the timestamp in seconds, absent members left out. */
export type SentUsageRecord = Omit<WireUsageRecord, 'Quantity'> & { readonly Quantity?: number }

/**
 * Copies a record, so that later changes of the caller's object change nothing. Members that AWS does not know are
 * dropped; values are taken as they are, for `check` to judge.
 */
export function sentUsageRecordOf(record: UsageRecord): SentUsageRecord {
  const { Timestamp, UsageAllocations } = record
  return present({
    Timestamp: Timestamp instanceof Date ? Timestamp.getTime() / 1_000 : Timestamp,
    CustomerIdentifier: record.CustomerIdentifier,
    Dimension: record.Dimension,
    Quantity: record.Quantity,
    UsageAllocations: UsageAllocations && frozenList(UsageAllocations, sentAllocationOf),
    CustomerAWSAccountId: record.CustomerAWSAccountId,
    LicenseArn: record.LicenseArn,
  }) as SentUsageRecord
}

function sentAllocationOf({ AllocatedUsageQuantity, Tags }: UsageAllocation): object {
  const tags = Tags && frozenList(Tags, ({ Key, Value }) => present({ Key, Value }))
  return present({ AllocatedUsageQuantity, Tags: tags })
}

export function frozenList<From, To>(
  items: Iterable<From>,
  convert: (item: From) => To,
): readonly To[] {
  return Object.freeze(Array.from(items, (item) => convert(item)))
}

/** A frozen object of the members that are there; AWS takes null as absence, and so do we. */
export function present<Members extends object>(members: Members): Readonly<Partial<Members>> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined && value !== null)
  return Object.freeze(Object.fromEntries(given)) as Readonly<Partial<Members>>
}

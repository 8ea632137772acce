/**
 * The metering record id: a UUID of version 8 that is a pure function of the hour key.
 *
 * Why derived  The same fact gets the same id in every ledger, replica and profile, nothing is stored
 *              for it, and an id alone tells the bucket and the hour, so a look-up touches one shard.
 * Layout       hhhhhhbb-ssss-8rrr-vsss-ssssssssssss: 24 bits hour, 8 bits bucket, 16 bits of hash, version,
 *              12 bits revision (0; a correction gets another), variant, 62 bits of hash.
 * The hash     78 bits of SHA-256 over Region, billing line, dimension and resource. Two series of one
 *              bucket would have to agree in all 78 to share an id; the store refuses the second.
 * Checked by   record-id.test.ts, whose vectors are frozen: ids on people's invoices depend on them.
 */
import { hash } from 'node:crypto'
import { bucketOf, type Bucket, BUCKET_COUNT, type HourKey } from '../core/billing-line.ts'
import type { UsageHour } from '../core/hour.ts'
import type { MeteringRecordId } from '../core/usage.ts'

/** What repeats every hour: an hour key without its hour. */
export type SeriesKey = Omit<HourKey, 'hour'>

/** The first hour that no id can carry: some time in the year 3883. */
export const HOUR_END = 0x100_0000

const ID =
  /^([0-9a-f]{6})([0-9a-f]{2})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/

/** The hash of a series in hexadecimal, 20 digits, its variant bits in place. */
export function fingerprintOf(key: SeriesKey): string {
  // JSON keeps the parts apart whatever they hold, and escapes what UTF-8 cannot carry.
  const text = JSON.stringify([key.region, key.billingLine, key.dimension, key.resource])
  const digits = hash('sha256', text, 'hex')
  const variant = '89ab'.charAt(Number.parseInt(digits.charAt(4), 16) & 3)
  return digits.slice(0, 4) + variant + digits.slice(5, 20)
}

/** The part of the id that all records of a series share, from its fingerprint. */
export function idTailOf(fingerprint: string): string {
  return `${fingerprint.slice(0, 4)}-8000-${fingerprint.slice(4, 8)}-${fingerprint.slice(8)}`
}

/** The part of the id that all records of an hour and a bucket share. */
export function idHeadOf(hour: UsageHour, bucket: Bucket): string {
  return `${hour.toString(16).padStart(6, '0')}${bucket.toString(16).padStart(2, '0')}-`
}

/** Every id is written here before it becomes a text: one made of parts would keep all its parts alive. */
const digits = Buffer.from('hhhhhhbb-ssss-8000-vsss-ssssssssssss', 'latin1')
const DIGITS = Buffer.from('0123456789abcdef', 'latin1')

/**
 * The id from numbers, for a store that keeps no texts.
 *
 * @param order Bucket, and the first 16 bits of the hash. @param high, low The other 64.
 */
export function recordIdFrom(
  hour: UsageHour,
  order: number,
  high: number,
  low: number,
): MeteringRecordId {
  writeDigits(hour, 0, 6)
  writeDigits(order >>> 16, 6, 2)
  writeDigits(order, 9, 4)
  writeDigits(high >>> 16, 19, 4)
  writeDigits(high, 24, 4)
  writeDigits(low, 28, 8)
  return digits.toString('latin1') as MeteringRecordId
}

function writeDigits(value: number, start: number, count: number): void {
  for (let index = start + count - 1, rest = value; index >= start; index--, rest >>>= 4) {
    digits[index] = DIGITS[rest & 15] ?? 0
  }
}

export function recordIdOf(key: HourKey): MeteringRecordId {
  const head = idHeadOf(key.hour, bucketOf(key.billingLine))
  return (head + idTailOf(fingerprintOf(key))) as MeteringRecordId
}

export interface RecordIdParts {
  readonly hour: UsageHour
  readonly bucket: Bucket
  readonly revision: number
  readonly fingerprint: string
}

/** Takes an id apart; undefined if it is none of ours. */
export function parseRecordId(id: string): RecordIdParts | undefined {
  const [, hour = '', bucket = '', hashStart = '', revision = '', variant = '', hashEnd = ''] =
    ID.exec(id) ?? []
  const bucketNumber = Number.parseInt(bucket, 16)
  if (!(bucketNumber < BUCKET_COUNT)) return undefined
  return {
    hour: Number.parseInt(hour, 16) as UsageHour,
    bucket: bucketNumber as Bucket,
    revision: Number.parseInt(revision, 16),
    fingerprint: hashStart + variant + hashEnd,
  }
}

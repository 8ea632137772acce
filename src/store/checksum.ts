/**
 * The checksum that every record carries: CRC-32 over all that is stored of it.
 *
 * Why chained  A record shares its series with every hour and its call with up to 24 others. Their texts are
 *              summed once and kept; what is left for each record is nine numbers and its allocations.
 * Proves       That a row, and the series, call and agreement it names, are as they were written. Against
 *              somebody who can compute a CRC it proves nothing.
 * Checked by   checksum.test.ts, whose vectors are frozen: what is stored carries them.
 */
import { crc32 } from 'node:zlib'
import type { Call, NewRecord } from '../core/metering-record.ts'

/** The facts of a series that never change. Its fingerprint stands for the rest of its key. */
export interface SeriesFacts extends Pick<NewRecord, 'product' | 'seller' | 'buyer'> {
  readonly fingerprint: string
  readonly bucket: number
}

export function seriesChecksum(series: SeriesFacts): number {
  const { fingerprint, bucket, product, seller, buyer } = series
  // The lengths keep the parts apart whatever they hold.
  const lengths = `${bucket} ${product.length} ${seller.length}`
  return crc32(`${lengths} ${fingerprint}${product}${seller}${buyer}`) | 0
}

export function agreementChecksum(agreement: string, licenseArn: string): number {
  return crc32(`${agreement.length} ${agreement}${licenseArn}`) | 0
}

export function callChecksum(call: Call): number {
  const parts = [
    call.requestId,
    call.operation,
    call.receivedAtMs,
    call.account,
    call.accessKeyId,
    call.address,
    call.userAgent,
    call.profile,
  ]
  // JSON keeps the parts apart whatever they hold. Signed, because such numbers cost no allocation.
  return crc32(JSON.stringify(parts)) | 0
}

export interface RecordFacts {
  readonly position: number
  readonly hour: number
  readonly hourMs: number
  readonly quantity: number
  readonly namedBy: number
  readonly recordedAtUs: number
  readonly seriesChecksum: number
  readonly callChecksum: number
  readonly agreementChecksum: number
  /** As JSON; null if there are none. */
  readonly allocations: string | null
}

const numbers = new Float64Array(9)
const bytes = new Uint8Array(numbers.buffer)

/** @returns A signed 32-bit number: SQLite stores those in four bytes. */
export function recordChecksum(record: RecordFacts): number {
  // Doubles hold every one of them exactly, at a fixed place; Node runs on little-endian machines only.
  numbers[0] = record.position
  numbers[1] = record.hour
  numbers[2] = record.hourMs
  numbers[3] = record.quantity
  numbers[4] = record.namedBy
  numbers[5] = record.recordedAtUs
  numbers[6] = record.seriesChecksum
  numbers[7] = record.callChecksum
  numbers[8] = record.agreementChecksum
  const sum = crc32(bytes)
  return (record.allocations === null ? sum : crc32(record.allocations, sum)) | 0
}

/**
 * What is kept of every loaded series, by its number: its checksum, its agreement, and its part of the ids.
 *
 * Why no object each  A million of them took the garbage collector half a second to visit, most of it on the thread
 *                     that answers. Numbers in typed arrays are not visited, and one series is half a cache line.
 * Layout              chunk[id / 8,192], eight words a series, of which five are used: checksum, order, agreement,
 *                     and the last 64 bits of the fingerprint.
 * Checked by          series-facts.test.ts
 */
import type { AgreementId, LicenseArn, MeteringRecordId } from '../../core/usage.ts'
import type { UsageHour } from '../../core/hour.ts'
import { agreementChecksum } from '../checksum.ts'
import { recordIdFrom } from '../record-id.ts'

const CHUNK_BITS = 13
const CHUNK_SIZE = 1 << CHUNK_BITS
const WORD_BITS = 3
const NO_CHUNK = new Int32Array(0)

const CHECKSUM = 0
const ORDER = 1
const AGREEMENT = 2
const HASH = 3

/** The agreement that a series began with, shared by all its dimensions. */
export interface SeriesAgreement {
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly checksum: number
}

export interface SeriesFactsOf {
  /** 20 hexadecimal digits. */
  readonly fingerprint: string
  readonly bucket: number
  readonly checksum: number
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
}

export class SeriesFacts {
  readonly #chunks: (Int32Array | undefined)[] = []
  readonly #agreements: SeriesAgreement[] = []
  readonly #agreementNumbers = new Map<LicenseArn, Map<AgreementId, number>>()

  set(series: number, facts: SeriesFactsOf): void {
    const chunk = this.#chunkFor(series)
    const start = startOf(series)
    const { fingerprint, bucket, checksum } = facts
    chunk[start + CHECKSUM] = checksum
    chunk[start + ORDER] = orderOf(bucket, fingerprint)
    chunk[start + AGREEMENT] = this.#numberOf(facts)
    chunk[start + HASH] = Number.parseInt(fingerprint.slice(4, 12), 16)
    chunk[start + HASH + 1] = Number.parseInt(fingerprint.slice(12), 16)
  }

  checksumOf(series: number): number {
    return this.#word(series, CHECKSUM)
  }

  /** Orders series like their ids do; equal for two with equal beginnings. */
  orderOf(series: number): number {
    return this.#word(series, ORDER)
  }

  /** @throws RangeError if nothing was set. */
  agreementOf(series: number): SeriesAgreement {
    const agreement = this.#agreements[this.#word(series, AGREEMENT)]
    if (agreement === undefined) throw new RangeError(`series ${series} is not loaded`)
    return agreement
  }

  /** Orders series of equal order as their ids do. */
  compareHashes(left: number, right: number): number {
    return (
      (this.#word(left, HASH) >>> 0) - (this.#word(right, HASH) >>> 0) ||
      (this.#word(left, HASH + 1) >>> 0) - (this.#word(right, HASH + 1) >>> 0)
    )
  }

  /** The id of the series' record of an hour. */
  recordIdOf(series: number, hour: UsageHour): MeteringRecordId {
    const chunk = this.#chunks[series >>> CHUNK_BITS] ?? NO_CHUNK
    const start = startOf(series)
    return recordIdFrom(
      hour,
      chunk[start + ORDER] ?? 0,
      chunk[start + HASH] ?? 0,
      chunk[start + HASH + 1] ?? 0,
    )
  }

  #word(series: number, word: number): number {
    return this.#chunks[series >>> CHUNK_BITS]?.[startOf(series) + word] ?? 0
  }

  #chunkFor(series: number): Int32Array {
    const number = series >>> CHUNK_BITS
    // Filled without holes: an array with holes is slower to read for ever.
    while (this.#chunks.length <= number) this.#chunks.push(undefined)
    return (this.#chunks[number] ??= new Int32Array(CHUNK_SIZE << WORD_BITS))
  }

  #numberOf({ agreement, licenseArn }: SeriesFactsOf): number {
    const numbers = this.#agreementNumbers.get(licenseArn) ?? new Map<AgreementId, number>()
    this.#agreementNumbers.set(licenseArn, numbers)
    const known = numbers.get(agreement)
    if (known !== undefined) return known
    const checksum = agreementChecksum(agreement, licenseArn)
    const number = this.#agreements.push({ agreement, licenseArn, checksum }) - 1
    numbers.set(agreement, number)
    return number
  }
}

/** 22 bits that order series as their ids do: the bucket and the first 16 bits of the hash. */
export function orderOf(bucket: number, fingerprint: string): number {
  return bucket * 0x1_0000 + Number.parseInt(fingerprint.slice(0, 4), 16)
}

function startOf(series: number): number {
  return (series & (CHUNK_SIZE - 1)) << WORD_BITS
}

/**
 * What is kept of every loaded series: its number in the file, its checksum, its agreement, and its part of the ids.
 *
 * Why no object each  A million of them took the garbage collector half a second to visit, most of it on the thread
 *                     that answers. Numbers in typed arrays are not visited, and one series is half a cache line.
 * Slots               A series is known by its slot, given as it is loaded: a file may have a hundred million, of which
 *                     few report, and memory is for those.
 * Layout              chunk[slot / 8,192], eight words a series, of which six are used: checksum, order, agreement, the
 *                     last 64 bits of the fingerprint, and the number.
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
const NUMBER = 5

/** The agreement that a series began with, shared by all its dimensions. */
export interface SeriesAgreement {
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly checksum: number
}

export interface SeriesFactsOf {
  /** In the file. */
  readonly id: number
  /** 20 hexadecimal digits. */
  readonly fingerprint: string
  readonly bucket: number
  readonly checksum: number
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
}

export class SeriesFacts {
  readonly #chunks: Int32Array[] = []
  readonly #free: number[] = []
  #slotCount = 0
  readonly #agreements: SeriesAgreement[] = []
  readonly #agreementNumbers = new Map<LicenseArn, Map<AgreementId, number>>()

  /** @returns Its slot. */
  add(facts: SeriesFactsOf): number {
    const slot = this.#free.pop() ?? this.#slotCount++
    const chunk = (this.#chunks[slot >>> CHUNK_BITS] ??= new Int32Array(CHUNK_SIZE << WORD_BITS))
    const start = startOf(slot)
    const { id, fingerprint, bucket, checksum } = facts
    chunk[start + CHECKSUM] = checksum
    chunk[start + ORDER] = orderOf(bucket, fingerprint)
    chunk[start + AGREEMENT] = this.#numberOf(facts)
    chunk[start + HASH] = Number.parseInt(fingerprint.slice(4, 12), 16)
    chunk[start + HASH + 1] = Number.parseInt(fingerprint.slice(12), 16)
    chunk[start + NUMBER] = id
    return slot
  }

  /** Gives the slot to another series. */
  remove(slot: number): void {
    this.#chunks[slot >>> CHUNK_BITS]?.fill(0, startOf(slot), startOf(slot) + (1 << WORD_BITS))
    this.#free.push(slot)
  }

  /** Bytes resident, but for agreements. */
  get bytes(): number {
    return this.#chunks.length * (CHUNK_SIZE << WORD_BITS) * Int32Array.BYTES_PER_ELEMENT
  }

  /** Its number in the file; 0 if there is none. */
  idOf(slot: number): number {
    return this.#word(slot, NUMBER)
  }

  checksumOf(slot: number): number {
    return this.#word(slot, CHECKSUM)
  }

  /** Orders series like their ids do; equal for two with equal beginnings. */
  orderOf(slot: number): number {
    return this.#word(slot, ORDER)
  }

  /** @throws RangeError if the slot is free. */
  agreementOf(slot: number): SeriesAgreement {
    const agreement = this.#agreements[this.#word(slot, AGREEMENT) - 1]
    if (agreement === undefined) throw new RangeError(`no series has the slot ${slot}`)
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
  recordIdOf(slot: number, hour: UsageHour): MeteringRecordId {
    const chunk = this.#chunks[slot >>> CHUNK_BITS] ?? NO_CHUNK
    const start = startOf(slot)
    return recordIdFrom(
      hour,
      chunk[start + ORDER] ?? 0,
      chunk[start + HASH] ?? 0,
      chunk[start + HASH + 1] ?? 0,
    )
  }

  #word(slot: number, word: number): number {
    return this.#chunks[slot >>> CHUNK_BITS]?.[startOf(slot) + word] ?? 0
  }

  #numberOf({ agreement, licenseArn }: SeriesFactsOf): number {
    const numbers = this.#agreementNumbers.get(licenseArn) ?? new Map<AgreementId, number>()
    this.#agreementNumbers.set(licenseArn, numbers)
    const known = numbers.get(agreement)
    if (known !== undefined) return known
    const checksum = agreementChecksum(agreement, licenseArn)
    // From one on, so that a slot that is free names none.
    const number = this.#agreements.push({ agreement, licenseArn, checksum })
    numbers.set(agreement, number)
    return number
  }
}

/** 22 bits that order series as their ids do: the bucket and the first 16 bits of the hash. */
export function orderOf(bucket: number, fingerprint: string): number {
  return bucket * 0x1_0000 + Number.parseInt(fingerprint.slice(0, 4), 16)
}

function startOf(slot: number): number {
  return (slot & (CHUNK_SIZE - 1)) << WORD_BITS
}

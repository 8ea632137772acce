/**
 * Gives every series its small number, and keeps what its next record needs of it.
 *
 * Memory   series-map.ts finds a series by what it bills; series-facts.ts has what its next record needs.
 * File     Series are appended; `series_key` follows in sorted batches (maintenance.ts), and the hashes that it
 *          has not reached are read at start. A series is loaded when it is first touched. So a start costs
 *          little, however many series there are, and a new series costs no random write.
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { type BillingLine, bucketOf, type HourKey } from '../../core/billing-line.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type {
  AccountId,
  AgreementId,
  Dimension,
  LicenseArn,
  ProductCode,
  Region,
} from '../../core/usage.ts'
import { seriesChecksum } from '../checksum.ts'
import { fingerprintOf, type SeriesKey } from '../record-id.ts'
import { fromStoredText, toStoredText } from '../stored-text.ts'
import { SERIES_END } from './hours.ts'
import { Inserter } from './insert.ts'
import { SeriesMap } from '../series-map.ts'
import { SeriesFacts } from './series-facts.ts'

interface Created {
  readonly id: number
  readonly slot: number
  readonly record: SeriesRecord
  readonly fingerprint: string
}

type SeriesRecord = SeriesKey &
  Pick<NewRecord, 'product' | 'seller' | 'buyer' | 'agreement' | 'licenseArn'>

/** Rows read at a time: many times faster than one by one. */
const TAIL_ROWS = 1_000

export const SERIES_COLUMNS = [
  'id',
  'fingerprint',
  'bucket',
  'region',
  'billing_line',
  'dimension',
  'resource',
  'product',
  'seller',
  'buyer',
  'agreement',
  'license_arn',
] as const

export class SeriesRegister {
  readonly #loaded = new SeriesMap<number>()
  readonly facts = new SeriesFacts()
  readonly #insert: Inserter
  readonly #selectByFingerprint: StatementSync
  readonly #selectById: StatementSync
  /** By fingerprint, the series that `series_key` had not reached at start. */
  readonly #tail = new Map<string, number>()
  #nextId = 1
  #indexedUpTo = 0
  #loadedCount = 0
  #pending: Created[] = []

  constructor(database: DatabaseSync) {
    this.#insert = new Inserter(database, 'series', SERIES_COLUMNS)
    const columns = SERIES_COLUMNS.map((column) => `s.${column}`).join()
    this.#selectByFingerprint = database.prepare(
      `select ${columns} from series_key k join series s on s.id = k.series where k.fingerprint = ?`,
    )
    this.#selectById = database.prepare(`select ${columns} from series s where s.id = ?`)
    this.#loadTail(database)
  }

  /** How many series the ledger has. */
  get count(): number {
    return this.#nextId - 1
  }

  get loadedCount(): number {
    return this.#loadedCount
  }

  /** How many series `series_key` has not reached yet. */
  get unindexedCount(): number {
    return this.count - this.#indexedUpTo
  }

  get indexedUpTo(): number {
    return this.#indexedUpTo
  }

  set indexedUpTo(id: number) {
    this.#indexedUpTo = id
    if (id === this.count) this.#tail.clear()
  }

  /** @returns Its slot in `facts`. */
  find(key: HourKey | NewRecord): number | undefined {
    const series = this.#loaded.get(key)
    if (series !== undefined) return series
    // Once every series of the file is in memory, what is not in memory is new.
    return this.#loadedCount === this.count ? undefined : this.#load(key)
  }

  /** Adds a series that `find` did not find. It lasts if the transaction does. */
  create(record: NewRecord): number {
    if (this.#nextId >= SERIES_END) {
      throw new RangeError(
        `The ledger has ${this.count} series, and can number no more of them. Begin another ledger for new buyers and dimensions.`,
      )
    }
    const fingerprint = fingerprintOf(record)
    const id = this.#nextId++
    const slot = this.#remember(id, record, fingerprint)
    this.#pending.push({ id, slot, record, fingerprint })
    return slot
  }

  /** Writes what was created since the last commit or undo. */
  write(): void {
    if (this.#pending.length === 0) return
    this.#insert.insert(this.#pending.flatMap(rowOf))
  }

  commit(): void {
    if (this.#pending.length > 0) this.#pending = []
  }

  undo(): void {
    for (const { record, slot } of this.#pending) {
      this.#loaded.delete(record)
      this.facts.remove(slot)
    }
    this.#loadedCount -= this.#pending.length
    this.#nextId -= this.#pending.length
    this.#pending = []
  }

  #loadTail(database: DatabaseSync): void {
    const marker = database.prepare(`select value from meta where name = 'series_indexed'`).get()
    this.#indexedUpTo = Number(marker?.['value'] ?? 0)
    const select = database.prepare(
      `select lower(hex(fingerprint)), id from series where id > ? order by id limit ${TAIL_ROWS}`,
    )
    select.setReturnArrays(true)
    this.#nextId = this.#indexedUpTo + 1
    for (;;) {
      // Typed as records, but arrays since the line above.
      const rows = select.all(this.#nextId - 1) as unknown as readonly (readonly [string, number])[]
      for (const [fingerprint, id] of rows) {
        this.#tail.set(fingerprint, id)
        this.#nextId = id + 1
      }
      if (rows.length < TAIL_ROWS) return
    }
  }

  #load(key: SeriesKey): number | undefined {
    const wanted = fingerprintOf(key)
    const tailId = this.#tail.get(wanted)
    const row =
      tailId === undefined
        ? this.#selectByFingerprint.get(Buffer.from(wanted, 'hex'))
        : this.#selectById.get(tailId)
    if (row === undefined) return undefined
    const { id, record, fingerprint } = parseSeriesRow(row)
    if (
      record.billingLine !== key.billingLine ||
      record.dimension !== key.dimension ||
      record.region !== key.region ||
      record.resource !== key.resource
    ) {
      throw new Error(`series ${id} and another one have the same hash; the other is refused`)
    }
    return this.#remember(id, record, fingerprint)
  }

  #remember(id: number, record: SeriesRecord, fingerprint: string): number {
    const { billingLine, product, seller, buyer, agreement, licenseArn } = record
    const bucket = bucketOf(billingLine)
    const checksum = seriesChecksum({ fingerprint, bucket, product, seller, buyer })
    const slot = this.facts.add({ id, fingerprint, bucket, checksum, agreement, licenseArn })
    this.#loadedCount++
    this.#loaded.set(record, slot)
    return slot
  }
}

function rowOf({ id, record, fingerprint }: Created): (string | number | Uint8Array)[] {
  return [
    id,
    Buffer.from(fingerprint, 'hex'),
    bucketOf(record.billingLine),
    toStoredText(record.region),
    toStoredText(record.billingLine),
    toStoredText(record.dimension),
    toStoredText(record.resource),
    toStoredText(record.product),
    toStoredText(record.seller),
    toStoredText(record.buyer),
    toStoredText(record.agreement),
    toStoredText(record.licenseArn),
  ]
}

export interface SeriesRow {
  readonly id: number
  readonly bucket: number
  readonly fingerprint: string
  readonly record: SeriesRecord
}

export function parseSeriesRow(row: Record<string, SQLOutputValue>): SeriesRow {
  const text = (column: string) => fromStoredText(String(row[column]))
  const fingerprint = row['fingerprint']
  return {
    id: Number(row['id']),
    bucket: Number(row['bucket']),
    fingerprint: fingerprint instanceof Uint8Array ? Buffer.from(fingerprint).toString('hex') : '',
    record: {
      region: text('region') as Region,
      billingLine: text('billing_line') as BillingLine,
      dimension: text('dimension') as Dimension,
      resource: text('resource'),
      product: text('product') as ProductCode,
      seller: text('seller') as AccountId,
      buyer: text('buyer') as AccountId,
      agreement: text('agreement') as AgreementId,
      licenseArn: text('license_arn') as LicenseArn,
    },
  }
}

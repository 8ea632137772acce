/**
 * Gives every series its small number, and keeps what its next record needs of it.
 *
 * Memory   series-map.ts finds a series by what it bills.
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
import { agreementChecksum, seriesChecksum } from '../checksum.ts'
import { fingerprintOf, idTailOf, type SeriesKey } from '../record-id.ts'
import { fromStoredText, toStoredText } from '../stored-text.ts'
import { SERIES_END } from './hours.ts'
import { Inserter } from './insert.ts'
import { SeriesMap } from '../series-map.ts'

export interface Series {
  readonly id: number
  /** The id of a record of this series, but for its first six digits, which are the hour's. */
  readonly idRest: string
  /** Orders series like their ids do; equal for two with equal beginnings. */
  readonly order: number
  readonly checksum: number
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly agreementChecksum: number
}

interface Created {
  readonly series: Series
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
  readonly #loaded = new SeriesMap<Series>()
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

  find(key: HourKey | NewRecord): Series | undefined {
    const series = this.#loaded.get(key)
    if (series !== undefined) return series
    // Once every series of the file is in memory, what is not in memory is new.
    return this.#loadedCount === this.count ? undefined : this.#load(key)
  }

  /** Adds a series that `find` did not find. It lasts if the transaction does. */
  create(record: NewRecord): Series {
    if (this.#nextId >= SERIES_END) {
      throw new RangeError(
        `The ledger has ${this.count} series, and can number no more of them. Begin another ledger for new buyers and dimensions.`,
      )
    }
    const fingerprint = fingerprintOf(record)
    const series = seriesOf(this.#nextId, record, fingerprint)
    this.#nextId++
    this.#remember(record, series)
    this.#pending.push({ series, record, fingerprint })
    return series
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
    for (const { record } of this.#pending) this.#loaded.delete(record)
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

  #load(key: SeriesKey): Series | undefined {
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
    const series = seriesOf(id, record, fingerprint)
    this.#remember(record, series)
    return series
  }

  #remember(record: SeriesRecord, series: Series): void {
    this.#loadedCount++
    this.#loaded.set(record, series)
  }
}

function seriesOf(id: number, record: SeriesRecord, fingerprint: string): Series {
  const bucket = bucketOf(record.billingLine)
  const { product, seller, buyer } = record
  const facts = { fingerprint, bucket, product, seller, buyer }
  return {
    id,
    idRest: flat(`${bucket.toString(16).padStart(2, '0')}-${idTailOf(fingerprint)}`),
    order: orderOf(bucket, fingerprint),
    checksum: seriesChecksum(facts),
    agreement: record.agreement,
    licenseArn: record.licenseArn,
    agreementChecksum: agreementChecksum(record.agreement, record.licenseArn),
  }
}

/** 22 bits that order series as their ids do: the bucket and the first 16 bits of the hash. */
export function orderOf(bucket: number, fingerprint: string): number {
  return bucket * 0x1_0000 + Number.parseInt(fingerprint.slice(0, 4), 16)
}

function bucketOfOrder(order: number): number {
  return Math.floor(order / 0x1_0000)
}

const scratch = Buffer.alloc(64)

/** The same ASCII text in one piece: one that was put together keeps all its parts alive. */
function flat(text: string): string {
  return scratch.toString('latin1', 0, scratch.write(text, 'latin1'))
}

function rowOf({ series, record, fingerprint }: Created): (string | number | Uint8Array)[] {
  return [
    series.id,
    Buffer.from(fingerprint, 'hex'),
    bucketOfOrder(series.order),
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

/**
 * Gives every series its small number, and keeps what its next record needs of it.
 *
 * Memory   A line's text leads to its series in two look-ups. The Map of lines is cut into shards, so
 *          that none is so big that its doubling is felt.
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
import { Inserter } from './insert.ts'

export interface Series {
  readonly id: number
  readonly facet: number
  readonly resource: string
  /** The id of a record of this series, but for its first six digits, which are the hour's. */
  readonly idRest: string
  /** Orders series like their ids do; equal for two with equal beginnings. */
  readonly order: number
  readonly checksum: number
  readonly agreement: AgreementId
  readonly licenseArn: LicenseArn
  readonly agreementChecksum: number
  /** The other series of its line, if this is the line's first: many lines have but one. */
  others: Map<OtherKey, Series> | undefined
}

type OtherKey = number | string

interface Created {
  readonly series: Series
  readonly record: SeriesRecord
  readonly fingerprint: string
}

type SeriesRecord = SeriesKey &
  Pick<NewRecord, 'product' | 'seller' | 'buyer' | 'agreement' | 'licenseArn'>

const SHARD_COUNT = 256
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
  readonly #shards = Array.from({ length: SHARD_COUNT }, () => new Map<string, Series>())
  readonly #facets = new Map<Region, Map<Dimension, number>>()
  readonly #insert: Inserter
  readonly #selectByFingerprint: StatementSync
  readonly #selectById: StatementSync
  /** By fingerprint, the series that `series_key` had not reached at start. */
  readonly #tail = new Map<string, number>()
  #facetCount = 0
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
    const facet = this.#facets.get(key.region)?.get(key.dimension)
    const first = this.#shardOf(key.billingLine).get(key.billingLine)
    if (facet !== undefined && first !== undefined) {
      if (first.facet === facet && first.resource === key.resource) return first
      const other = first.others?.get(otherKeyOf(facet, key.resource))
      if (other !== undefined) return other
    }
    // Once every series of the file is in memory, what is not in memory is new.
    return this.#loadedCount === this.count ? undefined : this.#load(key)
  }

  /** Adds a series that `find` did not find. It lasts if the transaction does. */
  create(record: NewRecord): Series {
    const fingerprint = fingerprintOf(record)
    const series = seriesOf(this.#nextId, this.#facetOf(record), record, fingerprint)
    this.#nextId++
    this.#remember(series, record.billingLine)
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
    for (const { series, record } of this.#pending.toReversed()) {
      this.#forget(series, record.billingLine)
    }
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
    const series = seriesOf(id, this.#facetOf(record), record, fingerprint)
    this.#remember(series, record.billingLine)
    return series
  }

  #remember(series: Series, billingLine: BillingLine): void {
    this.#loadedCount++
    const shard = this.#shardOf(billingLine)
    const first = shard.get(billingLine)
    if (first === undefined) shard.set(billingLine, series)
    else (first.others ??= new Map()).set(otherKeyOf(series.facet, series.resource), series)
  }

  /** Forgets the series that was remembered last, so that the first of a line is never missing. */
  #forget(series: Series, billingLine: BillingLine): void {
    this.#loadedCount--
    const shard = this.#shardOf(billingLine)
    const first = shard.get(billingLine)
    if (first === series) shard.delete(billingLine)
    else first?.others?.delete(otherKeyOf(series.facet, series.resource))
  }

  /** Lines end in a buyer's account or a license's number: the last four characters spread well. */
  #shardOf(billingLine: BillingLine): Map<string, Series> {
    const end = billingLine.length
    let mixed = 0
    for (let index = Math.max(0, end - 4); index < end; index++) {
      mixed = mixed * 31 + billingLine.charCodeAt(index)
    }
    const shard = this.#shards[mixed & (SHARD_COUNT - 1)]
    if (shard === undefined) throw new Error('no such shard')
    return shard
  }

  /** A small number for a Region and dimension: there are only as many as the catalog has. */
  #facetOf({ region, dimension }: SeriesKey): number {
    const dimensions = this.#facets.get(region) ?? new Map<Dimension, number>()
    this.#facets.set(region, dimensions)
    let facet = dimensions.get(dimension)
    if (facet === undefined) dimensions.set(dimension, (facet = ++this.#facetCount))
    return facet
  }
}

/** Nearly all series have no resource, and a number is looked up without making a text. */
function otherKeyOf(facet: number, resource: string): OtherKey {
  return resource === '' ? facet : `${facet} ${resource}`
}

function seriesOf(id: number, facet: number, record: SeriesRecord, fingerprint: string): Series {
  const bucket = bucketOf(record.billingLine)
  const { product, seller, buyer } = record
  const facts = { fingerprint, bucket, product, seller, buyer }
  return {
    id,
    facet,
    resource: record.resource,
    idRest: flat(`${bucket.toString(16).padStart(2, '0')}-${idTailOf(fingerprint)}`),
    order: orderOf(bucket, fingerprint),
    checksum: seriesChecksum(facts),
    agreement: record.agreement,
    licenseArn: record.licenseArn,
    agreementChecksum: agreementChecksum(record.agreement, record.licenseArn),
    others: undefined,
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

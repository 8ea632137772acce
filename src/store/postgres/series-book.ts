/**
 * The series and agreements of which this process knows that the database holds them.
 *
 * Why kept     A record names its series by a hash. That the row is there need be made sure of only once: rows of
 *              `series` are never changed and never removed.
 * Forgets      Everything when a connection is lost, and a bucket when its node is: the server behind the next one may
 *              be a standby that lacks the last rows, and a record must never name a series that is not there.
 * Collisions   Two series of one hash would be one fact; the second is refused.
 */
import { hash } from 'node:crypto'
import { type Bucket, BUCKET_COUNT, bucketOf } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type { MeteringRecordId } from '../../core/usage.ts'
import { agreementChecksum, seriesChecksum } from '../checksum.ts'
import { fingerprintOf, idHeadOf, idTailOf, type SeriesKey } from '../record-id.ts'
import { SeriesMap } from '../series-map.ts'
import { toStoredText } from '../stored-text.ts'
import type { PoolClient } from './connect.ts'
import { plainArray, type Run, runInTurn, type Statement, textArray } from './pipeline.ts'
import {
  parseSeriesTexts,
  SERIES_COLUMNS,
  type SeriesRow,
  seriesRowOf,
  type SeriesTexts,
} from './series-row.ts'

/** About 500 bytes each; the book keeps at most twice as many. */
const NAMES_PER_HALF = 250_000
const AGREEMENTS_PER_BUCKET = 5_000

/** What follows from a series' key alone. */
export interface SeriesName {
  readonly key: SeriesKey
  readonly bucket: Bucket
  readonly fingerprint: string
  readonly idTail: string
  /** As the database names it. */
  readonly uuid: string
}

/** A series that is in the database. */
export interface Series extends SeriesName {
  readonly checksum: number
  readonly agreement: string
  readonly licenseArn: string
  readonly agreementChecksum: number
}

/** A line of the book. It goes with a record from the lane to the answer, so that it is looked up once. */
export interface BookedName extends SeriesName {
  /** The book's alone: what the database held when the book had forgotten its bucket so many times. */
  known?: { readonly series: Series; readonly forgotten: number }
}

export interface BookedRecord {
  readonly record: NewRecord
  readonly name: BookedName
}

/** Records of one bucket. */
export interface BucketRecords {
  readonly bucket: Bucket
  readonly records: readonly BookedRecord[]
}

/** Series of one bucket of which it is not known that they are in the database: a record of each, by its uuid. */
interface MissingSeries {
  readonly bucket: Bucket
  readonly sorted: readonly BookedRecord[]
}

export interface AgreementReference {
  /** Null: the agreement that the series names. */
  readonly key: string | null
  readonly checksum: number
}

export class SeriesBook {
  /** When the first half is full, it becomes the second, whose names go unless somebody asked for them. */
  #recent = new SeriesMap<BookedName>()
  #older = new SeriesMap<BookedName>()
  #recentCount = 0
  #olderCount = 0
  /** How often each bucket was forgotten. */
  readonly #forgotten = new Uint32Array(BUCKET_COUNT)
  readonly #agreements = new Map<Bucket, Set<string>>()
  readonly #run: Run

  /** @param run As the database needs it. */
  constructor(run: Run = runInTurn) {
    this.#run = run
  }

  get size(): number {
    return this.#recentCount + this.#olderCount
  }

  nameOf(key: SeriesKey): BookedName {
    const known = this.#recent.get(key)
    if (known !== undefined) return known
    const name = this.#older.get(key) ?? seriesNameOf(key)
    if (this.#recentCount === NAMES_PER_HALF) {
      this.#older = this.#recent
      this.#olderCount = this.#recentCount
      this.#recent = new SeriesMap()
      this.#recentCount = 0
    }
    this.#recent.set(key, name)
    this.#recentCount++
    return name
  }

  /** Forgets what is in the database; names stay, for they follow from keys. */
  forget(): void {
    for (const bucket of this.#forgotten.keys()) this.forgetBucket(bucket as Bucket)
  }

  forgetBucket(bucket: Bucket): void {
    this.#forgotten[bucket] = this.#timesForgotten(bucket) + 1
    this.#agreements.delete(bucket)
  }

  /** Makes sure that the series of records of one bucket are in the database, and answers them in the same order. */
  async ensure(
    client: PoolClient,
    bucket: Bucket,
    records: readonly BookedRecord[],
  ): Promise<readonly Series[]> {
    const [series = []] = await this.ensureAll(client, [{ bucket, records }])
    return series
  }

  /** The same for several buckets at once. @param parts In the order of their buckets. */
  async ensureAll(
    client: PoolClient,
    parts: readonly BucketRecords[],
  ): Promise<readonly (readonly Series[])[]> {
    const found = parts.map(({ records }) => records.map(({ name }) => this.#knownOf(name)))
    const missing = parts.flatMap(({ bucket, records }, part) =>
      missingOf(bucket, records, found[part]),
    )
    const added = missing.length === 0 ? undefined : await this.#add(client, missing)
    return parts.map(({ bucket, records }, part) =>
      records.map(
        ({ name }, index) => found[part]?.[index] ?? seriesNamed(name, added?.get(bucket)),
      ),
    )
  }

  #knownOf({ known, bucket }: BookedName): Series | undefined {
    return known?.forgotten === this.#timesForgotten(bucket) ? known.series : undefined
  }

  #timesForgotten(bucket: Bucket): number {
    return this.#forgotten[bucket] ?? 0
  }

  async #add(
    client: PoolClient,
    missing: readonly MissingSeries[],
  ): Promise<ReadonlyMap<Bucket, ReadonlyMap<string, Series>>> {
    // Whatever is forgotten while the database is asked counts as not known.
    const forgotten = missing.map(({ bucket }) => this.#timesForgotten(bucket))
    const texts = await addSeries(this.#run, client, missing)
    const added = new Map<Bucket, Map<string, Series>>()
    for (const [part, { bucket, sorted }] of missing.entries()) {
      const ofBucket = added.get(bucket) ?? new Map<string, Series>()
      added.set(bucket, ofBucket)
      for (const { record, name } of sorted) {
        const series = seriesOf(name, texts[part]?.get(name.uuid) ?? record)
        name.known = { series, forgotten: forgotten[part] ?? 0 }
        ofBucket.set(name.uuid, series)
      }
    }
    return added
  }

  /** Makes sure that the agreements of records of one bucket are in the database, where their series names another. */
  async ensureAgreements(
    client: PoolClient,
    bucket: Bucket,
    pairs: readonly { readonly record: NewRecord; readonly series: Series }[],
  ): Promise<readonly AgreementReference[]> {
    const known = this.#agreements.get(bucket) ?? new Set()
    const missing = new Map<string, NewRecord>()
    const references = pairs.map(({ record, series }) => {
      if (record.agreement === series.agreement && record.licenseArn === series.licenseArn) {
        return { key: null, checksum: series.agreementChecksum }
      }
      const key = agreementKeyOf(record)
      if (!known.has(key)) missing.set(key, record)
      return { key, checksum: agreementChecksum(record.agreement, record.licenseArn) }
    })
    if (missing.size === 0) return references
    this.#agreements.set(bucket, known)
    await addAgreements(client, bucket, missing)
    if (known.size > AGREEMENTS_PER_BUCKET) known.clear()
    for (const key of missing.keys()) known.add(key)
    return references
  }
}

/** Sorted by key, so that two replicas that add the same series wait for each other and never in a ring. */
function missingOf(
  bucket: Bucket,
  records: readonly BookedRecord[],
  found: readonly (Series | undefined)[] = [],
): readonly MissingSeries[] {
  const missing = new Map<string, BookedRecord>()
  for (const [index, one] of records.entries()) {
    if (found[index] === undefined) missing.set(one.name.uuid, one)
  }
  if (missing.size === 0) return []
  const sorted = [...missing.values()].sort((left, right) =>
    left.name.uuid < right.name.uuid ? -1 : 1,
  )
  return [{ bucket, sorted }]
}

function seriesNamed(name: SeriesName, added: ReadonlyMap<string, Series> | undefined): Series {
  const series = added?.get(name.uuid)
  if (series === undefined) throw new Error(`the series ${name.uuid} was not made sure of`)
  refuseCollision(series.key, name)
  return series
}

/** By computation alone. */
export function seriesNameOf(key: SeriesKey): SeriesName {
  const fingerprint = fingerprintOf(key)
  const idTail = idTailOf(fingerprint)
  return {
    // Not the whole record, which would be kept with it.
    key: {
      region: key.region,
      billingLine: key.billingLine,
      dimension: key.dimension,
      resource: key.resource,
    },
    bucket: bucketOf(key.billingLine),
    fingerprint,
    idTail,
    uuid: `00000000-${idTail}`,
  }
}

export function agreementKeyOf({
  agreement,
  licenseArn,
}: Pick<NewRecord, 'agreement' | 'licenseArn'>): string {
  const digits = hash('sha256', JSON.stringify([agreement, licenseArn]), 'hex')
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const ADD_SERIES = `
  insert into series (bucket, ${SERIES_COLUMNS})
  select b.bucket, o.* from bucket b, unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::text[]) as o
  where b.bucket = $1::smallint
  on conflict do nothing
  returning series`

const SELECT_SERIES = `
  select ${SERIES_COLUMNS} from series where bucket = $1::smallint and series = any($2::uuid[])`

/** @returns The texts of those that were there already: whoever was first decides which agreement a series names. */
async function addSeries(
  run: Run,
  client: PoolClient,
  missing: readonly MissingSeries[],
): Promise<readonly ReadonlyMap<string, SeriesTexts>[]> {
  const added = await run(client, missing.map(addStatement))
  const there = missing.map(({ bucket, sorted }, part) => {
    const isAdded = new Set(added[part]?.map(([uuid]) => uuid))
    return { bucket, sorted: sorted.filter(({ name }) => !isAdded.has(name.uuid)) }
  })
  if (there.every(({ sorted }) => sorted.length === 0)) return []
  const found = await run(client, there.map(selectStatement))
  return there.map(({ sorted }, part) => {
    const rows = new Map(found[part]?.map(seriesRowOf).map((row) => [row.series, row]))
    return new Map(sorted.map(({ name }) => [name.uuid, textsOf(name, rows.get(name.uuid))]))
  })
}

function addStatement({ bucket, sorted }: MissingSeries): Statement {
  const column = (textOf: (record: NewRecord) => string) =>
    textArray(sorted.map(({ record }) => toStoredText(textOf(record))))
  const values = [
    bucket,
    uuidsOf(sorted),
    column(({ region }) => region),
    column(({ billingLine }) => billingLine),
    column(({ dimension }) => dimension),
    column(({ resource }) => resource),
    column(({ product }) => product),
    column(({ seller }) => seller),
    column(({ buyer }) => buyer),
    column(({ agreement }) => agreement),
    column(({ licenseArn }) => licenseArn),
  ]
  return { name: 'add_series', text: ADD_SERIES, values }
}

function selectStatement({ bucket, sorted }: MissingSeries): Statement {
  return { name: 'select_series', text: SELECT_SERIES, values: [bucket, uuidsOf(sorted)] }
}

function uuidsOf(sorted: readonly BookedRecord[]): string {
  return plainArray(sorted.map(({ name }) => name.uuid))
}

function textsOf(name: SeriesName, row: SeriesRow | undefined): SeriesTexts {
  if (row === undefined) throw new Error(`the series ${name.uuid} is not there after it was added`)
  return parseSeriesTexts(row)
}

function seriesOf(name: SeriesName, texts: SeriesTexts): Series {
  refuseCollision(texts, name)
  const { agreement, licenseArn } = texts
  const { key, bucket, fingerprint, idTail, uuid } = name
  return {
    key,
    bucket,
    fingerprint,
    idTail,
    uuid,
    checksum: seriesChecksum({ ...texts, fingerprint: name.fingerprint, bucket: name.bucket }),
    agreement,
    licenseArn,
    agreementChecksum: agreementChecksum(agreement, licenseArn),
  }
}

function refuseCollision(first: SeriesKey, { key, uuid }: SeriesName): void {
  const isSame =
    first.region === key.region &&
    first.billingLine === key.billingLine &&
    first.dimension === key.dimension &&
    first.resource === key.resource
  if (!isSame) throw new Error(`two series have the hash ${uuid}; only the first can be held`)
}

const ADD_AGREEMENTS = `
  insert into agreement (bucket, agreement_key, agreement, license_arn)
  select b.bucket, o.* from bucket b, unnest($2::uuid[], $3::text[], $4::text[]) as o
  where b.bucket = $1::smallint
  on conflict do nothing`

async function addAgreements(
  client: PoolClient,
  bucket: Bucket,
  missing: ReadonlyMap<string, NewRecord>,
): Promise<void> {
  const sorted = [...missing].sort(([left], [right]) => (left < right ? -1 : 1))
  const values = [
    bucket,
    sorted.map(([key]) => key),
    sorted.map(([, { agreement }]) => toStoredText(agreement)),
    sorted.map(([, { licenseArn }]) => toStoredText(licenseArn)),
  ]
  await client.query({ name: 'add_agreements', text: ADD_AGREEMENTS, values })
}

export function recordIdIn({ bucket, idTail }: SeriesName, hour: UsageHour): MeteringRecordId {
  return (idHeadOf(hour, bucket) + idTail) as MeteringRecordId
}

/** Whether two keys are one, which their names in the database tell. */
export function keyTextOf(
  record: { readonly hour: number },
  { uuid }: Pick<SeriesName, 'uuid'>,
): string {
  return `${record.hour} ${uuid}`
}

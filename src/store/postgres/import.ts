/**
 * Takes whole records of another ledger into one on PostgreSQL, beside replicas that may be writing it.
 *
 * Why apart   `hold` stamps what it takes. Here recorded-at and call are the source's, they may lie years back, and
 *             thousands go in a statement: a bucket a transaction, several buckets at a time.
 * Repeating   is safe, at once or a week later: what is held already is answered whole, and never changed.
 * Failing     A connection that is lost, or a server that restarts, is waited for a minute.
 * Checked by  ../copy/copy.test.ts
 */
import type { Bucket } from '../../core/billing-line.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptToken } from '../kept-token.ts'
import { seriesChecksum } from '../checksum.ts'
import { LedgerRefused } from '../refused.ts'
import { isCitus, refuseOtherLanguages } from './citus.ts'
import { onConnection, openPool, placeOf, type Pool, type PoolClient } from './connect.ts'
import { failureOf, told } from './failure.ts'
import { recordAt } from './group.ts'
import { addTokens } from './import-tokens.ts'
import { addToBucket, type Imported } from './import-rows.ts'
import { checkSchema } from './migrate.ts'
import { type Month, monthOf, monthText } from './months.ts'
import { makeMonths } from './partitions.ts'
import { Reach } from './reach.ts'
import { untilDeadline } from './retry.ts'
import { type BookedRecord, keyTextOf, SeriesBook } from './series-book.ts'
import { wholeRecords } from './whole-records.ts'
import { takeWriterNumber } from './writer-number.ts'

/** Records in one transaction, but for a single commit of the source that has more. */
const RECORDS_TOGETHER = 2_000
const STATEMENT_MS_MAX = 60_000
const RETRY_MS_MAX = 60_000

export interface ImportSettings {
  readonly url: string
  readonly connectionsMax: number
  readonly connectMsMax: number
  /** How long a server that went away is waited for. */
  readonly retryMsMax?: number
}

/**
 * - `added`: it was not there, and is now.
 * - a record: what is held under its key, which may be the same.
 * - `otherParty`: what it is billed to belongs to another product, seller or buyer there, so it cannot be held.
 */
export type ImportOutcome = 'added' | 'otherParty' | MeteringRecord

/** A record on its way into its bucket, and its place among those that were given. */
interface Placed extends BookedRecord {
  readonly record: MeteringRecord
  readonly index: number
}

export class RecordImport {
  readonly place: string
  readonly #pool: Pool
  readonly #writer: number
  readonly #book = new SeriesBook()
  readonly #reach: Reach
  readonly #months = new Set<string>()
  readonly #retryMsMax: number

  /** @throws LedgerRefused with one sentence. The schema must be there. */
  static async open(settings: ImportSettings): Promise<RecordImport> {
    const pool = await openPool({ ...settings, kind: 'writer', statementMsMax: STATEMENT_MS_MAX })
    const place = placeOf(settings.url)
    try {
      await checkSchema(pool, place)
      if (await isCitus(pool)) await refuseOtherLanguages(pool, place)
      return new RecordImport(settings, pool, await takeWriterNumber(pool))
    } catch (error) {
      await pool.end()
      throw failureOf(error, place)
    }
  }

  private constructor(settings: ImportSettings, pool: Pool, writer: number) {
    this.place = placeOf(settings.url)
    this.#pool = pool
    this.#writer = writer
    this.#retryMsMax = settings.retryMsMax ?? RETRY_MS_MAX
    this.#reach = new Reach({
      attemptsMax: settings.connectionsMax,
      retryMsMax: this.#retryMsMax,
      obstacle: () => undefined,
      book: this.#book,
    })
  }

  /** Whether anything is held. */
  async holdsRecords(): Promise<boolean> {
    const { rows } = await this.#patiently((client) => client.query('select from record limit 1'))
    return rows.length > 0
  }

  /**
   * Adds what is not held under its key.
   *
   * @param records What one commit of the source added stands together.
   * @throws LedgerRefused with one sentence; any of them may have been added then.
   */
  async add(records: readonly MeteringRecord[]): Promise<readonly ImportOutcome[]> {
    await this.#makeMonths(records)
    return this.#inBuckets(records, (client, bucket, placed) => this.#add(client, bucket, placed))
  }

  /** Client tokens: of one that is known here, whichever is kept longer stays. */
  async addTokens(tokens: readonly KeptToken[], nowMs: number): Promise<void> {
    await this.#patiently((client) => addTokens(client, tokens, nowMs))
  }

  /** What is held under the key of each. */
  async find(records: readonly MeteringRecord[]): Promise<readonly (MeteringRecord | undefined)[]> {
    return this.#inBuckets(records, async (client, bucket, placed) => {
      const held = await wholeRecords(client, bucket, placed)
      return placed.map(({ record, name }) => held.get(keyTextOf(record, name)))
    })
  }

  /**
   * Tells the server how many rows there are now, and what is in them. By itself it looks a while later, and at a divided
   * table as a whole never.
   */
  async analyze(): Promise<void> {
    for (const table of ['record', 'call_group', 'series', 'agreement']) {
      await this.query(`analyze ${table}`, [])
    }
  }

  /** Runs a statement of the caller's own, as patiently as all others. */
  query<Row extends object>(text: string, values: unknown[]): Promise<readonly Row[]> {
    return this.#patiently(async (client) => (await client.query<Row>(text, values)).rows)
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #add(
    client: PoolClient,
    bucket: Bucket,
    placed: readonly Placed[],
  ): Promise<readonly ImportOutcome[]> {
    const offered = await this.#offer(client, bucket, placed)
    const possible = offered.filter((one) => one !== undefined)
    const added =
      possible.length === 0
        ? new Set<string>()
        : await addToBucket(client, bucket, this.#writer, possible)
    const isHeld = ({ record, series }: Imported) => !added.has(keyTextOf(record, series))
    const rest = possible.filter(isHeld).map(({ record, series }) => ({ record, name: series }))
    const held = await wholeRecords(client, bucket, rest)
    return offered.map((one) => {
      if (one === undefined) return 'otherParty'
      return isHeld(one) ? heldAs(held.get(keyTextOf(one.record, one.series))) : 'added'
    })
  }

  /** With series and agreements made sure of; undefined where the series is somebody else's. */
  async #offer(
    client: PoolClient,
    bucket: Bucket,
    placed: readonly Placed[],
  ): Promise<readonly (Imported | undefined)[]> {
    const known = await this.#book.ensure(client, bucket, placed)
    const pairs = placed.map(({ record }, index) => {
      const series = recordAt(known, index)
      const { fingerprint } = series
      const isSame = series.checksum === seriesChecksum({ ...record, fingerprint, bucket })
      return isSame ? { record, series } : undefined
    })
    const own = pairs.filter((pair) => pair !== undefined)
    const references = await this.#book.ensureAgreements(client, bucket, own)
    const agreements = new Map(own.map((pair, index) => [pair, recordAt(references, index)]))
    return pairs.map((pair) => {
      const agreement = pair && agreements.get(pair)
      return pair && agreement && { ...pair, agreement }
    })
  }

  /** Runs a function on the records of each bucket, some at a time, and puts its answers into the order given. */
  async #inBuckets<Answer>(
    records: readonly MeteringRecord[],
    run: (
      client: PoolClient,
      bucket: Bucket,
      placed: readonly Placed[],
    ) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    const answers = new Array<Answer>(records.length)
    const placed = records.map((record, index) => ({
      record,
      name: this.#book.nameOf(record),
      index,
    }))
    const parts = [...Map.groupBy(placed, ({ name }) => name.bucket)].flatMap(([bucket, list]) =>
      partsOf(list).map((part) => ({ bucket, part })),
    )
    const done = parts.map(async ({ bucket, part }) => {
      const given = await this.#told(() =>
        this.#reach.run(bucket, () =>
          onConnection(this.#pool, (client) => run(client, bucket, part)),
        ),
      )
      for (const [place, answer] of given.entries()) answers[recordAt(part, place).index] = answer
    })
    await Promise.all(done)
    return answers
  }

  async #makeMonths(records: readonly MeteringRecord[]): Promise<void> {
    const missing = new Map<string, Month>()
    for (const { hour } of records) {
      const month = monthOf(hour)
      if (!this.#months.has(month.name)) missing.set(month.name, month)
    }
    if (missing.size === 0) return
    const [gone] = await this.#patiently((client) => makeMonths(client, [...missing.values()]))
    if (gone !== undefined) {
      throw new LedgerRefused(
        `The month ${monthText(gone)} was detached from ${this.place}, so usage of it can no longer be told from new. Copy into another database.`,
      )
    }
    for (const name of missing.keys()) this.#months.add(name)
  }

  /** Tries again what a lost connection left undone. @throws LedgerRefused with one sentence. */
  #patiently<Result>(use: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const attempt = () => onConnection(this.#pool, use)
    return this.#told(() => untilDeadline(attempt, this.#retryMsMax, () => undefined))
  }

  #told<Result>(work: () => Promise<Result>): Promise<Result> {
    return told(this.place, work)
  }
}

/** Parts that one transaction takes; commits of the source stay whole. */
function partsOf(placed: readonly Placed[]): readonly (readonly Placed[])[] {
  const parts: Placed[][] = []
  let part: Placed[] = []
  for (const one of placed) {
    const isOther = part.at(-1)?.record.recordedAtUs !== one.record.recordedAtUs
    if (part.length === 0 || (part.length >= RECORDS_TOGETHER && isOther)) {
      parts.push((part = []))
    }
    part.push(one)
  }
  return parts
}

function heldAs(record: MeteringRecord | undefined): MeteringRecord {
  if (record === undefined) throw new Error('a key that is taken has no record')
  return record
}

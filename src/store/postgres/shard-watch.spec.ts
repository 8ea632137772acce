/** Looks at the plan of each statement before it runs: how many shards of Citus it touches. */
import { Client, type Pool, type QueryConfig } from 'pg'
import type { Bucket } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type { AgreementId } from '../../core/usage.ts'
import { aCall, aRecord, aToken } from '../builders.spec.ts'
import { recordIdOf } from '../record-id.ts'
import { type BucketCommit, commitBuckets, findInBucket } from './bucket-commit.ts'
import type { PoolClient } from './connect.ts'
import { recordAt } from './group.ts'
import { type Hold, holdInTwoStatements } from './hold.ts'
import { monthOf } from './months.ts'
import { Reader } from './reader.ts'
import { SeriesBook } from './series-book.ts'
import { TokenGuard, TokenRemoval } from './token-guard.ts'

export interface SeenStatement {
  readonly name: string
  readonly plan: string
}

export class ShardWatch {
  readonly seen: SeenStatement[] = []
  readonly #client: Client

  private constructor(client: Client) {
    this.#client = client
  }

  static async open(url: string): Promise<ShardWatch> {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query('set search_path = marketmeter')
    return new ShardWatch(client)
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  /** What the ledger's parts take for a connection, or for a pool. */
  get database(): PoolClient & Pool {
    const query = (statement: string | QueryConfig, values?: unknown[]) =>
      this.#query(statement, values)
    return { query } as unknown as PoolClient & Pool
  }

  async #query(statement: string | QueryConfig, given?: unknown[]): Promise<unknown> {
    const config =
      typeof statement === 'string' ? { text: statement, values: given ?? [] } : statement
    const { text, values = [], name = 'page' } = config
    if (values.length > 0) {
      const { rows } = await this.#client.query<{ 'QUERY PLAN': string }>(
        `explain (verbose, costs off) ${text}`,
        values,
      )
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      this.seen.push({ name, plan })
    }
    return this.#client.query(config)
  }
}

/** Holds two new records of a bucket, then finds them by key, and one by its id. */
export async function onOneShard(
  watch: ShardWatch,
  { bucket, round }: { bucket: Bucket; round: number },
): Promise<void> {
  const book = new SeriesBook()
  const { database } = watch
  const records = recordsIn(book, bucket, round)
  const entriesOf = (one: SeriesBook) =>
    records.map((record) => ({ record, name: one.nameOf(record) }))
  const entries = entriesOf(book)
  const known = await book.ensure(database, bucket, entries)
  // Another replica finds them there.
  const other = new SeriesBook()
  await other.ensure(database, bucket, entriesOf(other))
  const pairs = entries.map(({ record }, index) => ({ record, series: recordAt(known, index) }))
  const others = pairs.map(({ record, series }) => ({
    record: { ...record, agreement: `other-${round}` as AgreementId },
    series,
  }))
  const agreements = await book.ensureAgreements(database, bucket, others)
  const recordedAtUs = Date.now() * 1_000 + round
  const hold = holdInTwoStatements(10_000)
  const commit = {
    bucket,
    month: monthOf(recordAt(entries, 0).record.hour),
    calls: [aCall()],
    offered: others.map((one, index) => ({
      ...one,
      agreement: recordAt(agreements, index),
      call: 0,
    })),
    writer: 1,
    recordedAtUs,
    attempts: new Set([recordedAtUs]),
  }
  await commitBuckets(database, hold, [commit])
  await repeatTokened(database, hold, commit)
  await findInBucket(database, bucket, pairs)
  const reader = new Reader(database, () => Promise.resolve(Number.MAX_SAFE_INTEGER))
  const id = recordIdOf(recordAt(entries, 0).record)
  const page = await reader.read({ id, countMax: 1 })
  if (page.records[0]?.id !== id) throw new Error('what was held is not found by its id')
}

/** One of its records again, under a token; then another request under that token. */
async function repeatTokened(client: PoolClient, hold: Hold, commit: BucketCommit): Promise<void> {
  const [offered] = commit.offered
  if (offered === undefined) throw new RangeError('a commit is never empty')
  const { record, series } = offered
  const again = { ...commit, offered: [offered] }
  const token = { ...aToken(), billingLine: record.billingLine, name: recordIdOf(record) }
  const key = { record, name: series }
  const guard = new TokenGuard(token, key)
  const [[held] = []] = await commitBuckets(client, hold, [again], guard)
  if (held?.quantity !== record.quantity) throw new Error('what was held is not held')
  const other = new TokenGuard({ ...token, parameters: 'other' }, key)
  await commitBuckets(client, hold, [again], other)
  if (!other.isTaken) throw new Error('the token is not taken')
  await new TokenRemoval().afterNoting(client, guard)
}

function recordsIn(book: SeriesBook, bucket: Bucket, round: number): readonly NewRecord[] {
  const hour = Math.floor(Date.now() / 3_600_000) as UsageHour
  const records: NewRecord[] = []
  for (let buyer = 1_000_000 * (round + 1); records.length < 2; buyer++) {
    const record = aRecord({ buyer, hour })
    if (book.nameOf(record).bucket === bucket) records.push(record)
  }
  return records.sort((left, right) => (book.nameOf(left).uuid < book.nameOf(right).uuid ? -1 : 1))
}

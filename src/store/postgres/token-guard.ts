/**
 * The client token of one record, around the statement that holds it and in its transaction.
 *
 * Order       Token first, then record, so transactions that share either wait for each other and never in a ring.
 * Attempts    One that was committed and whose answer never came finds its own token, and goes on.
 * Removal     Now and then, after a commit: what is over in the bucket, some at a time.
 * Checked by  ../ledger.spec.ts and token-guard.test.ts, on one server and on Citus
 */
import type { Bucket } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import { tokenHashesOf } from '../client-token.ts'
import type { PoolClient } from './connect.ts'
import type { HoldGuard } from './hold.ts'
import type { SeriesName } from './series-book.ts'
import { removeTokens } from './token-sweep.ts'

/** So many are noted in a bucket before some are removed, and more than that are. */
const NOTED_BEFORE_REMOVAL = 16
const REMOVED_AT_ONCE = 64

const NOTE = `
  insert into client_token as t (bucket, name, parameters, kept_until_ms)
  values ($1::smallint, $2::uuid, $3::uuid, $4::bigint)
  on conflict (bucket, name) do update
    set parameters = excluded.parameters, kept_until_ms = excluded.kept_until_ms
    where t.kept_until_ms <= $5::bigint`

const FIND = `
  select replace(parameters::text, '-', '') as parameters from client_token
  where bucket = $1::smallint and name = $2::uuid and kept_until_ms > $3::bigint`

const QUANTITY = `
  select quantity from record
  where bucket = $1::smallint and hour = $2::integer and series = $3::uuid`

const REMOVE = removeTokens(REMOVED_AT_ONCE)

/** Whether a request with other parameters has the token. */
export async function isTokenTaken(
  client: PoolClient,
  bucket: Bucket,
  token: ClientToken,
): Promise<boolean> {
  const { name, parameters } = tokenHashesOf(token)
  const { rows } = await client.query<{ parameters: string }>({
    name: 'find_token',
    text: FIND,
    values: [bucket, name, token.askedAtMs],
  })
  return rows[0] !== undefined && rows[0].parameters !== parameters
}

/** The one record that the token goes with. */
export interface TokenedKey {
  readonly record: Pick<NewRecord, 'hour' | 'quantity'>
  readonly name: SeriesName
}

export class TokenGuard implements HoldGuard {
  readonly #token: ClientToken
  readonly #key: TokenedKey
  /** Another request has the token: nothing was held. */
  isTaken = false

  constructor(token: ClientToken, key: TokenedKey) {
    this.#token = token
    this.#key = key
  }

  get bucket(): Bucket {
    return this.#key.name.bucket
  }

  get askedAtMs(): number {
    return this.#token.askedAtMs
  }

  /** First in the transaction. @returns Whether the record may be held. */
  async enter(client: PoolClient): Promise<boolean> {
    const { name, parameters } = tokenHashesOf(this.#token)
    const { askedAtMs, keptUntilMs } = this.#token
    const values = [this.bucket, name, parameters, keptUntilMs, askedAtMs]
    const { rowCount } = await client.query({ name: 'note_token', text: NOTE, values })
    this.isTaken = rowCount === 0 && (await isTokenTaken(client, this.bucket, this.#token))
    return !this.isTaken
  }

  /** Last in the transaction. @returns Whether to commit it: a record that is held otherwise leaves the token free. */
  async leave(client: PoolClient, addedCount: number): Promise<boolean> {
    if (addedCount > 0) return true
    const { record, name } = this.#key
    const { rows } = await client.query<{ quantity: number }>({
      name: 'find_quantity',
      text: QUANTITY,
      values: [this.bucket, record.hour, name.uuid],
    })
    return rows[0]?.quantity === record.quantity
  }
}

/** Removes what is over, a bucket at a time. */
export class TokenRemoval {
  readonly #noted = new Map<Bucket, number>()

  async afterNoting(
    client: PoolClient,
    { bucket, askedAtMs }: Pick<TokenGuard, 'bucket' | 'askedAtMs'>,
  ): Promise<void> {
    const noted = this.#noted.get(bucket) ?? NOTED_BEFORE_REMOVAL
    this.#noted.set(bucket, noted < NOTED_BEFORE_REMOVAL ? noted + 1 : 1)
    if (noted < NOTED_BEFORE_REMOVAL) return
    await client.query({ name: 'remove_tokens', text: REMOVE, values: [bucket, askedAtMs] })
  }
}

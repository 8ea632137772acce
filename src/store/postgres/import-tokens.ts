/** Puts the client tokens of another ledger into their buckets. What is in use here already stays as it is. */
import { type Bucket, BUCKET_COUNT } from '../../core/billing-line.ts'
import type { KeptToken } from '../kept-token.ts'
import type { PoolClient } from './connect.ts'

/** The join with `bucket` sends it to one shard whole, see hold.ts. */
const ADD = `
  insert into client_token as present (bucket, name, parameters, kept_until_ms)
  select b.bucket, name, parameters, kept_until_ms
  from bucket b, unnest($2::uuid[], $3::uuid[], $4::bigint[]) as o (name, parameters, kept_until_ms)
  where b.bucket = $1::smallint
  on conflict (bucket, name) do update
    set parameters = excluded.parameters, kept_until_ms = excluded.kept_until_ms
    where present.kept_until_ms < excluded.kept_until_ms
      and (present.parameters = excluded.parameters or present.kept_until_ms <= $5::bigint)`

const ALL_BUCKETS = Array.from({ length: BUCKET_COUNT }, (_, number) => number as Bucket)

/** A statement for each bucket, so repeating it is safe. @param nowMs By which a token may be over. */
export async function addTokens(
  client: PoolClient,
  tokens: readonly KeptToken[],
  nowMs: number,
): Promise<void> {
  const placed = tokens.flatMap((token) => bucketsOf(token).map((bucket) => ({ token, bucket })))
  for (const [bucket, list] of Map.groupBy(placed, (one) => one.bucket)) {
    const values = [
      bucket,
      list.map(({ token }) => token.name),
      list.map(({ token }) => token.parameters),
      list.map(({ token }) => token.keptUntilMs),
      nowMs,
    ]
    await client.query({ name: 'import_tokens', text: ADD, values })
  }
}

function bucketsOf({ bucket }: KeptToken): readonly Bucket[] {
  return bucket === undefined ? ALL_BUCKETS : [bucket]
}

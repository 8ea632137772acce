/**
 * Removes client tokens that are over where none come any more: one bucket at each look, some at a time.
 *
 * Safe        to lose and to repeat, so nobody waits for a standby: a look that waited could tell of nothing else.
 * Checked by  ../ledger.spec.ts
 */
import { type Bucket, BUCKET_COUNT } from '../../core/billing-line.ts'
import { onConnection, type Pool } from './connect.ts'
import { BEGIN_ON_NODE } from './hold.ts'

const REMOVED_AT_ONCE = 1_000

/**
 * The outer bound is no repetition: one that was over and is noted anew meanwhile must stay, and PostgreSQL, which waits for
 * that commit, looks again at the outer condition alone.
 */
export const removeTokens = (countMax: number): string => `
  delete from client_token where bucket = $1::smallint and kept_until_ms <= $2::bigint and name in (
    select name from client_token where bucket = $1::smallint and kept_until_ms <= $2::bigint
    order by kept_until_ms limit ${countMax})`

const REMOVE = removeTokens(REMOVED_AT_ONCE)

export class TokenSweep {
  readonly #pool: Pool
  #next = 0

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** @param nowMs By the machine's clock. */
  async look(nowMs: number): Promise<void> {
    const bucket = this.#next as Bucket
    this.#next = (this.#next + 1) % BUCKET_COUNT
    await onConnection(this.#pool, async (client) => {
      await client.query(`${BEGIN_ON_NODE}; set local synchronous_commit = off`)
      await client.query({ name: 'sweep_tokens', text: REMOVE, values: [bucket, nowMs] })
      await client.query('commit')
    })
  }
}

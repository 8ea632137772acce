/**
 * Uses of registration tokens on PostgreSQL. One statement counts a use, so of replicas that are asked at once as many are told
 * `used` as the bound allows. They go one after the other, so that a flood of them leaves the catalog its connections.
 */
import pLimit from 'p-limit'
import { SWEPT_MAX, type TokenUse } from '../control.ts'
import { onConnection, type Pool } from '../postgres/connect.ts'

const USE = `
  with swept as (
    delete from registration_token_use where token in (
      select token from registration_token_use where used_at_ms < $4 and token <> $1
      limit ${SWEPT_MAX} for update skip locked)
  )
  insert into registration_token_use as present (token, uses, used_at_ms) values ($1, 1, $2)
  on conflict (token) do update set
    uses = present.uses + 1, used_at_ms = greatest(present.used_at_ms, excluded.used_at_ms)
  where present.uses < $3
  returning uses`

export class TokenUseTable {
  readonly #pool: Pool
  readonly #inTurn = pLimit(1)

  constructor(pool: Pool) {
    this.#pool = pool
  }

  use({ tokenId, usesMax, atMs, forgetBeforeMs }: TokenUse): Promise<'used' | 'usedUp'> {
    return this.#inTurn(async () => {
      const { rows } = await onConnection(this.#pool, (client) =>
        client.query(USE, [tokenId, atMs, usesMax, forgetBeforeMs]),
      )
      return rows.length === 0 ? 'usedUp' : 'used'
    })
  }
}

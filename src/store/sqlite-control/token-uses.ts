/** Uses of registration tokens in control.db. Each is on stable storage before it is answered. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { SWEPT_MAX, type TokenUse } from '../control.ts'
import { writeUnlessBusy } from './transaction.ts'

export class TokenUseTable {
  readonly #database: DatabaseSync
  readonly #count: StatementSync
  readonly #sweep: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#count = database.prepare(
      `insert into registration_token_use as present (token, uses, used_at_ms) values (?1, 1, ?2)
       on conflict (token) do update set uses = uses + 1, used_at_ms = max(used_at_ms, excluded.used_at_ms)
       where present.uses < ?3
       returning uses`,
    )
    this.#sweep = database.prepare(
      `delete from registration_token_use where token in (
         select token from registration_token_use where used_at_ms < ? limit ${SWEPT_MAX})`,
    )
  }

  use({ tokenId, usesMax, atMs, forgetBeforeMs }: TokenUse): 'used' | 'usedUp' | 'busy' {
    return writeUnlessBusy(this.#database, () => {
      this.#sweep.run(forgetBeforeMs)
      return this.#count.get(tokenId, atMs, usesMax) === undefined ? 'usedUp' : 'used'
    })
  }
}

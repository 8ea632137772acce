/**
 * Refused records in control.db: bounded for each seller and each who signs for it, equal ones counted.
 *
 * Pruning looks at one share at a time and only now and then, so a flood of refusals costs an upsert each.
 */
import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  type KeptRefusal,
  refusalIdentityOf,
  type RefusedRecord,
} from '../../core/refused-record.ts'
import type { InstantMs } from '../../core/usage.ts'
import {
  type RefusalBounds,
  type RefusalPage,
  placeOfCursor,
  type RefusalQuery,
} from '../control.ts'
import { PruneTurns, type RefusalShare, refusalShareOf, shareCountMax } from '../refusal-shares.ts'
import { writeUnlessBusy } from './transaction.ts'

export class RefusalTable {
  readonly #database: DatabaseSync
  readonly #bounds: RefusalBounds
  readonly #upsert: StatementSync
  readonly #turns: PruneTurns

  constructor(database: DatabaseSync, bounds: RefusalBounds) {
    this.#database = database
    this.#bounds = bounds
    this.#turns = new PruneTurns(bounds)
    this.#upsert = database.prepare(
      `insert into refusal
         (seller, signer, identity, code, product_json, first_at_ms, last_at_ms, count, body)
       values (?, ?, ?, ?, ?, ?, ?, 1, ?)
       on conflict (seller, identity) do update set
         count = count + 1, last_at_ms = excluded.last_at_ms, body = excluded.body`,
    )
  }

  append(batch: readonly RefusedRecord[]): 'kept' | 'busy' {
    return writeUnlessBusy(this.#database, () => {
      for (const refused of batch) this.#upsertOne(refused)
      for (const share of this.#turns.dueAfter(batch)) this.#prune(share)
      return 'kept'
    })
  }

  read(query: RefusalQuery): RefusalPage {
    const conditions: string[] = []
    const values: (string | number)[] = []
    const narrow = (condition: string, value: string | number | undefined): void => {
      if (value === undefined) return
      conditions.push(condition)
      values.push(value)
    }
    narrow('position < ?', placeOfCursor(query))
    narrow('seller = ?', query.seller)
    narrow('code = ?', query.code)
    const { productCode } = query
    narrow('product_json = ?', productCode === undefined ? undefined : JSON.stringify(productCode))
    narrow('last_at_ms >= ?', query.fromMs)
    narrow('last_at_ms < ?', query.beforeMs)
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
    const rows = this.#database
      .prepare(`select * from refusal ${where} order by position desc limit ?`)
      .all(...values, query.countMax + 1)
    const page = rows.slice(0, query.countMax)
    const more = rows.length > page.length
    return {
      refusals: page.map(keptRefusalOf),
      ...(more ? { next: String(page.at(-1)?.['position']) } : {}),
    }
  }

  close(): void {
    this.#database.close()
  }

  #upsertOne(refused: RefusedRecord): void {
    const { code, productCode, atMs } = refused
    const { seller, signer } = refusalShareOf(refused)
    const identity = createHash('sha256')
      .update(refusalIdentityOf(refused))
      .digest()
      .subarray(0, 16)
    const product = JSON.stringify(productCode)
    this.#upsert.run(seller, signer, identity, code, product, atMs, atMs, JSON.stringify(refused))
  }

  #prune(share: RefusalShare): void {
    const { seller, signer } = share
    this.#database
      .prepare(
        `delete from refusal where seller = ?1 and last_at_ms <
           (select max(last_at_ms) from refusal where seller = ?1) - ?2`,
      )
      .run(seller, this.#bounds.ageMsMax)
    this.#database
      .prepare(
        `delete from refusal where position in (
           select position from refusal where seller = ?1 and signer = ?2
           order by last_at_ms, position
           limit max(0, (select count(*) from refusal where seller = ?1 and signer = ?2) - ?3))`,
      )
      .run(seller, signer, shareCountMax(this.#bounds, share))
  }
}

export function keptRefusalOf(row: Record<string, unknown>): KeptRefusal {
  return {
    refused: JSON.parse(String(row['body'])) as RefusedRecord,
    firstAtMs: Number(row['first_at_ms']) as InstantMs,
    count: Number(row['count']),
  }
}

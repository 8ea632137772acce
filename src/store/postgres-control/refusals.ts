/**
 * Refused records on PostgreSQL: bounded for each seller and each who signs for it, equal ones counted, whichever replica
 * refused them.
 *
 * Best effort  Their sessions do not wait for the disk. A batch that fails for a lost connection is tried again for a
 *              while; if its answer was lost it counts twice.
 * No deadlock  A batch takes its rows in the order of their key, and pruning waits for nobody: what another replica
 *              is writing just now, it leaves for the next time.
 */
import { createHash } from 'node:crypto'
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
import type { Pool } from '../postgres/connect.ts'
import { untilDeadline } from '../postgres/retry.ts'
import { PruneTurns, type RefusalShare, refusalShareOf, shareCountMax } from '../refusal-shares.ts'
import { toStoredText } from '../stored-text.ts'

const RETRY_MS_MAX = 5_000

const APPEND = `
  with given as materialized (
    select nextval('refusal_position') as position, *
    from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[], $9::text[])
      as given (seller, identity, code, product, first_at_ms, last_at_ms, count, body, signer)
  )
  insert into refusal (position, seller, signer, identity, code, product, first_at_ms, last_at_ms, count, body)
  select position, seller, signer, identity, code, product, first_at_ms, last_at_ms, count, body::json
  from given order by seller collate "C", identity
  on conflict (seller, identity) do update set
    count = refusal.count + excluded.count,
    first_at_ms = least(refusal.first_at_ms, excluded.first_at_ms),
    last_at_ms = greatest(refusal.last_at_ms, excluded.last_at_ms),
    body = case when excluded.last_at_ms < refusal.last_at_ms then refusal.body else excluded.body end`

const PRUNE = `
  with surplus as materialized (
    select position from refusal where seller = $1 and last_at_ms <
      (select max(last_at_ms) from refusal where seller = $1) - $2::bigint
    union
    (select position from refusal where seller = $1 and signer = $3
     order by last_at_ms desc, position desc offset $4)
  ), free as materialized (
    select position from refusal where position in (select position from surplus)
    for update skip locked
  )
  delete from refusal where position in (select position from free)`

interface RefusalRow {
  readonly position: string
  readonly first_at_ms: string
  readonly count: number
  readonly body: RefusedRecord
}

export class RefusalTable {
  readonly #pool: Pool
  readonly #bounds: RefusalBounds
  readonly #turns: PruneTurns

  constructor(pool: Pool, bounds: RefusalBounds) {
    this.#pool = pool
    this.#bounds = bounds
    this.#turns = new PruneTurns(bounds)
  }

  async append(batch: readonly RefusedRecord[]): Promise<'kept'> {
    if (batch.length === 0) return 'kept'
    const values = appendValues(counted(batch))
    await this.#try(() => this.#pool.query({ name: 'append', text: APPEND, values }))
    for (const share of this.#turns.dueAfter(batch)) await this.#prune(share)
    return 'kept'
  }

  async read(query: RefusalQuery): Promise<RefusalPage> {
    const { text, values } = pageStatement(query)
    const { rows } = await this.#pool.query<RefusalRow>(text, values)
    const page = rows.slice(0, query.countMax)
    const last = page.at(-1)
    const more = last !== undefined && rows.length > page.length
    return { refusals: page.map(keptRefusalOf), ...(more ? { next: last.position } : {}) }
  }

  async #prune(share: RefusalShare): Promise<void> {
    const { seller, signer } = share
    const values = [seller, this.#bounds.ageMsMax, signer, shareCountMax(this.#bounds, share)]
    await this.#try(() => this.#pool.query(PRUNE, values))
  }

  #try<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return untilDeadline(attempt, RETRY_MS_MAX, () => undefined)
  }
}

interface Counted {
  readonly identity: string
  readonly latest: RefusedRecord
  readonly firstAtMs: InstantMs
  readonly count: number
}

/** Equal ones together, in order of first appearance: one statement touches a row once. */
function counted(batch: readonly RefusedRecord[]): readonly Counted[] {
  const byIdentity = new Map<string, Counted>()
  for (const latest of batch) {
    const identity = identityOf(latest)
    const before = byIdentity.get(identity)
    const firstAtMs = before?.firstAtMs ?? latest.atMs
    byIdentity.set(identity, { identity, latest, firstAtMs, count: (before?.count ?? 0) + 1 })
  }
  return [...byIdentity.values()]
}

export function appendValues(refusals: readonly Counted[]): unknown[] {
  return [
    refusals.map(({ latest }) => latest.seller),
    refusals.map(({ identity }) => identity),
    refusals.map(({ latest }) => latest.code),
    refusals.map(({ latest }) => toStoredText(latest.productCode)),
    refusals.map(({ firstAtMs }) => firstAtMs),
    refusals.map(({ latest }) => latest.atMs),
    refusals.map(({ count }) => count),
    refusals.map(({ latest }) => JSON.stringify(latest)),
    refusals.map(({ latest }) => refusalShareOf(latest).signer),
  ]
}

/** Its seller is a part of it. */
export function identityOf(refused: RefusedRecord): string {
  return createHash('sha256').update(refusalIdentityOf(refused)).digest('hex').slice(0, 32)
}

function pageStatement(query: RefusalQuery): { readonly text: string; readonly values: unknown[] } {
  const conditions: string[] = []
  const values: unknown[] = []
  const narrow = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return
    conditions.push(`${condition} $${values.push(value)}`)
  }
  const { productCode } = query
  narrow('position <', placeOfCursor(query))
  narrow('seller =', query.seller)
  narrow('code =', query.code)
  narrow('product =', productCode === undefined ? undefined : toStoredText(productCode))
  narrow('last_at_ms >=', query.fromMs)
  narrow('last_at_ms <', query.beforeMs)
  const where = conditions.length === 0 ? 'true' : conditions.join(' and ')
  return {
    values,
    text: `select position, first_at_ms, count, body from refusal
      where ${where} order by position desc limit ${query.countMax + 1}`,
  }
}

function keptRefusalOf({ body, first_at_ms, count }: RefusalRow): KeptRefusal {
  return { refused: body, firstAtMs: Number(first_at_ms) as InstantMs, count }
}

/**
 * Takes control data of another ledger as a history: changes with their numbers and their log, entries with the versions that
 * wrote them. So a process that knows the history there knows it here.
 *
 * Upon        the very version that the history begins behind, in one transaction; somebody else's changes are never mixed in.
 * Refusals    are best effort: those that are there already stay as they are, so that bringing them twice counts once.
 * Checked by  ../copy/copy.test.ts
 */
import type { ControlEntry } from '../../core/control-entries.ts'
import { entryKeyOf } from '../../core/control-entries.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { LogEntry } from '../control.ts'
import type { NoticeRow } from '../notice-outbox.ts'
import {
  inTransaction,
  openPool,
  placeOf,
  type Pool,
  type PoolClient,
} from '../postgres/connect.ts'
import { told } from '../postgres/failure.ts'
import type { CountedUses } from '../sqlite-control/history.ts'
import { toStoredText } from '../stored-text.ts'
import { readChangeLog } from './change-log.ts'
import { appendValues, identityOf } from './refusals.ts'

const STATEMENT_MS_MAX = 60_000

/** Changes after a version, and the entries as they are now that those changes wrote. */
export interface ControlTail {
  readonly version: number
  readonly log: Iterable<readonly LogEntry[]>
  readonly entries: Iterable<readonly { readonly version: number; readonly entry: ControlEntry }[]>
}

const ADD_LOG = `
  insert into change (version, at_ms, actor, summary, what)
  select version, at_ms, actor, summary, what::json
  from unnest($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[])
    as given (version, at_ms, actor, summary, what)`

const PUT_ENTRIES = `
  insert into entry (kind, key, version, body)
  select kind, key, version, body::json
  from unnest($1::text[], $2::text[], $3::integer[], $4::text[]) as given (kind, key, version, body)
  on conflict (kind, key) do update set version = excluded.version, body = excluded.body`

const ADD_REFUSALS = `
  insert into refusal (position, seller, signer, identity, code, product, first_at_ms, last_at_ms, count, body)
  select nextval('refusal_position'), seller, signer, identity, code, product, first_at_ms, last_at_ms, count, body::json
  from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[], $9::text[])
    as given (seller, identity, code, product, first_at_ms, last_at_ms, count, body, signer)
  on conflict do nothing`

const ADD_TOKEN_USES = `
  insert into registration_token_use as present (token, uses, used_at_ms)
  select * from unnest($1::text[], $2::integer[], $3::bigint[]) as given (token, uses, used_at_ms)
  on conflict (token) do update set
    uses = greatest(present.uses, excluded.uses), used_at_ms = greatest(present.used_at_ms, excluded.used_at_ms)`

const ADD_NOTICES = `
  insert into notice (id, seller, agreement, state, due_ms, next_attempt_ms, attempts, last_at_ms, last_result, body)
  select id, seller, agreement, state, due_ms, next_attempt_ms, attempts, last_at_ms, last_result, body::json
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::integer[], $8::bigint[], $9::text[],
      $10::text[])
    with ordinality as given
      (id, seller, agreement, state, due_ms, next_attempt_ms, attempts, last_at_ms, last_result, body, place)
  order by place
  on conflict (id) do update set
    state = excluded.state, due_ms = excluded.due_ms, next_attempt_ms = excluded.next_attempt_ms,
    attempts = excluded.attempts, last_at_ms = excluded.last_at_ms, last_result = excluded.last_result
  where notice.last_at_ms < excluded.last_at_ms`

export class ControlImport {
  readonly #pool: Pool
  readonly #place: string

  /** @throws LedgerRefused with one sentence. The schema must be there. */
  static async open(url: string, connectMsMax: number): Promise<ControlImport> {
    const bounds = { connectionsMax: 1, statementMsMax: STATEMENT_MS_MAX, connectMsMax }
    const pool = await openPool({ url, kind: 'control', ...bounds })
    return new ControlImport(pool, placeOf(url))
  }

  private constructor(pool: Pool, place: string) {
    this.#pool = pool
    this.#place = place
  }

  /** The last change there is; undefined if there is none. */
  async lastChange(): Promise<LogEntry | undefined> {
    return this.#told(async () => {
      const { rows } = await this.#pool.query<{ version: number }>(
        'select version from control_version',
      )
      const after = (rows[0]?.version ?? 0) - 1
      return (await readChangeLog(this.#pool, { after, countMax: 1 }))[0]
    })
  }

  /** @param upon The version that the tail begins behind. */
  async forward(upon: number, tail: ControlTail): Promise<'forwarded' | 'stale'> {
    return this.#told(() =>
      inTransaction(this.#pool, async (client) => {
        const { rows } = await client.query<{ version: number }>(
          'select version from control_version for update',
        )
        if (rows[0]?.version !== upon) return 'stale'
        for (const page of tail.log) await client.query(ADD_LOG, logValues(page))
        for (const page of tail.entries) await putEntries(client, page)
        await client.query('update control_version set version = $1', [tail.version])
        return 'forwarded'
      }),
    )
  }

  async addRefusals(page: readonly KeptRefusal[]): Promise<void> {
    const counted = page.map(({ refused, firstAtMs, count }) => ({
      identity: identityOf(refused),
      latest: refused,
      firstAtMs,
      count,
    }))
    await this.#told(() => this.#pool.query(ADD_REFUSALS, appendValues(counted)))
  }

  /** The greater count stays, so that bringing them twice counts once. */
  async addTokenUses(page: readonly CountedUses[]): Promise<void> {
    const values = [
      page.map(({ tokenId }) => tokenId),
      page.map(({ uses }) => uses),
      page.map(({ usedAtMs }) => usedAtMs),
    ]
    await this.#told(() => this.#pool.query(ADD_TOKEN_USES, values))
  }

  /** Those that are there already become what they are by now; a replica that has one of them under way keeps it. */
  async addNotices(page: readonly NoticeRow[]): Promise<void> {
    await this.#told(() => this.#pool.query(ADD_NOTICES, noticeValues(page)))
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  #told<Result>(use: () => Promise<Result>): Promise<Result> {
    return told(this.#place, use)
  }
}

function logValues(page: readonly LogEntry[]): unknown[] {
  return [
    page.map(({ version }) => version),
    page.map(({ atMs }) => atMs),
    page.map(({ actor }) => toStoredText(actor)),
    page.map(({ summary }) => toStoredText(summary)),
    page.map(({ what }) => what),
  ]
}

function noticeValues(page: readonly NoticeRow[]): unknown[] {
  return [
    page.map(({ body }) => body.id),
    page.map(({ body }) => body.seller),
    page.map(({ body }) => body.agreement),
    page.map(({ state }) => state),
    page.map(({ dueMs }) => dueMs),
    page.map(({ nextAttemptMs }) => nextAttemptMs),
    page.map(({ attempts }) => attempts),
    page.map(({ lastAtMs }) => lastAtMs),
    page.map(({ lastResult }) => toStoredText(lastResult)),
    page.map(({ body }) => JSON.stringify(body)),
  ]
}

async function putEntries(
  client: PoolClient,
  page: readonly { readonly version: number; readonly entry: ControlEntry }[],
): Promise<void> {
  await client.query(PUT_ENTRIES, [
    page.map(({ entry }) => entry.kind),
    page.map(({ entry }) => toStoredText(entryKeyOf(entry))),
    page.map(({ version }) => version),
    page.map(({ entry }) => JSON.stringify(entry)),
  ])
}

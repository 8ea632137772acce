/**
 * Entries on PostgreSQL, and how they change.
 *
 * One writer   A change is one statement that locks the row of the version without waiting for it. So a replica that stops
 *              in the middle leaves no lock behind, and of changes upon one version exactly one is written. Those of one replica
 *              go one after the other, so that a connection is left to look.
 * One state    What changed is read in one snapshot, page by page, so that version and entries belong together.
 * Gone back    A failover that lost changes, or a backup that was put back, may reach the same version with other changes.
 *              Each change has a stamp; a reader whose change is not there any more is told, for what it knows is wrong.
 */
import type { LimitFunction } from 'p-limit'
import type { QueryResult } from 'pg'
import { type ControlEntry, entryKeyOf } from '../../core/control-entries.ts'
import {
  type Committed,
  type ControlChange,
  type ControlChanges,
  loggedTextOf,
} from '../control.ts'
import {
  inTime,
  inTransaction,
  onConnection,
  type Pool,
  type PoolClient,
} from '../postgres/connect.ts'
import { codeOf } from '../postgres/failure.ts'
import { LedgerRefused } from '../refused.ts'
import { toStoredText } from '../stored-text.ts'
import { noticeColumns } from './notices.ts'

/** Somebody else holds the lock. */
const LOCK_NOT_AVAILABLE = '55P03'
const PAGE_ROWS = 1_000

const LOOK = `
  select v.version, c.stamp from control_version v left join change c on c.version = $1`

const SELECT_VERSION = `
  select v.version, c.stamp from control_version v left join change c on c.version = v.version`

const SELECT_PAGE = `
  select version, kind, key, body from entry
  where (version, kind, key) > ($1, $2, $3) order by version, kind, key limit ${PAGE_ROWS}`

const COMMIT = `
  with present as (
    select version from control_version where version = $1 for update nowait
  ), logged as (
    insert into change (version, at_ms, actor, summary, what)
    select version + 1, $2, $3, $4, $5::json from present returning version, stamp
  ), put as (
    insert into entry (kind, key, version, body)
    select given.kind, given.key, present.version + 1, given.body::json
    from present, unnest($6::text[], $7::text[], $8::text[]) as given (kind, key, body)
    on conflict (kind, key) do update set version = excluded.version, body = excluded.body
  ), told as (
    insert into notice (id, seller, agreement, due_ms, body)
    select given.id, given.seller, given.agreement, given.due_ms, given.body::json
    from present, unnest($9::uuid[], $10::text[], $11::text[], $12::bigint[], $13::text[])
      with ordinality as given (id, seller, agreement, due_ms, body, place)
    order by given.place
  ), moved as (
    update control_version v set version = present.version + 1 from present where v.only_row
  )
  select version, stamp from logged`

interface VersionRow {
  readonly version: number
  /** Null where there is no such change. */
  readonly stamp: string | null
}

interface PagePlace {
  readonly version: number
  readonly kind: string
  readonly key: string
}

interface EntryRow extends PagePlace {
  readonly body: ControlEntry
}

export class EntryTable {
  readonly #pool: Pool
  readonly #lookMsMax: number
  readonly #inTurn: LimitFunction
  /** The change that was seen last. */
  #seen: VersionRow = { version: 0, stamp: null }

  /**
   * @param inTurn Lets in one change at a time, of whatever it is.
   * @param lookMsMax For a statement that looks; one that writes has the pool's own bound.
   */
  constructor(pool: Pool, inTurn: LimitFunction, lookMsMax: number) {
    this.#pool = pool
    this.#inTurn = inTurn
    this.#lookMsMax = lookMsMax
  }

  async changesAfter(version: number): Promise<ControlChanges> {
    const row = onlyRow((await this.#look<VersionRow>(this.#pool, 'look', LOOK, [version])).rows)
    this.#refuseOtherHistory(version, row)
    if (version === row.version) {
      this.#seen = row
      return { version, entries: [] }
    }
    const { present, entries } = await inTransaction(this.#pool, (client) =>
      this.#readAfter(client, version),
    )
    this.#seen = present
    return { version: present.version, entries }
  }

  commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'> {
    return this.#inTurn(() => this.#commit(change))
  }

  async #commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'> {
    try {
      const { rows } = await onConnection(this.#pool, (client) =>
        client.query<VersionRow>(COMMIT, commitValues(change)),
      )
      const [row] = rows
      if (row === undefined) return 'stale'
      this.#seen = row
      return { version: row.version }
    } catch (error) {
      if (codeOf(error) === LOCK_NOT_AVAILABLE) return 'busy'
      throw error
    }
  }

  /** @param row The present version, and the stamp that `after` has now. */
  #refuseOtherHistory(after: number, { version, stamp }: VersionRow): void {
    const isOther = after === this.#seen.version && stamp !== this.#seen.stamp
    if (version >= after && !isOther) return
    throw new LedgerRefused(
      `The database has lost changes of the catalog that this process has read (number ${after}), by a failover or a restored backup. Restart this process.`,
    )
  }

  async #readAfter(
    client: PoolClient,
    version: number,
  ): Promise<{ readonly present: VersionRow; readonly entries: readonly ControlEntry[] }> {
    await client.query('set transaction isolation level repeatable read, read only')
    const { rows } = await this.#look<VersionRow>(client, 'version', SELECT_VERSION, [])
    const entries: ControlEntry[] = []
    // Every kind sorts behind none.
    let last: PagePlace = { version: version + 1, kind: '', key: '' }
    for (;;) {
      const values = [last.version, last.kind, last.key]
      const page = (await this.#look<EntryRow>(client, 'entries', SELECT_PAGE, values)).rows
      for (const { body } of page) entries.push(body)
      last = page.at(-1) ?? last
      if (page.length < PAGE_ROWS) return { present: onlyRow(rows), entries }
    }
  }

  #look<Row extends object>(
    database: Pick<PoolClient, 'query'>,
    name: string,
    text: string,
    values: unknown[],
  ): Promise<QueryResult<Row>> {
    const query = inTime({ name, text, values }, this.#lookMsMax)
    return database.query<Row>(query)
  }
}

/** Of two entries under one key the latter counts. */
function commitValues(change: ControlChange): unknown[] {
  const { upon, atMs, actor, summary, entries, notices = [] } = change
  const byKey = new Map(entries.map((entry) => [`${entry.kind} ${entryKeyOf(entry)}`, entry]))
  const distinct = [...byKey.values()]
  return [
    upon,
    atMs,
    toStoredText(actor),
    toStoredText(summary),
    loggedTextOf(entries),
    distinct.map((entry) => entry.kind),
    distinct.map((entry) => toStoredText(entryKeyOf(entry))),
    distinct.map((entry) => JSON.stringify(entry)),
    ...noticeColumns(notices),
  ]
}

function onlyRow(rows: readonly VersionRow[]): VersionRow {
  const [row] = rows
  if (row === undefined) throw new Error('the version of the control data is missing')
  return row
}

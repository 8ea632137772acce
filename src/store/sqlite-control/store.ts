/**
 * The control store on SQLite: `control.db`, in the folder of the ledger and apart from it.
 *
 * Why apart   The ledger's file has one writing process. Commands change the catalog while `serve` runs, so this file
 *             takes writers from several processes, one at a time, each deciding upon the version it read.
 * Durable     WAL with a full sync for changes. Refusals, and what becomes of notices, go through a connection of
 *             their own that does not sync: they are best effort, and they must not make an answer wait.
 * Polling     `pragma data_version` tells without reading a row whether another connection has committed.
 */
import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import {
  type ControlEntry,
  entryKeyOf,
  type UsageRegistrationEntry,
} from '../../core/control-entries.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type { InstantMs } from '../../core/usage.ts'
import {
  type Committed,
  type ControlChange,
  type ControlChanges,
  type ControlStore,
  type LogEntry,
  loggedTextOf,
  REFUSAL_BOUNDS,
  type RefusalBounds,
  type RefusalPage,
  type RefusalQuery,
  type RegistrationQuery,
  type TokenUse,
} from '../control.ts'
import { type NewPlace, refuseMoved } from '../sqlite/moved.ts'
import { refuseUnsafeSqlite } from '../sqlite/sqlite-version.ts'
import { migrateControl } from './migrate.ts'
import { noticeInsert, NoticeTable } from './notices.ts'
import { RefusalTable } from './refusals.ts'
import { TokenUseTable } from './token-uses.ts'
import { inTransaction, writeUnlessBusy } from './transaction.ts'

/** How long opening and reading wait for another process; writing does not wait. */
const BUSY_MS_MAX = 5_000
/** Documents joined by SQLite and parsed at once, which costs half of a row and a parse for each. */
const DOCUMENTS_TOGETHER = 1_000
const MOVED_TO = 'movedTo'
const MOVED_TO_ID = 'movedToId'

export class SqliteControlStore implements ControlStore {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #refusals: RefusalTable
  readonly #tokenUses: TokenUseTable
  readonly notices: NoticeTable
  readonly #insertNotices: ReturnType<typeof noticeInsert>
  readonly #selectChanges: StatementSync
  readonly #selectPage: StatementSync
  readonly #selectRegistrations: StatementSync
  readonly #upsert: StatementSync
  /** What we last saw; good for as long as `data_version` stays the same. */
  #seen = { dataVersion: -1, version: 0 }

  constructor(path: string, bounds: RefusalBounds = REFUSAL_BOUNDS) {
    refuseUnsafeSqlite()
    // The file holds encrypted secrets and hashes of tokens: nobody else's to read. SQLite gives its log the same mode.
    closeSync(openSync(path, 'a', 0o600))
    chmodSync(path, 0o600)
    this.#path = path
    this.#database = openDatabase(path, 'full')
    migrateControl(this.#database, path)
    const aside = openDatabase(path, 'normal')
    this.#refusals = new RefusalTable(aside, bounds)
    this.notices = new NoticeTable(aside)
    this.#insertNotices = noticeInsert(this.#database)
    this.#tokenUses = new TokenUseTable(this.#database)
    this.#selectChanges = this.#database.prepare(
      'select group_concat(body) as documents from entry where version > ?',
    )
    this.#selectPage = this.#database.prepare(
      `select group_concat(body) as documents from
         (select body from entry where (kind, key) > (?, ?) order by kind, key limit ?)`,
    )
    this.#selectRegistrations = this.#database.prepare(
      `select group_concat(body) as documents from
         (select body from entry where kind = 'usageRegistration' and key > ? order by key limit ?)`,
    )
    this.#upsert = this.#database.prepare(
      `insert into entry (kind, key, version, body) values (?, ?, ?, ?)
       on conflict (kind, key) do update set version = excluded.version, body = excluded.body`,
    )
  }

  async changesAfter(version: number): Promise<ControlChanges> {
    const dataVersion = this.#dataVersion()
    if (dataVersion === this.#seen.dataVersion && version >= this.#seen.version) {
      return { version: this.#seen.version, entries: [] }
    }
    // One transaction, so that the version and the entries belong together.
    return inTransaction(this.#database, 'deferred', () => {
      const present = this.#version()
      this.#seen = { dataVersion, version: present }
      if (version >= present) return { version: present, entries: [] }
      const entries = version === 0 ? this.#readAll() : this.#readAfter(version)
      return { version: present, entries }
    })
  }

  async commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'> {
    return writeUnlessBusy(this.#database, () => {
      refuseMoved(this.#path, this.movedTo())
      if (this.#version() !== change.upon) return 'stale'
      const version = change.upon + 1
      this.#database
        .prepare('insert into change (version, at_ms, actor, summary, what) values (?, ?, ?, ?, ?)')
        .run(version, change.atMs, change.actor, change.summary, loggedTextOf(change.entries))
      for (const entry of change.entries) {
        this.#upsert.run(entry.kind, entryKeyOf(entry), version, JSON.stringify(entry))
      }
      this.#insertNotices(change.notices ?? [])
      // Our own commits do not move our `data_version`, so the next poll has to look.
      this.#seen = { dataVersion: -1, version: 0 }
      return { version }
    })
  }

  async readUsageRegistrations({
    after,
    countMax,
  }: RegistrationQuery): Promise<readonly UsageRegistrationEntry[]> {
    const page = parseEntries(this.#selectRegistrations.get(after, countMax))
    return page.filter((entry) => entry.kind === 'usageRegistration')
  }

  async readLog(query: { after: number; countMax: number }): Promise<readonly LogEntry[]> {
    const rows = this.#database
      .prepare('select * from change where version > ? order by version limit ?')
      .all(query.after, query.countMax)
    return rows.map(logEntryOf)
  }

  async appendRefusals(batch: readonly RefusedRecord[]): Promise<'kept' | 'busy'> {
    return this.#refusals.append(batch)
  }

  async readRefusals(query: RefusalQuery): Promise<RefusalPage> {
    return this.#refusals.read(query)
  }

  async useToken(use: TokenUse): Promise<'used' | 'usedUp' | 'busy'> {
    return this.#tokenUses.use(use)
  }

  /** Where its content has gone; undefined if it has not. */
  movedTo(): NewPlace | undefined {
    const read = this.#database.prepare('select value from ledger_fact where name = ?')
    const [place, ledgerId] = [read.get(MOVED_TO), read.get(MOVED_TO_ID)]
    return place && { place: String(place['value']), ledgerId: String(ledgerId?.['value']) }
  }

  /** No change is taken from then on. `stale` if there is one that `upon` does not know. */
  markMoved({ place, ledgerId }: NewPlace, upon: number): 'marked' | 'stale' | 'busy' {
    return writeUnlessBusy(this.#database, () => {
      if (this.#version() !== upon) return 'stale'
      const before = this.movedTo()
      if (before?.ledgerId === ledgerId) return 'marked'
      refuseMoved(this.#path, before)
      this.#database
        .prepare('insert into ledger_fact values (?, ?), (?, ?)')
        .run(MOVED_TO, place, MOVED_TO_ID, ledgerId)
      return 'marked'
    })
  }

  async close(): Promise<void> {
    this.#refusals.close()
    this.#database.close()
  }

  #readAfter(version: number): readonly ControlEntry[] {
    return parseEntries(this.#selectChanges.get(version))
  }

  #readAll(): readonly ControlEntry[] {
    const entries: ControlEntry[] = []
    let last: ControlEntry | undefined
    do {
      const after =
        last === undefined ? (['', ''] as const) : ([last.kind, entryKeyOf(last)] as const)
      const page = parseEntries(this.#selectPage.get(...after, DOCUMENTS_TOGETHER))
      for (const entry of page) entries.push(entry)
      last = page.at(-1)
    } while (last !== undefined)
    return entries
  }

  #version(): number {
    const row = this.#database.prepare('select max(version) as version from change').get()
    return Number(row?.['version'] ?? 0)
  }

  #dataVersion(): number {
    return Number(this.#database.prepare('pragma data_version').get()?.['data_version'])
  }
}

export function logEntryOf(row: Record<string, unknown>): LogEntry {
  return {
    version: Number(row['version']),
    atMs: Number(row['at_ms']) as InstantMs,
    actor: String(row['actor']),
    summary: String(row['summary']),
    what: String(row['what']),
  }
}

/** They are what `commit` wrote under this schema, so their shape is taken as known. */
function parseEntries(row: Readonly<Record<string, SQLOutputValue>> | undefined) {
  const documents = row?.['documents'] ?? ''
  return JSON.parse(`[${typeof documents === 'string' ? documents : ''}]`) as ControlEntry[]
}

function openDatabase(path: string, synchronous: 'full' | 'normal'): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_MS_MAX })
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`)
  return database
}

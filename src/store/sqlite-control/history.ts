/**
 * Reads control.db as a history, for a copy of it elsewhere: entries with the versions that wrote them, the log, refusals.
 *
 * A connection of its own that only reads, one state for as long as it is open: others may change the file meanwhile.
 */
import { DatabaseSync } from 'node:sqlite'
import type { ControlEntry } from '../../core/control-entries.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { InstantMs } from '../../core/usage.ts'
import type { LogEntry } from '../control.ts'
import type { NoticeRow } from '../notice-outbox.ts'
import { noticeRowOf } from './notices.ts'
import { keptRefusalOf } from './refusals.ts'
import { logEntryOf } from './store.ts'

const BUSY_MS_MAX = 5_000
const ROWS = 1_000

export interface VersionedEntry {
  readonly version: number
  readonly entry: ControlEntry
}

/** How often a registration token was used, and when last. */
export interface CountedUses {
  readonly tokenId: string
  readonly uses: number
  readonly usedAtMs: InstantMs
}

export class ControlHistory {
  readonly version: number
  readonly #database: DatabaseSync

  /** @param path Of a file that is there. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS_MAX })
    this.#database.exec('begin')
    const row = this.#database.prepare('select max(version) as version from change').get()
    this.version = Number(row?.['version'] ?? 0)
  }

  /** Entries whose last change came after `version`, in pages. */
  *entriesAfter(version: number): Generator<readonly VersionedEntry[]> {
    const select = this.#database.prepare(
      `select kind, key, version, body from entry
       where version > ? and (kind, key) > (?, ?) order by kind, key limit ${ROWS}`,
    )
    for (let last = { kind: '', key: '' }; ;) {
      const rows = select.all(version, last.kind, last.key)
      if (rows.length === 0) return
      yield rows.map((row) => ({
        version: Number(row['version']),
        entry: JSON.parse(String(row['body'])) as ControlEntry,
      }))
      last = { kind: String(rows.at(-1)?.['kind']), key: String(rows.at(-1)?.['key']) }
    }
  }

  /** The change log from the change after `version` on, in pages. */
  *logAfter(version: number): Generator<readonly LogEntry[]> {
    const select = this.#database.prepare(
      `select * from change where version > ? order by version limit ${ROWS}`,
    )
    for (let last = version; ;) {
      const page = select.all(last).map(logEntryOf)
      if (page.length === 0) return
      yield page
      last = page.at(-1)?.version ?? last
    }
  }

  /** What the log says of one change. */
  logAt(version: number): LogEntry | undefined {
    const row = this.#database.prepare('select * from change where version = ?').get(version)
    return row && logEntryOf(row)
  }

  /** In order of first appearance, in pages. */
  *refusals(): Generator<readonly KeptRefusal[]> {
    const select = this.#database.prepare(
      `select * from refusal where position > ? order by position limit ${ROWS}`,
    )
    for (let last = 0; ;) {
      const rows = select.all(last)
      if (rows.length === 0) return
      yield rows.map(keptRefusalOf)
      last = Number(rows.at(-1)?.['position'])
    }
  }

  /** Uses of registration tokens, in pages. */
  *tokenUses(): Generator<readonly CountedUses[]> {
    if (!this.#hasTable('registration_token_use')) return
    const select = this.#database.prepare(
      `select * from registration_token_use where token > ? order by token limit ${ROWS}`,
    )
    for (let last = ''; ;) {
      const page = select.all(last).map(countedUsesOf)
      if (page.length === 0) return
      yield page
      last = page.at(-1)?.tokenId ?? last
    }
  }

  /** In the order in which they were written, in pages. */
  *notices(): Generator<readonly NoticeRow[]> {
    if (!this.#hasTable('notice')) return
    const select = this.#database.prepare(
      `select * from notice where position > ? order by position limit ${ROWS}`,
    )
    for (let last = 0; ;) {
      const rows = select.all(last)
      if (rows.length === 0) return
      yield rows.map(noticeRowOf)
      last = Number(rows.at(-1)?.['position'])
    }
  }

  close(): void {
    this.#database.close()
  }

  /** A file that no Marketmeter of today has opened lacks what came later. */
  #hasTable(name: string): boolean {
    const row = this.#database.prepare('select 1 from sqlite_schema where name = ?').get(name)
    return row !== undefined
  }
}

function countedUsesOf(row: Record<string, unknown>): CountedUses {
  return {
    tokenId: String(row['token']),
    uses: Number(row['uses']),
    usedAtMs: Number(row['used_at_ms']) as InstantMs,
  }
}

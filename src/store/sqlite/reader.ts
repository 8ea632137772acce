/**
 * Reads a ledger's file, whoever writes it: pages in order of recording.
 *
 * Position is the order of reading, because the writer sorts each commit by id before it numbers the rows.
 * So a cursor is a position, and what a snapshot shows is all there is up to its last position.
 *
 * Limits      Everything here blocks its thread for a page at most: a server runs it in a worker
 *             (reader-thread.ts), a command on its own.
 * Checked by  ../ledger.spec.ts through the worker, and sqlite.test.ts.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import { canMatch, cursorAt, positionBefore, refuseBeyond } from '../query.ts'
import { parseRecordId } from '../record-id.ts'
import { toStoredText } from '../stored-text.ts'
import { openForReading } from './file.ts'
import { storedHorizonUs } from './horizon.ts'
import { parseRecordRow, SELECT_RECORDS } from './record-row.ts'

/** Rows looked at between two looks at the time. */
const SCAN_ROWS = 10_000
/** No page takes longer than this and one more scan. */
const PAGE_MS_MAX = 100

/** Where a query may have matches: positions after `after`, up to and with `last`. */
interface Range {
  readonly after: number
  readonly last: number
}

export class LedgerReader {
  readonly file: string
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** @throws LedgerRefused if the file is not a ledger that this program knows. */
  constructor(file: string) {
    this.file = file
    this.#database = openForReading(file)
  }

  /** The connection, for verify and backup. Read-only. */
  get database(): DatabaseSync {
    return this.#database
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  /** @throws RangeError on a foreign cursor or a page size out of range. */
  read(query: LedgerQuery): LedgerPage {
    const after = positionBefore(query)
    return this.inSnapshot(() => this.#page(query, after))
  }

  /** Runs a function that sees one state of the ledger throughout. */
  inSnapshot<Result>(look: () => Result): Result {
    this.#database.exec('begin')
    try {
      return look()
    } finally {
      this.#database.exec('commit')
    }
  }

  /** The last position, and when it was recorded; zeros for an empty ledger. */
  end(): { position: number; recordedAtUs: number } {
    const row = this.#prepare(
      `select r.position, c.recorded_at_us from record r join call c on c.id = r.call
       order by r.position desc limit 1`,
    ).get()
    const position = Number(row?.['position'] ?? 0)
    return { position, recordedAtUs: Number(row?.['recorded_at_us'] ?? 0) }
  }

  #page(query: LedgerQuery, after: number): LedgerPage {
    const end = this.end()
    refuseBeyond(after, end.position)
    const range = this.#rangeOf(query, after, end.position)
    const { records, position } = this.#scan(query, range)
    // Past the range nothing can match, so the cursor need not stop there.
    const isLast = position >= range.last
    const resume = cursorAt(isLast ? end.position : position)
    const completeUntilUs = Math.max(end.recordedAtUs + 1, storedHorizonUs(this.#database))
    const page = { records, resume, completeUntilUs }
    return isLast ? page : { ...page, next: resume }
  }

  #rangeOf(query: LedgerQuery, after: number, end: number): Range {
    const nothing = { after: end, last: end }
    if (!canMatch(query)) return nothing
    if (query.id !== undefined) return this.#rangeOfId(query.id, after, end) ?? nothing
    const { fromHour, beforeHour } = query
    if (fromHour === undefined && beforeHour === undefined) return { after, last: end }
    const row = this.#prepare(
      `select min(first_position) as first from hour_state where hour >= ? and hour < ?`,
    ).get(fromHour ?? 0, beforeHour ?? Number.MAX_SAFE_INTEGER)
    const first = row?.['first']
    if (typeof first !== 'number') return nothing
    return { after: Math.max(after, first - 1), last: end }
  }

  /** One position where the file knows it; the rows of the hour where only the writer's memory does. */
  #rangeOfId(id: string, after: number, end: number): Range | undefined {
    const parts = parseRecordId(id)
    const series = parts && this.#seriesOf(parts.fingerprint)
    if (parts === undefined || series === undefined) return undefined
    const hour = this.#prepare('select way, first_position from hour_state where hour = ?').get(
      parts.hour,
    )
    if (hour === undefined) return undefined
    if (hour['way'] === 'memory') {
      return { after: Math.max(after, Number(hour['first_position']) - 1), last: end }
    }
    const key = this.#prepare('select position from record_key where hour = ? and series = ?').get(
      parts.hour,
      series,
    )
    if (key === undefined) return undefined
    const position = Number(key['position'])
    return { after: Math.max(after, position - 1), last: position }
  }

  #seriesOf(fingerprint: string): number | undefined {
    const bytes = Buffer.from(fingerprint, 'hex')
    const row =
      this.#prepare('select series as id from series_key where fingerprint = ?').get(bytes) ??
      this.#prepare(
        `select id from series where fingerprint = ? and id >
           (select coalesce(max(cast(value as integer)), 0) from meta where name = 'series_indexed')`,
      ).get(bytes)
    return row && Number(row['id'])
  }

  #scan(query: LedgerQuery, range: Range): { records: MeteringRecord[]; position: number } {
    const { conditions, values } = conditionsOf(query)
    const statement = this.#prepare(
      `${SELECT_RECORDS} where r.position > ? and r.position <= ? ${conditions}
       order by r.position limit ?`,
    )
    const startedMs = performance.now()
    const records: MeteringRecord[] = []
    let position = range.after
    while (position < range.last && records.length < query.countMax) {
      const scanEnd = Math.min(range.last, position + SCAN_ROWS)
      const wanted = query.countMax - records.length
      const rows = statement.all(position, scanEnd, ...values, wanted)
      for (const row of rows) records.push(parseRecordRow(row))
      position = rows.length < wanted ? scanEnd : Number(rows.at(-1)?.['position'])
      if (performance.now() - startedMs > PAGE_MS_MAX) break
    }
    return { records, position }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#database.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

function conditionsOf(query: LedgerQuery): { conditions: string; values: SQLInputValue[] } {
  const conditions: string[] = []
  const values: SQLInputValue[] = []
  const add = (condition: string, value: string | number | Uint8Array | undefined) => {
    if (value === undefined) return
    conditions.push(`and ${condition} ?`)
    values.push(typeof value === 'string' ? toStoredText(value) : value)
  }
  const id = query.id === undefined ? undefined : parseRecordId(query.id)
  add('r.hour >=', query.fromHour)
  add('r.hour <', query.beforeHour)
  add('r.hour =', id?.hour)
  add('s.fingerprint =', id && Buffer.from(id.fingerprint, 'hex'))
  add('s.seller =', query.seller)
  add('s.product =', query.product)
  add('s.buyer =', query.buyer)
  add('s.dimension =', query.dimension)
  add('s.region =', query.region)
  return { conditions: conditions.join(' '), values }
}

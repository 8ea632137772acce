/**
 * Reads a ledger on PostgreSQL: pages by (recorded at, metering record id), merged over all buckets and months.
 *
 * Order       Hour, bucket and series in this order are the order of ids, whose first parts they are.
 * Bounded     A page looks at a bounded number of rows, whatever it is asked for (page-statement.ts); then it names the
 *             next one.
 * Checked by  ../ledger.spec.ts, reading.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import { canMatch, checkPage } from '../query.ts'
import { callsOf } from './calls.ts'
import type { Pool } from './connect.ts'
import { endStatement, isFiltered, pageStatement, type Range } from './page-statement.ts'
import { parsePlace, type Place, placeOfRow, type PlaceRow, placeText } from './place.ts'
import { stillShown } from './partitions.ts'
import { parseRecordRow, type RecordRow } from './record-row.ts'

export class Reader {
  readonly #pool: Pool
  readonly #horizonUs: () => Promise<number>

  /** @param horizonUs Up to when a page may show records; asked before each page. */
  constructor(pool: Pool, horizonUs: () => Promise<number>) {
    this.#pool = pool
    this.#horizonUs = horizonUs
  }

  /** @throws RangeError on a foreign cursor or a page size out of range. */
  async read(query: LedgerQuery): Promise<LedgerPage> {
    checkPage(query)
    const after = parsePlace(query.after)
    const completeUntilUs = await this.#horizonUs()
    if (!canMatch(query)) return { records: [], resume: placeText(after), completeUntilUs }
    const { end, rows } = await this.#look(query, { after, untilUs: completeUntilUs })
    const records = await this.#withCalls(rows)
    const last = rows.at(-1)
    const isCut = rows.length >= query.countMax
    const resume = placeText(
      isCut || end === undefined ? ((last && placeOfRow(last)) ?? after) : end,
    )
    const page = { records, resume, completeUntilUs }
    return isCut || end !== undefined ? { ...page, next: resume } : page
  }

  /** Rows of one page; `end` is where it ends although fewer were found than wanted, because enough were looked at. */
  async #look(
    query: LedgerQuery,
    range: Range,
  ): Promise<{ readonly end?: Place; readonly rows: readonly RecordRow[] }> {
    const { text, values } = endStatement(query, range)
    const [last] = isFiltered(query) ? (await this.#pool.query<PlaceRow>(text, values)).rows : []
    const end = last && placeOfRow(last)
    const page = pageStatement(query, end === undefined ? range : { ...range, end })
    const { rows } = await this.#pool.query<RecordRow>(page.text, page.values)
    return end === undefined ? { rows } : { end, rows }
  }

  async #withCalls(rows: readonly RecordRow[]): Promise<readonly MeteringRecord[]> {
    const callOf = await callsOf(this.#pool, rows)
    const whole = rows.every((row) => callOf(row) !== undefined)
    // A month that is detached between two statements takes its calls along; its records are then shown no more.
    const shown = whole ? rows : await stillShown(this.#pool, rows)
    return shown.map((row) => parseRecordRow(row, callOf(row)))
  }
}

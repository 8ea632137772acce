/**
 * Reads a ledger on PostgreSQL: pages by (recorded at, metering record id), merged over all buckets and months.
 *
 * Order       Hour, bucket and series in this order are the order of ids, whose first parts they are.
 * Bounded     A page looks at a bounded number of rows, whatever it is asked for (page-statement.ts); then it names the
 *             next one. It takes a few statements, of which none begins when one of them might have used up all the time
 *             there is: so a page takes no more than twice as long as a statement may.
 * Checked by  ../ledger.spec.ts, reading.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import { canMatch, checkPage } from '../query.ts'
import { callsOf } from './calls.ts'
import type { Pool } from './connect.ts'
import { Overdue } from './failure.ts'
import { endStatement, isFiltered, pageStatement, type Range } from './page-statement.ts'
import { parsePlace, type Place, placeOfRow, type PlaceRow, placeText } from './place.ts'
import { stillShown } from './partitions.ts'
import { parseRecordRow, type RecordRow } from './record-row.ts'

/** A page may take longer than a commit. */
export const READING_MS_MAX = 30_000

export class Reader {
  readonly #pool: Pool
  readonly #horizonUs: () => Promise<number>
  readonly #nowMs: () => number

  /**
   * @param horizonUs Up to when a page may show records; asked before each page.
   * @param nowMs By the clock of `performance.now`, unless a test has another.
   */
  constructor(pool: Pool, horizonUs: () => Promise<number>, nowMs = () => performance.now()) {
    this.#pool = pool
    this.#horizonUs = horizonUs
    this.#nowMs = nowMs
  }

  /** @throws RangeError on a foreign cursor or a page size out of range. */
  async read(query: LedgerQuery): Promise<LedgerPage> {
    checkPage(query)
    const after = parsePlace(query.after)
    const endMs = this.#nowMs() + READING_MS_MAX
    const refuseLate = () => {
      if (this.#nowMs() >= endMs) throw new Overdue()
    }
    const completeUntilUs = await this.#horizonUs()
    if (!canMatch(query)) return { records: [], resume: placeText(after), completeUntilUs }
    refuseLate()
    const { end, rows } = await this.#look(query, { after, untilUs: completeUntilUs }, refuseLate)
    refuseLate()
    const records = await this.#withCalls(rows, refuseLate)
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
    refuseLate: () => void,
  ): Promise<{ readonly end?: Place; readonly rows: readonly RecordRow[] }> {
    const { text, values } = endStatement(query, range)
    const [last] = isFiltered(query) ? (await this.#pool.query<PlaceRow>(text, values)).rows : []
    const end = last && placeOfRow(last)
    refuseLate()
    const page = pageStatement(query, end === undefined ? range : { ...range, end })
    const { rows } = await this.#pool.query<RecordRow>(page.text, page.values)
    return end === undefined ? { rows } : { end, rows }
  }

  async #withCalls(
    rows: readonly RecordRow[],
    refuseLate: () => void,
  ): Promise<readonly MeteringRecord[]> {
    const callOf = await callsOf(this.#pool, rows)
    refuseLate()
    const whole = rows.every((row) => callOf(row) !== undefined)
    // A month that is detached between two statements takes its calls along; its records are then shown no more.
    const shown = whole ? rows : await stillShown(this.#pool, rows)
    return shown.map((row) => parseRecordRow(row, callOf(row)))
  }
}

/**
 * Rows as a table for people, as JSON Lines, or as CSV; page by page, so nothing is held but one page.
 *
 * CSV     RFC 4180, by csv-stringify. A cell that a spreadsheet would run as a formula is given an apostrophe
 *         in front, because dimensions and tags are other people's text; JSON Lines give text as it is.
 */
import { stringify } from 'csv-stringify/sync'
import { printable } from './printable.ts'

export type RowForm = 'table' | 'json' | 'csv'

/** What is shown of an item, column by column, in tables and in CSV; JSON shows the item's own view. */
export interface RowShape<Item> {
  readonly table: readonly Column<Item>[]
  readonly csv: readonly Column<Item>[]
  readonly json: (item: Item) => unknown
}

export interface Column<Item> {
  readonly heading: string
  readonly cell: (item: Item) => string | number | undefined
}

/** Turns pages of items into texts to print. The first text has the headings, even if there is no item. */
export async function* formatRows<Item>(
  pages: AsyncIterable<readonly Item[]>,
  shape: RowShape<Item>,
  form: RowForm,
): AsyncGenerator<string, void, undefined> {
  const table = new Table(shape.table)
  let first = true
  for await (const items of pages) {
    yield form === 'json'
      ? items.map((item) => `${JSON.stringify(shape.json(item))}\n`).join('')
      : form === 'csv'
        ? csvOf(items, shape.csv, first)
        : table.format(items, first)
    first = false
  }
}

function csvOf<Item>(items: readonly Item[], columns: readonly Column<Item>[], first: boolean) {
  const rows = items.map((item) => columns.map(({ cell }) => cell(item) ?? ''))
  const headings = first ? [columns.map(({ heading }) => heading)] : []
  return stringify([...headings, ...rows], { escape_formulas: true, record_delimiter: 'windows' })
}

/** Columns keep the widest width seen so far, so later pages line up as well as can be. */
class Table<Item> {
  readonly #columns: readonly Column<Item>[]
  readonly #widths: number[]

  constructor(columns: readonly Column<Item>[]) {
    this.#columns = columns
    this.#widths = columns.map(({ heading }) => heading.length)
  }

  format(items: readonly Item[], first: boolean): string {
    const rows = items.map((item) => this.#columns.map(({ cell }) => printable(cell(item) ?? '')))
    for (const row of rows) {
      for (const [index, cell] of row.entries()) {
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, cell.length)
      }
    }
    const headings = first ? [this.#columns.map(({ heading }) => heading.toUpperCase())] : []
    return [...headings, ...rows].map((row) => `${this.#lineOf(row)}\n`).join('')
  }

  #lineOf(row: readonly string[]): string {
    return row
      .map((cell, index) => cell.padEnd(this.#widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  }
}

/** Tables for people: columns as wide as their longest cell, one row a line. */
import { printable } from './printable.ts'

export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), heading.length),
  )
  const lineOf = (cells: readonly string[]): string =>
    widths
      .map((width, column) => printable(cells[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd()
  return [headings, ...rows].map((cells) => `${lineOf(cells)}\n`).join('')
}

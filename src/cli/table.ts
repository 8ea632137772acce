/** Tables for people: columns as wide as their longest cell, one row a line. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), heading.length),
  )
  const lineOf = (cells: readonly string[]): string =>
    widths
      .map((width, column) => oneLine(cells[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd()
  return [headings, ...rows].map((cells) => `${lineOf(cells)}\n`).join('')
}

/** A new line in a cell must not look like a row, nor a control character reach a terminal. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, '·')
}

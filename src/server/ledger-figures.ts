/** What each figure of a ledger's health says, for whoever reads the metrics page. docs/operating/metrics.md says more. */
const MEANINGS: Readonly<Record<string, string>> = {
  records: 'Records held',
  series: 'Distinct combinations of what is billed and dimension that have records',
  series_loaded: 'Combinations of what is billed and dimension that are in memory',
  series_bytes: 'Bytes of what is kept of the combinations in memory, but for their names',
  series_unindexed: 'Combinations that the index in the file does not have yet',
  index_keys: 'Keys in the index of open hours in memory',
  index_bytes: 'Bytes of the index of open hours in memory',
  index_hours: 'Open hours whose keys are in memory',
  commits: 'Commits since the start',
  commit_seconds: 'Seconds that commits took since the start',
  wal_pages: 'Pages of 4 KiB in the write-ahead log',
  statements: 'Statements that held records in the database since the start',
  statement_records: 'Records that were sent to the database since the start',
  statement_retries: 'Statements that were sent to the database again since the start',
  connections: 'Connections to the database that are open',
  connections_waited_for: 'Calls that wait for a connection to the database',
}

/** Whatever the ledger stands on; each has some of them. */
export const FIGURES: readonly string[] = Object.keys(MEANINGS)

export function meaningOfFigure(figure: string): string {
  return MEANINGS[figure] ?? `The ledger's own figure ${figure}`
}

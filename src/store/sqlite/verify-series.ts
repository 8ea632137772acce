/** The part of verify that looks at series: what they are, and what their records will be checked against. */
import type { DatabaseSync } from 'node:sqlite'
import { agreementChecksum, seriesChecksum } from '../checksum.ts'
import type { LedgerFinding } from '../ledger.ts'
import { fingerprintOf } from '../record-id.ts'
import { seriesProblems, usageNameOf } from '../series-problems.ts'
import { orderOf } from './series-facts.ts'
import { parseSeriesRow, SERIES_COLUMNS, type SeriesRow } from './series-register.ts'

/** By the series' number; zero and false where there is none. */
export interface SeriesFacts {
  readonly exists: Uint8Array
  readonly checksum: Int32Array
  readonly agreementChecksum: Int32Array
  /** Orders series like their ids do, as far as 22 bits tell. */
  readonly order: Int32Array
  /** Series that differ from another one in Region alone, and a name for what they share. */
  readonly inSeveralRegions: ReadonlyMap<number, string>
}

const ROWS = 1_000

export function checkSeries(database: DatabaseSync): {
  findings: LedgerFinding[]
  facts: SeriesFacts
} {
  const last = Number(database.prepare('select max(id) as last from series').get()?.['last'] ?? 0)
  const facts = {
    exists: new Uint8Array(last + 1),
    checksum: new Int32Array(last + 1),
    agreementChecksum: new Int32Array(last + 1),
    order: new Int32Array(last + 1),
    inSeveralRegions: findInSeveralRegions(database),
  }
  const findings: LedgerFinding[] = []
  const select = database.prepare(
    `select ${SERIES_COLUMNS.join()} from series where id > ? order by id limit ${ROWS}`,
  )
  for (let id = 0; id < last;) {
    const rows = select.all(id).map(parseSeriesRow)
    for (const row of rows) {
      findings.push(...problemsOf(row))
      note(row, facts)
    }
    id = rows.at(-1)?.id ?? last
  }
  return { findings: [...findings, ...checkKeys(database)], facts }
}

function note({ id, bucket, fingerprint, record }: SeriesRow, facts: SeriesFacts): void {
  if (id >= facts.exists.length) return
  facts.exists[id] = 1
  facts.checksum[id] = seriesChecksum({ ...record, fingerprint, bucket })
  facts.agreementChecksum[id] = agreementChecksum(record.agreement, record.licenseArn)
  facts.order[id] = orderOf(bucket, fingerprint)
}

function problemsOf({ id, bucket, fingerprint, record }: SeriesRow): LedgerFinding[] {
  const stored = { bucket, name: fingerprint, record }
  return Array.from(seriesProblems(stored, fingerprintOf(record)), (problem) => ({
    severity: 'error',
    problem,
    where: `series ${id}`,
  }))
}

/** The keys that `series_key` has must be those of the series they name, and none of those it reached may lack. */
function checkKeys(database: DatabaseSync): LedgerFinding[] {
  const wrong = database.prepare(
    `select k.series as id from series_key k left join series s on s.id = k.series
     where s.fingerprint is not k.fingerprint limit 100`,
  )
  const lacking = database.prepare(
    `select s.id from series s left join series_key k on k.fingerprint = s.fingerprint
     where k.series is not s.id and s.id <=
       (select coalesce(max(cast(value as integer)), 0) from meta where name = 'series_indexed') limit 100`,
  )
  const twice = database.prepare(
    `select min(id) as id from series group by fingerprint having count(*) > 1 limit 100`,
  )
  const as = (problem: string) => (row: Record<string, unknown>) => ({
    severity: 'error' as const,
    problem,
    where: `series ${String(row['id'])}`,
  })
  return [
    ...wrong.all().map(as('its key is not its hash')),
    ...lacking.all().map(as('its key is missing')),
    ...twice.all().map(as('there is another series with the same hash')),
  ]
}

function findInSeveralRegions(database: DatabaseSync): ReadonlyMap<number, string> {
  const regions = database.prepare('select count(distinct region) as count from series').get()
  if (Number(regions?.['count']) < 2) return new Map()
  const rows = database
    .prepare(
      `select s.id, s.billing_line, s.dimension, s.resource from series s join
         (select billing_line, dimension, resource from series
          group by billing_line, dimension, resource having count(*) > 1) m
       on m.billing_line = s.billing_line and m.dimension = s.dimension and m.resource = s.resource`,
    )
    .all()
  const name = (row: Record<string, unknown>) =>
    usageNameOf([row['billing_line'], row['dimension'], row['resource']])
  return new Map(rows.map((row) => [Number(row['id']), name(row)]))
}

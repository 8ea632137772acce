/** The part of verify that looks at records and their calls, in the order of keys. */
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { Call } from '../../core/metering-record.ts'
import { callChecksum, recordChecksum } from '../checksum.ts'
import type { LedgerFinding } from '../ledger.ts'
import { positionOf } from './bucket-commit.ts'
import { callsOf } from './calls.ts'
import type { PoolClient } from './connect.ts'
import { stillShown } from './partitions.ts'
import { recordIdOfRow, type RecordRow } from './record-row.ts'
import type { BucketFacts } from './verify-series.ts'

const ROWS = 2_000

/** Without the texts of its series, which are looked at once. */
interface StoredRecord extends Pick<
  RecordRow,
  | 'bucket'
  | 'hour'
  | 'series'
  | 'quantity'
  | 'recorded_at_us'
  | 'writer'
  | 'call'
  | 'hour_ms'
  | 'named_by'
  | 'checksum'
  | 'allocations'
> {
  readonly agreement_key: string | null
}

const PAGE = `
  select bucket, hour, series, quantity, recorded_at_us, writer, call, hour_ms, named_by, checksum, allocations,
    agreement_key
  from record where bucket = $1 and hour >= $2 and (hour, series) > ($2, $3) order by hour, series limit ${ROWS}`

interface Page {
  readonly findings: readonly LedgerFinding[]
  readonly count: number
}

export async function* checkRecords(
  database: Pick<PoolClient, 'query'>,
  facts: BucketFacts,
): AsyncGenerator<Page, void, undefined> {
  let after = { hour: -1, series: '00000000-0000-0000-0000-000000000000' }
  for (;;) {
    const { rows } = await database.query<StoredRecord>({
      name: 'verify_records',
      text: PAGE,
      values: [facts.bucket, after.hour, after.series],
    })
    const callOf = await callsOf(database, rows)
    const ofSeries = await facts.loadMissing(rows)
    const whole = rows.every((row) => callOf(row) !== undefined)
    // A month may be detached between two statements, and takes its calls along.
    const checked = whole ? rows : await stillShown(database, rows)
    const ofRecords = checked.flatMap((row, index) => [
      ...problemsOf(row, callOf(row), facts),
      ...doubleOf(row, checked[index - 1]),
    ])
    yield { findings: [...ofSeries, ...ofRecords], count: rows.length }
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS) return
    after = last
  }
}

function* problemsOf(
  row: StoredRecord,
  call: Call | undefined,
  facts: BucketFacts,
): Generator<LedgerFinding> {
  const where = whereOf(row)
  const error = (problem: string): LedgerFinding => ({ severity: 'error', problem, where })
  const series = facts.seriesOf(row.series)
  if (series === undefined) yield error('its series is not there')
  if (call === undefined) yield error('its call is not there')
  if (row.hour_ms < 0 || row.hour_ms >= MS_PER_HOUR) {
    yield error('the timestamp lies outside the hour')
  }
  if (series === undefined || call === undefined) return
  const agreement =
    row.agreement_key === null ? series.agreementChecksum : facts.agreementOf(row.agreement_key)
  if (agreement === undefined) yield error('its agreement is not there')
  else if (checksumOf(row, series.checksum, call, agreement) !== row.checksum) {
    yield error('the checksum does not match: the record, its series or its call was altered')
  }
  const problem = facts.regions.problemOf(row.hour, row.series)
  if (problem !== undefined) yield { severity: 'warning', problem, where }
}

/** In the order of keys, equal ones are neighbours. */
function doubleOf(row: StoredRecord, before: StoredRecord | undefined): readonly LedgerFinding[] {
  if (row.hour !== before?.hour || row.series !== before.series) return []
  return [{ severity: 'error', problem: 'another record has its key', where: whereOf(row) }]
}

function whereOf(row: StoredRecord): string {
  return `record ${recordIdOfRow(row)}`
}

function checksumOf(
  row: StoredRecord,
  seriesSum: number,
  call: Call,
  agreementSum: number,
): number {
  return recordChecksum({
    position: positionOf(row.writer, row.call),
    hour: row.hour,
    hourMs: row.hour_ms,
    quantity: row.quantity,
    namedBy: row.named_by,
    recordedAtUs: Number(row.recorded_at_us),
    seriesChecksum: seriesSum,
    callChecksum: callChecksum(call),
    agreementChecksum: agreementSum,
    allocations: row.allocations,
  })
}

/** The part of verify that looks for commits without records: somebody took them away, and did not detach their month. */
import type { LedgerFinding } from '../ledger.ts'
import type { PoolClient } from './connect.ts'
import type { Month } from './months.ts'
import { monthsGone } from './partitions.ts'

/** A commit and its records come in one transaction, so one statement sees both or neither. */
const WITHOUT_RECORDS = `
  select g.bucket, g.recorded_at_us, g.writer from call_group g
  where g.month = $1 and not exists (
    select from record r where r.bucket = g.bucket and r.hour >= $1 and r.hour < $2
      and r.recorded_at_us = g.recorded_at_us and r.writer = g.writer)
  limit 100`

interface CommitRow {
  readonly bucket: number
  readonly recorded_at_us: string
  readonly writer: number
}

export async function checkCommits(
  database: Pick<PoolClient, 'query'>,
  month: Month,
): Promise<readonly LedgerFinding[]> {
  const { firstHour, endHour, name } = month
  const { rows } = await database.query<CommitRow>(WITHOUT_RECORDS, [firstHour, endHour])
  if (rows.length > 0 && (await isGone(database, month))) return []
  return rows.map(({ recorded_at_us, writer, bucket }) => ({
    severity: 'error',
    problem: 'the records that this commit added are gone',
    where: `commit ${recorded_at_us} of writer ${writer}, bucket ${bucket}, ${name}`,
  }))
}

/** While a month is being detached its records go first. */
async function isGone(database: Pick<PoolClient, 'query'>, { name }: Month): Promise<boolean> {
  return (await monthsGone(database)).some((month) => month.name === name)
}

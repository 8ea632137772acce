/** Finds the calls of records: the row of their commit, by bucket, month, recorded-at and writer. */
import type { Call } from '../../core/metering-record.ts'
import { parseCallGroup } from './call-group.ts'
import type { PoolClient } from './connect.ts'
import { monthOf } from './months.ts'
import type { RecordRow } from './record-row.ts'

/** What of a record's row leads to its call. */
export type CallReference = Pick<
  RecordRow,
  'bucket' | 'hour' | 'recorded_at_us' | 'writer' | 'call'
>

/** The key of the row with a record's call. Numbers of 64 bits come as text. */
interface GroupKey {
  readonly bucket: number
  readonly month: number
  readonly recorded_at_us: string
  readonly writer: number
}

// The buckets once more, because a distributed database then looks at their shards alone; each once, because the list is
// gone through for every key.
const SELECT_CALLS = `
  select g.bucket, g.month, g.recorded_at_us, g.writer, g.calls
  from unnest($1::smallint[], $2::integer[], $3::bigint[], $4::integer[]) as k (bucket, month, recorded_at_us, writer)
    join call_group g using (bucket, month, recorded_at_us, writer)
  where g.bucket = any ($5::smallint[])`

/** @returns The call of each of these records; undefined where its commit has none in that place, or is not there. */
export async function callsOf(
  database: Pick<PoolClient, 'query'>,
  rows: readonly CallReference[],
): Promise<(row: CallReference) => Call | undefined> {
  const keys = new Map<string, GroupKey>()
  for (const row of rows) keys.set(groupText(groupKeyOf(row)), groupKeyOf(row))
  if (keys.size === 0) return () => undefined
  const wanted = [...keys.values()]
  const buckets = wanted.map(({ bucket }) => bucket)
  const { rows: groups } = await database.query<GroupKey & { calls: string }>({
    name: 'calls',
    text: SELECT_CALLS,
    values: [
      buckets,
      wanted.map(({ month }) => month),
      wanted.map(({ recorded_at_us }) => recorded_at_us),
      wanted.map(({ writer }) => writer),
      [...new Set(buckets)],
    ],
  })
  const calls = new Map(groups.map((group) => [groupText(group), parseCallGroup(group.calls)]))
  return (row) => calls.get(groupText(groupKeyOf(row)))?.[row.call]
}

function groupKeyOf({ bucket, recorded_at_us, writer, hour }: CallReference): GroupKey {
  return { bucket, month: monthOf(hour).firstHour, recorded_at_us, writer }
}

function groupText({ bucket, month, recorded_at_us, writer }: GroupKey): string {
  return `${bucket} ${month} ${recorded_at_us} ${writer}`
}

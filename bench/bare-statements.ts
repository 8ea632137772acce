/** The statement that holds records, by itself: what the database and its driver do without a service around them. */
import { Pool } from 'pg'
import { POSTGRES_BOUNDS } from '../src/store/postgres/bounds.ts'
import { type HoldRows, holdTogether } from '../src/store/postgres/hold.ts'
import { plainArray } from '../src/store/postgres/pipeline.ts'

/** No writer draws this number. */
const WRITER = 0
/** Further back than all other rows, and in a month that a new ledger has. */
const FIRST_HOUR_BACK = 700

/** Series of one bucket, as many as a statement has rows. */
interface Group {
  readonly bucket: number
  readonly series: readonly string[]
}

/** As the service's were. */
export interface Shape {
  /** New rows of one bucket. */
  readonly rowsPerStatement: number
  readonly statementsPerCommit: number
  readonly seconds: number
}

/** @returns Rows a second that were made durable. */
export async function bareStatements(
  url: string,
  { rowsPerStatement: rows, statementsPerCommit, seconds }: Shape,
): Promise<number> {
  const connections = POSTGRES_BOUNDS.connectionsMax
  const pool = new Pool({ connectionString: url, max: connections })
  // Whoever waits for it hears of the failure.
  pool.on('error', () => undefined)
  try {
    const hours = Math.floor(Date.now() / 3_600_000) - FIRST_HOUR_BACK
    const groups = await groupsOfSeries(pool, rows)
    const startMs = performance.now()
    let next = 0
    const work = async (): Promise<void> => {
      const client = await pool.connect()
      try {
        await client.query('set search_path = marketmeter; set synchronous_commit = on')
        while (performance.now() - startMs < seconds * 1_000) {
          const parts = Array.from({ length: statementsPerCommit }, () => {
            const number = next++
            const group = groups[number % groups.length]
            // The milliseconds are the clock's; the rest tells apart what is under way at once.
            const atUs = Date.now() * 1_000 + (number % 1_000)
            return rowsOf(group, hours - Math.floor(number / groups.length), atUs)
          })
          const counts = await holdTogether(client, parts)
          if (counts.some((count) => count !== rows))
            throw new Error(`not all rows were new: ${counts.join()}`)
        }
      } finally {
        client.release(true)
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
    return (next * rows) / ((performance.now() - startMs) / 1_000)
  } finally {
    await pool.end()
  }
}

async function groupsOfSeries(pool: Pool, rows: number): Promise<readonly Group[]> {
  const { rows: found } = await pool.query<{ bucket: number; series: string[] }>(
    `select bucket, array_agg(series::text order by series) as series
     from marketmeter.series group by bucket`,
  )
  const groups = found.flatMap(({ bucket, series }) =>
    Array.from({ length: Math.floor(series.length / rows) }, (_, index) => ({
      bucket,
      series: series.slice(index * rows, (index + 1) * rows),
    })),
  )
  // One bucket after the other, as the service's statements come.
  return groups.toSorted((left, right) =>
    (left.series[0] ?? '').localeCompare(right.series[0] ?? ''),
  )
}

function rowsOf(
  { bucket, series }: Group = { bucket: 0, series: [] },
  hour: number,
  recordedAtUs: number,
): HoldRows {
  const each = (value: number | null) => plainArray(series.map(() => value))
  const columns = [each(7_919), each(0), each(1_000), each(1), each(0), each(null), each(null)]
  return {
    records: [bucket, recordedAtUs, WRITER, each(hour), plainArray(series), ...columns],
    group: [hour, '{"callers":[],"calls":[]}'],
    recordedAtUs,
  }
}

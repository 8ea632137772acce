/**
 * Question: how many usage records a second does one `marketmeter serve` make durable on PostgreSQL, in an empty ledger
 *           and in one that holds millions?
 *
 * Method:   PostgreSQL of the tests' own binaries, with SETTINGS and nothing else changed: fsync and full_page_writes stay
 *           on. As in the closed loop on SQLite, 64 connections each send 25 records and wait; 100,000 keys an hour in
 *           random order. The first hour is all new series and is shown by itself; the hours after it are measured.
 *           Then rows of older hours are put into the same tables, vacuumed and checkpointed, and a second seller does
 *           the same. Last, the bare statement that holds is measured on the same server, at as many rows a
 *           statement and statements a commit as the service had, over as many connections, without HTTP, signatures or rules.
 * Counts:   records answered Success, over wall-clock time; each answer follows a synchronous commit. Any other answer
 *           fails the run. Rows a statement are what decides the rest: 64 connections spread 1,600 records over 64 buckets.
 * Leaves out: TLS, a network, and other machines: database, service and client share these cores.
 * Compare:  only with a run on the same machine, the same day.
 *
 * Run:      npm run bench -- --store postgres --seconds 8 --runs 1 [--million-rows 20]
 */
import { Client } from 'pg'
import { startReplica, newSharedLedger, type SharedLedger } from '../../faults/replica.ts'
import { startServer } from '../../src/testing/postgres.ts'
import { Generator } from '../generator-process.ts'
import { percentile } from '../load.ts'
import { type KeySpace, requestsAvailable, requestsPerHour } from '../requests.ts'
import { acrossRuns, type Figure, type Scenario, type Settings } from '../scenario.ts'
import type { BenchService } from '../service.ts'
import { bareStatements } from '../bare-statements.ts'

const SETTINGS = ['shared_buffers=1GB', 'max_wal_size=8GB', 'checkpoint_timeout=30min']
const CONNECTIONS = 64
const SPACE: KeySpace = { buyers: 10_000, dimensions: 10, recordsPerRequest: 25 }
const MILLION_ROWS = 5

const FIGURES: readonly Omit<Figure, 'values'>[] = [
  { name: 'first hour', unit: 'records/s' },
  { name: 'empty', unit: 'records/s', goal: { atLeast: 40_000 } },
  { name: 'empty, rows a statement', unit: 'rows' },
  { name: 'empty, rows a commit', unit: 'rows' },
  { name: 'empty, p50', unit: 'ms' },
  { name: 'empty, p99', unit: 'ms' },
  { name: 'CPU of the service', unit: 'µs a record' },
  { name: 'full', unit: 'records/s' },
  { name: 'full, rows a statement', unit: 'rows' },
  { name: 'full, of empty', unit: '%', goal: { atLeast: 85 } },
  { name: 'bare statements, full', unit: 'rows/s' },
  { name: 'the service, of bare', unit: '%' },
]

export const postgres: Scenario = {
  name: 'postgres',
  question: 'how many usage records a second does one service make durable on PostgreSQL?',
  async *run(settings) {
    const { millionRows = MILLION_ROWS } = settings
    const runs: Record<string, number>[] = []
    for (let run = 0; run < settings.runs; run++) runs.push(await oneRun(settings, millionRows))
    yield {
      name: `hundred thousand keys an hour; full: ${millionRows},000,000 rows`,
      figures: acrossRuns(runs, FIGURES),
    }
  },
}

async function oneRun(settings: Settings, millionRows: number): Promise<Record<string, number>> {
  const server = await startServer(SETTINGS)
  if ('reason' in server) throw new Error(server.reason)
  try {
    const url = server.urlOf(await server.createDatabase())
    const ledger = await newSharedLedger(url, SPACE, 2)
    const empty = await measure(ledger, 0, settings)
    await fill(url, millionRows)
    const full = await measure(ledger, 1, settings)
    const bare = await bareStatements(url, {
      rowsPerStatement: Math.round(full.rowsPerStatement),
      statementsPerCommit: Math.round(full.rowsPerCommit / full.rowsPerStatement),
      seconds: settings.seconds,
    })
    return {
      'first hour': empty.first,
      empty: empty.later,
      'empty, rows a statement': empty.rowsPerStatement,
      'empty, rows a commit': empty.rowsPerCommit,
      'empty, p50': empty.p50,
      'empty, p99': empty.p99,
      'CPU of the service': empty.cpuMicroseconds,
      full: full.later,
      'full, rows a statement': full.rowsPerStatement,
      'full, of empty': (100 * full.later) / empty.later,
      'bare statements, full': bare,
      'the service, of bare': (100 * full.later) / bare,
    }
  } finally {
    await server.stop()
  }
}

interface Measured {
  readonly first: number
  readonly later: number
  readonly rowsPerStatement: number
  readonly rowsPerCommit: number
  readonly p50: number
  readonly p99: number
  readonly cpuMicroseconds: number
}

/** A service of its own for each seller, so that none knows the other's series. */
async function measure(
  ledger: SharedLedger,
  seller: number,
  { seconds, cpuProfileFolder }: Settings,
): Promise<Measured> {
  const service = await startReplica(ledger, { flags: ['--metrics-open'], cpuProfileFolder })
  const generator = new Generator({
    host: service.host,
    port: service.port,
    connections: CONNECTIONS,
  })
  try {
    const caller = ledger.callers[seller]
    if (caller === undefined) throw new RangeError(`there is no seller ${seller}`)
    const first = requestsPerHour(SPACE)
    const all = requestsAvailable(SPACE)
    await generator.sign(caller, SPACE, { from: 0, count: all })
    const cold = await generator.closed(first)
    const before = await statementsOf(service)
    const cpuBefore = service.cpuSeconds()
    const warm = await generator.closed(all - first, seconds)
    const cpuSeconds = service.cpuSeconds() - cpuBefore
    const after = await statementsOf(service)
    const records = warm.requests * SPACE.recordsPerRequest
    return {
      first: (cold.requests * SPACE.recordsPerRequest) / cold.seconds,
      later: records / warm.seconds,
      rowsPerStatement: (after.rows - before.rows) / (after.statements - before.statements),
      rowsPerCommit: (after.rows - before.rows) / (after.commits - before.commits),
      p50: percentile(warm.latenciesMs, 0.5),
      p99: percentile(warm.latenciesMs, 0.99),
      cpuMicroseconds: (cpuSeconds * 1e6) / records,
    }
  } finally {
    generator.stop()
    await service.stop()
  }
}

async function statementsOf({
  adminEndpoint,
}: BenchService): Promise<Record<'commits' | 'statements' | 'rows', number>> {
  const text = await (await fetch(`${adminEndpoint}/metrics`)).text()
  const figure = (name: string) =>
    Number(new RegExp(`^marketmeter_ledger_${name} (.*)$`, 'm').exec(text)?.[1])
  return {
    commits: figure('commits'),
    statements: figure('statements'),
    rows: figure('statement_records'),
  }
}

/** Rows of hours long gone, of all series that there are. */
async function fill(url: string, millionRows: number): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set search_path = marketmeter; set jit = off')
    await client.query(
      `insert into record (recorded_at_us, hour, quantity, writer, hour_ms, checksum, bucket, call, named_by, series)
       select 1, extract(epoch from now())::integer / 3600 - 6 - hours_ago, 1, 0, 0, 0, bucket, 0, 1, series
       from series, generate_series(1, $1::integer * 1000000 / (select count(*) from series)) as hours_ago
       order by hours_ago desc`,
      [millionRows],
    )
    await client.query('vacuum analyze record')
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}

/**
 * The way to a PostgreSQL server: the driver, pools, and what every session sets.
 *
 * Why a load   `pg` is an optional peer: who keeps the ledger in SQLite never installs it.
 * Durability   Every session sets synchronous_commit itself, so that no default of a role, a database or a server can
 *              make an answer come before its sync. Sessions `aside`, of what is best effort, do not wait for it.
 * Checked by   postgres.test.ts
 */
import type { Client, ClientBase, ClientConfig, Pool, PoolClient, PoolConfig } from 'pg'
import { LedgerRefused } from '../refused.ts'
import { codeOf, failureOf } from './failure.ts'
import { markOf } from './own-session.ts'
import { isWaitCutShort, StandbyAbsent } from './standby.ts'
import { checkUrl, driverUrlOf, placeOf } from './url.ts'

export type { Pool, PoolClient } from 'pg'
export { placeOf } from './url.ts'

export type SessionKind =
  'writer' | 'migration' | 'reader' | 'heartbeat' | 'verifier' | 'months' | 'control' | 'aside'

/** Whatever holds a record is done in a session of this name, of whichever role: the horizon knows it by that. */
export const WRITER_SESSION = 'marketmeter writer'

const CLIENT_CHECK_MS = 500

export interface PoolSettings {
  readonly url: string
  readonly kind: SessionKind
  readonly connectionsMax: number
  readonly statementMsMax: number
  readonly connectMsMax: number
}

/** @throws LedgerRefused if the driver is not installed. */
export async function openPool(settings: PoolSettings): Promise<Pool> {
  checkUrl(settings.url)
  const driver = await loadDriver()
  // The pool waits for what this answers, which its types do not say; and its limit for a new connection ends before.
  const prepareSession = (client: ClientBase): unknown =>
    client.query(inTime({ text: sessionStatements(settings, client) }, settings.connectMsMax))
  const config: PoolConfig = {
    connectionString: driverUrlOf(settings.url),
    application_name: sessionName(settings.kind),
    max: settings.connectionsMax,
    connectionTimeoutMillis: settings.connectMsMax,
    query_timeout: answerMsMax(settings.statementMsMax),
    keepAlive: true,
    onConnect: prepareSession,
    Client: closing(driver.Client),
  }
  try {
    const pool = new driver.Pool(config)
    // An idle connection that dies ends the process if nobody listens; whoever comes next gets another one.
    pool.on('error', ignore)
    return pool
  } catch (error) {
    // A certificate that the URL names may not be there.
    throw failureOf(error, placeOf(settings.url))
  }
}

/** The server gives a statement up first; this is for a server, or a network, that says nothing at all. */
export function answerMsMax(statementMsMax: number): number {
  return statementMsMax + 1_000
}

/** The driver knows this bound; its types do not. */
export function inTime<Query extends object>(
  query: Query,
  msMax: number,
): Query & { readonly query_timeout: number } {
  return { ...query, query_timeout: msMax }
}

interface Driver {
  readonly Pool: typeof Pool
  readonly Client: typeof Client
}

async function loadDriver(): Promise<Driver> {
  try {
    return await import('pg')
  } catch (error) {
    if (codeOf(error) === 'ERR_MODULE_NOT_FOUND') {
      throw new LedgerRefused(
        'A ledger on PostgreSQL needs the package pg, where Marketmeter is: npm install pg@8, or npm install --global pg@8 if Marketmeter was installed so.',
      )
    }
    const said = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new LedgerRefused(`The package pg cannot be loaded (${said}). Install pg@8 anew.`)
  }
}

/** The driver leaves a connection open whose session could not begin, for as long as the server waits for a password. */
function closing(ClientClass: typeof Client): typeof Client {
  return class extends ClientClass {
    constructor(config?: string | ClientConfig) {
      super(config)
      this.connection.on('error', () => this.connection.stream.destroy())
    }
  }
}

function sessionName(kind: SessionKind): string {
  return `marketmeter ${kind}`
}

/**
 * For sessions that want a few rows at a time, in the order of an index. What the server knows of a table may be from when
 * it was empty, or nothing; left to itself it then reads the whole of it for each page.
 */
const SHORT_PLANS = [
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'enable_seqscan = off',
  'enable_bitmapscan = off',
  'max_parallel_workers_per_gather = 0',
]

function sessionStatements({ kind, statementMsMax }: PoolSettings, client: ClientBase): string {
  const settings = [
    markOf(client),
    `application_name = '${sessionName(kind)}'`,
    'search_path = marketmeter',
    `synchronous_commit = ${kind === 'aside' ? 'off' : 'on'}`,
    // That a wait for a standby was cut short comes as a warning, see onConnection.
    'client_min_messages = warning',
    `statement_timeout = ${statementMsMax}`,
    `lock_timeout = ${statementMsMax}`,
    'idle_in_transaction_session_timeout = 60000',
    'jit = off',
  ]
  const all = kind === 'writer' || kind === 'reader' ? [...settings, ...SHORT_PLANS] : settings
  return [...all.map((setting) => `set ${setting}`), END_WITH_CLIENT].join(';')
}

/**
 * Whoever gave up waiting has left its connection, and tries again on another. What it left behind would go on for as long as
 * each of its statements may take, and keep locks on the very rows. PostgreSQL cannot look for it on Windows, and refuses to.
 */
const END_WITH_CLIENT = `
  select set_config('client_connection_check_interval', '${CLIENT_CHECK_MS}', false)
  where version() !~* 'visual|windows|mingw|cygwin'`

/**
 * Runs a function on one connection. One that failed is not used again.
 *
 * @throws StandbyAbsent if something was committed that may not be on the synchronous standby; sending again is safe.
 */
export async function onConnection<Result>(
  pool: Pool,
  use: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await connectionOf(pool)
  // A connection that dies between two statements says so here, and the next statement fails.
  client.on('error', ignore)
  const cutShort: unknown[] = []
  const listen = (notice: Parameters<typeof isWaitCutShort>[0]) => {
    if (isWaitCutShort(notice)) cutShort.push(notice)
  }
  client.on('notice', listen)
  try {
    const result = await use(client)
    if (cutShort.length > 0) throw new StandbyAbsent()
    client.off('error', ignore)
    client.off('notice', listen)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** Errors of those who got no connection. */
const noConnection = new WeakSet()

/** Whether it was thrown before anything was asked: whatever fails then is no bucket's fault. */
export function madeNoConnection(error: unknown): boolean {
  return error instanceof Error && noConnection.has(error)
}

async function connectionOf(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    if (error instanceof Error) noConnection.add(error)
    throw error
  }
}

export async function inTransaction<Result>(
  pool: Pool,
  use: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  return onConnection(pool, (client) => transactionOn(client, () => use(client)))
}

/** On a connection that is given up if it fails, see `onConnection`: the server rolls back then. */
export async function transactionOn<Result>(
  client: PoolClient,
  use: () => Promise<Result>,
): Promise<Result> {
  await client.query('begin')
  const result = await use()
  await client.query('commit')
  return result
}

function ignore(): void {
  // See onConnection.
}

/**
 * The PostgreSQL that a test file stands on: the one of the whole run, or else one of the file's own.
 *
 * MARKETMETER_TEST_POSTGRES names a running one; tests that kill or bend a server start their own all the same. Where there is
 * none, tests are skipped and say why; in CI they fail.
 */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import {
  meansToStart,
  type OwnServer,
  runningServer,
  runSql,
  startServer,
  type TestServer,
} from '../../testing/postgres.ts'
import { checkNamed, namedUrl } from '../../testing/named-postgres.spec.ts'
import { FAST_SETTINGS, SHARED_POSTGRES } from '../../testing/shared-postgres.spec.ts'
import { NOON_US } from '../builders.spec.ts'
import { migrate } from './migrate.ts'
import { PostgresLedger, type PostgresLedgerSettings } from './postgres-ledger.ts'

const started = await start()

/** For `describe`: why its tests cannot run, or false. */
export const skip = 'reason' in started ? started.reason : false

/** The same of tests that start a server of their own, which takes more than one that was named. */
export const skipOwn = skip === false ? reasonAgainstOwn() : skip

/** What a test that failed left open would keep the process alive. */
const opened: PostgresLedger[] = []
const servers: TestServer[] = 'reason' in started ? [] : [started]

after(async () => {
  for (const ledger of opened) await ledger.close()
  for (const server of servers) await server.stop()
})

export function server(): TestServer {
  assert(!('reason' in started))
  return started
}

/** A server for one test, which may kill it. Syncs like a real one. Such tests are skipped by {@link skipOwn}. */
export async function ownServer(
  settings: readonly string[] = ['max_prepared_transactions=5'],
  files: Readonly<Record<string, string>> = {},
): Promise<OwnServer> {
  const own = await startServer(settings, { files })
  if ('reason' in own) throw new Error(own.reason)
  servers.push(own)
  return own
}

/** A server that follows `primary`, and is stopped before it. */
export async function standbyOf(primary: OwnServer): Promise<OwnServer> {
  const standby = await primary.addStandby()
  servers.unshift(standby)
  return standby
}

async function start(): Promise<TestServer | { readonly reason: string }> {
  const named = namedUrl()
  if (named !== undefined) {
    await checkNamed(named)
    return runningServer(named)
  }
  const shared = process.env[SHARED_POSTGRES]
  if (shared !== undefined) return runningServer(shared)
  const own = await startServer(FAST_SETTINGS)
  if ('reason' in own) refuseInCi(own.reason)
  return own
}

function reasonAgainstOwn(): string | false {
  const means = meansToStart()
  if (!('reason' in means)) return false
  refuseInCi(means.reason)
  return means.reason
}

function refuseInCi(reason: string): void {
  if (process.env['CI'] === undefined) return
  throw new Error(`CI may not skip the tests of PostgreSQL: ${reason}`)
}

let template: Promise<string> | undefined

/** The URL of a new database that holds an empty ledger, whose months lie about the tests' noon. */
export async function emptyLedger(nowUs = NOON_US): Promise<string> {
  const on = server()
  template ??= (async () => {
    const name = await on.createDatabase()
    await migrate(on.urlOf(name), (nowUs / 1_000) as InstantMs)
    return name
  })()
  return on.urlOf(await on.createDatabase(await template))
}

/** By the machine's clock, as in production. */
export function nowUs(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1_000)
}

export async function openLedger(
  url: string,
  settings: Partial<PostgresLedgerSettings> = {},
): Promise<PostgresLedger> {
  const ledger = await PostgresLedger.open({ url, nowUs, ...settings })
  opened.push(ledger)
  return ledger
}

/** The URL for a role that may hold and read, and make nothing. Its sessions are another's, so it must be let see them. */
export async function asHolder(url: string): Promise<string> {
  await runSql(
    url,
    // Roles are the server's, and other files may be about the same just now.
    `do $$ begin create role marketmeter_holder; exception when duplicate_object or unique_violation then null; end $$;
     do $$ begin grant pg_read_all_stats to marketmeter_holder;
       exception when unique_violation or internal_error then null; end $$;
     grant usage on schema marketmeter to marketmeter_holder;
     grant select, insert on all tables in schema marketmeter to marketmeter_holder;
     grant update, delete on marketmeter.client_token to marketmeter_holder`,
  )
  return inRole(url, 'marketmeter_holder')
}

/** Sessions of the same user in another role, so that no server need let that role log in. */
export function inRole(url: string, role: string): string {
  const changed = new URL(url)
  changed.searchParams.set('options', `-c role=${role}`)
  return changed.href
}

/** SQL on a ledger's own tables. */
export async function run(url: string, sql: string): Promise<void> {
  await runSql(url, `set search_path = marketmeter; ${sql}`)
}

/** How many client tokens are kept. */
export async function countTokens(url: string): Promise<number> {
  const [row] = await runSql(url, 'select count(*)::integer as count from marketmeter.client_token')
  return Number(row?.['count'])
}

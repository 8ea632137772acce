/**
 * Takes a month out of the ledger: its two tables stay, under another name, for the operator to dump and to drop.
 *
 * Never again  First it is noted that the month is detached. From then on nobody makes it again, whatever becomes of the
 *              tables, so usage of it that is sent once more is never taken as new.
 * Order        Records first, then their calls: no reader is ever shown a record without its call (reader.ts).
 * Beside       `detach partition concurrently` holds nobody up; it waits for the transactions that have the ledger open.
 *              Citus knows no such thing: there both tables go in one transaction, which waits a second at a time.
 * Cut short    Each step is looked for before it is taken. So a run that was killed, or gave up waiting, is ended by another.
 * Checked by   detach.test.ts
 */
import { LedgerRefused } from '../refused.ts'
import { isCitus } from './citus.ts'
import { onConnection, type PoolClient } from './connect.ts'
import { codeOf, describeNoRights } from './failure.ts'
import { type MonthsAccess, type MonthsSettings, withMonths } from './months-access.ts'
import { closesMsOf, detachedName, listMonths, type MonthSummary } from './month-list.ts'
import { DIVIDED_TABLES, type Month, monthText, partitionName } from './months.ts'
import { noteDetached, type Partition, partitionsThere, SCHEMA_LOCK } from './partitions.ts'
import { untilDeadline } from './retry.ts'

/** Where every reader and writer waits with us, we let them go on again after so long. */
const LOCK_MS_MAX = 1_000

/** A rule forbids it, and nothing was changed. */
export class MonthKept extends LedgerRefused {}

export interface DetachSettings extends MonthsSettings {
  readonly month: Month
}

/** @returns What is there now. @throws MonthKept, or LedgerRefused, with one sentence, if it cannot be detached. */
export function planDetaching(settings: DetachSettings): Promise<MonthSummary> {
  return withMonths(settings, (access) => planWith(access, settings.month))
}

/** @throws As planDetaching; and LedgerRefused if it has to be run again. */
export function detachMonth(settings: DetachSettings): Promise<void> {
  const { month } = settings
  return withMonths(settings, async (access) => {
    await planWith(access, month)
    const together = await isCitus(access.pool)
    await onConnection(access.pool, async (client) => {
      await claim(client, access.place)
      await noteDetached(client, month)
      try {
        if (together) await detachTogether(client, month, settings.waitMsMax)
        else for (const table of DIVIDED_TABLES) await detachBeside(client, table, month)
      } catch (error) {
        throw await explained(error, client, access.place)
      }
      await nameAside(client, month)
    })
  })
}

async function planWith(access: MonthsAccess, month: Month): Promise<MonthSummary> {
  const { pool, nowMs, windowMs, place } = access
  const months = await listMonths(pool, nowMs, windowMs)
  const summary = months.find((one) => one.month.name === month.name)
  const unfinished = months.find(({ state }) => state === 'leaving')?.month ?? month
  if (summary === undefined) {
    throw new MonthKept(`There is no ${monthText(month)} in the ledger at ${place}.`)
  }
  if (summary.state === 'open' || summary.state === 'missing') {
    throw new MonthKept(stillOpen(month, windowMs))
  }
  if (unfinished.name !== month.name) {
    throw new MonthKept(
      `The detaching of ${monthText(unfinished)} was not finished. Finish it first: ledger detach-month ${monthText(unfinished)}.`,
    )
  }
  await refuseStrangers(access)
  return summary
}

function stillOpen(month: Month, windowMs: number): string {
  const closes = new Date(closesMsOf(month, windowMs)).toISOString().slice(0, 16)
  const hours = Math.ceil(windowMs / 3_600_000)
  return `Usage of ${monthText(month)} may still come. It can be detached from ${closes}Z on: its end, ${hours} hours of the widest window, and a day.`
}

async function refuseStrangers({ pool, place }: MonthsAccess): Promise<void> {
  const { rows } = await pool.query<{ owns: boolean }>(
    `select bool_and(pg_has_role(relowner, 'usage')) as owns from pg_class where oid = any($1::regclass[])`,
    [DIVIDED_TABLES],
  )
  if (rows[0]?.owns === true) return
  throw new LedgerRefused(describeNoRights('who detaches must own the tables', place))
}

/** For as long as the connection lives. */
async function claim(client: PoolClient, place: string): Promise<void> {
  const { rows } = await client.query<{ mine: boolean }>(
    'select pg_try_advisory_lock($1) as mine',
    [SCHEMA_LOCK],
  )
  if (rows[0]?.mine === true) return
  throw new LedgerRefused(`Somebody else is changing the tables of ${place}. Try again later.`)
}

async function partOf(client: PoolClient, table: string, month: Month) {
  const there = await partitionsThere(client)
  return there.find((one) => one.table === table && one.month.name === month.name)
}

async function detachBeside(client: PoolClient, table: string, month: Month): Promise<void> {
  const part = await partOf(client, table, month)
  if (part === undefined) return
  // Somebody began it, and did not see the end.
  const how = part.isLeaving ? 'finalize' : 'concurrently'
  await client.query(`${detachStatement(client, part)} ${how}`)
}

async function detachTogether(client: PoolClient, month: Month, waitMsMax: number): Promise<void> {
  const there = (await partitionsThere(client)).filter((one) => one.month.name === month.name)
  const attempt = async () => {
    try {
      await client.query(`begin; set local lock_timeout = ${LOCK_MS_MAX}`)
      for (const part of there) await client.query(detachStatement(client, part))
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }
  await untilDeadline(attempt, waitMsMax, () => undefined)
}

function detachStatement(client: PoolClient, { table, name }: Partition): string {
  return `alter table ${table} detach partition ${client.escapeIdentifier(name)}`
}

/** What is no part of the ledger any more says so by its name. */
async function nameAside(client: PoolClient, month: Month): Promise<void> {
  for (const table of DIVIDED_TABLES) {
    const name = partitionName(table, month)
    const { rowCount } = await client.query(
      `select from pg_class
       where relnamespace = 'marketmeter'::regnamespace and relname = $1 and not relispartition`,
      [name],
    )
    if (rowCount === 1) await client.query(`alter table ${name} rename to ${detachedName(name)}`)
  }
}

/** Tells who is in the way, if that is what is wrong. */
async function explained(error: unknown, client: PoolClient, place: string): Promise<unknown> {
  if (!['55P03', '57014'].includes(codeOf(error) ?? '')) return error
  const { rows } = await client.query<{ pid: number; role: string }>(
    `select a.pid, a.usename as role from pg_locks l join pg_stat_activity a using (pid)
     where l.relation = any($1::regclass[]) and a.datname = current_database() and a.pid <> pg_backend_pid()
     order by xact_start limit 1`,
    [DIVIDED_TABLES],
  )
  const [first] = rows
  const who = first === undefined ? '' : ` (process ${first.pid} of role ${first.role})`
  return new LedgerRefused(
    `Somebody has a transaction open at ${place}${who}, and detaching waits for it. Wait or end it, then run this again: it goes on where it stopped.`,
  )
}

/** How those who look after the months of a ledger reach it: what time it is, and how far back usage may reach. */
import type { InstantMs } from '../../core/usage.ts'
import { openPool, placeOf, type Pool } from './connect.ts'
import { failureOf } from './failure.ts'
import { checkSchema } from './migrate.ts'
import { listMonths, type MonthSummary } from './month-list.ts'

export interface MonthsSettings {
  readonly url: string
  readonly nowMs: InstantMs
  /** Of the widest profile that the caller knows. */
  readonly windowMs: number
  /** How long a statement may wait for others. */
  readonly waitMsMax: number
  readonly connectMsMax: number
}

export interface MonthsAccess {
  readonly pool: Pool
  readonly place: string
  /** The earlier of the caller's clock and the server's: a month closes late rather than early. */
  readonly nowMs: InstantMs
  /** Of the widest profile that the caller knows, or that a replica ever served. */
  readonly windowMs: number
}

/** @throws LedgerRefused with one sentence, whatever is wrong. */
export async function withMonths<Result>(
  settings: MonthsSettings,
  use: (access: MonthsAccess) => Promise<Result>,
): Promise<Result> {
  const { url, waitMsMax, connectMsMax } = settings
  const bounds = { connectionsMax: 1, statementMsMax: waitMsMax, connectMsMax }
  const pool = await openPool({ url, kind: 'months', ...bounds })
  const place = placeOf(url)
  try {
    await checkSchema(pool, place)
    return await use({ pool, place, ...(await lookAround(pool, settings)) })
  } catch (error) {
    throw failureOf(error, place)
  } finally {
    await pool.end()
  }
}

export function monthsOf(settings: MonthsSettings): Promise<readonly MonthSummary[]> {
  return withMonths(settings, ({ pool, nowMs, windowMs }) => listMonths(pool, nowMs, windowMs))
}

async function lookAround(
  pool: Pool,
  { nowMs, windowMs }: MonthsSettings,
): Promise<Pick<MonthsAccess, 'nowMs' | 'windowMs'>> {
  const { rows } = await pool.query<{ now_ms: string; window_ms: string }>(
    `select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms,
       coalesce((select value::bigint from ledger_fact where name = 'windowMsMax'), 0) as window_ms`,
  )
  const [row] = rows
  return {
    nowMs: Math.min(nowMs, Number(row?.now_ms)) as InstantMs,
    windowMs: Math.max(windowMs, Number(row?.window_ms)),
  }
}

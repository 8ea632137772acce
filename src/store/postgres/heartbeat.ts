/**
 * Looks after the database every few seconds: is it there, is it ours and whole, may we use it, do the clocks agree, are the
 * months made.
 *
 * Readiness comes from here, so it turns red without waiting for a caller to be disappointed. It also makes the
 * months ahead, which one replica does for all, and removes client tokens that are over.
 */
import type { InstantMs } from '../../core/usage.ts'
import { inTransaction, onConnection, type Pool, type PoolClient } from './connect.ts'
import { refuseWhileCopying } from './copy-progress.ts'
import { describeFailure, describeReadOnly, isWorthAnotherTry } from './failure.ts'
import { weaknessOf } from './fitness.ts'
import { checkSchema } from './migrate.ts'
import { monthAt, monthsWanted, monthText } from './months.ts'
import { detachedMonths, makeMonthsAhead, missingMonths } from './partitions.ts'
import { LentSession, refuseLentSession } from './own-session.ts'
import { checkRights, LEDGER_RIGHTS } from './rights.ts'
import { StandbyAbsent, waitsForStandby } from './standby.ts'
import { TokenSweep } from './token-sweep.ts'
import { LedgerRefused } from '../refused.ts'

const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

export interface HeartbeatSettings {
  readonly pool: Pool
  /** The server, as people know it. */
  readonly place: string
  readonly nowUs: () => number
  /** The latest recorded-at of this replica. */
  readonly lastUs: () => number
  readonly everyMs: number
  /** A commit that takes longer waits for a synchronous standby. */
  readonly commitMsMax: number
  /** Absent: clocks are not compared. */
  readonly skewMsMax?: number
}

export class Heartbeat {
  readonly #settings: HeartbeatSettings
  readonly #sweep: TokenSweep
  #problem: string | undefined
  #weakness: string | undefined
  #monthsLeft: string | undefined
  #monthsAgainMs = 0
  #obstacle: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #beating: Promise<void> | undefined
  #stopped = false

  constructor(settings: HeartbeatSettings) {
    this.#settings = settings
    this.#sweep = new TokenSweep(settings.pool)
  }

  /** Why records cannot be held, in a sentence; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** What deserves a look although records are held, in a sentence. */
  get weakness(): string | undefined {
    return this.#weakness
  }

  /**
   * Why nothing must be sent that holds or finds: it would wait for a standby, be refused, or meet another schema or half of
   * a copy.
   */
  get obstacle(): Error | undefined {
    return this.#obstacle
  }

  /** Looks at once, then again and again until it is stopped. */
  async beat(): Promise<void> {
    this.#beating ??= this.#look().finally(() => {
      this.#beating = undefined
      this.#schedule()
    })
    await this.#beating
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#beating
  }

  #schedule(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.beat(), this.#settings.everyMs).unref()
  }

  async #look(): Promise<void> {
    const { pool, place } = this.#settings
    try {
      this.#obstacle = await this.#findObstacle()
      if (this.#obstacle === undefined) {
        const leftover = await this.#removeTokens()
        this.#weakness = (await this.#makeMonths()) ?? (await weaknessOf(pool, place)) ?? leftover
      }
      this.#problem = await this.#findProblem(pool)
    } catch (error) {
      this.#problem = describeFailure(error, place)
    }
  }

  async #findObstacle(): Promise<Error | undefined> {
    const { pool, place, commitMsMax } = this.#settings
    if (this.#obstacle instanceof LentSession) return this.#obstacle
    try {
      await onConnection(pool, (client) => refuseLentSession(client, place))
      await checkSchema(pool, place)
      await refuseWhileCopying(pool, place)
    } catch (error) {
      // It stays until then: the next look may meet a session of its own by chance.
      if (error instanceof LentSession) {
        return new LentSession(`${error.message} Then restart this process.`)
      }
      if (error instanceof LedgerRefused) return error
      throw error
    }
    if (await waitsForStandby(pool, commitMsMax)) return new StandbyAbsent()
    const problem = await this.#findClocksApart()
    return problem === undefined ? undefined : new LedgerRefused(problem)
  }

  /** What would be held is refused then, each time after many tries. */
  async #findClocksApart(): Promise<string | undefined> {
    const { pool, nowUs, lastUs, skewMsMax, place } = this.#settings
    if (skewMsMax === undefined) return undefined
    const skewMs = await skewMsOf(pool, nowUs)
    if (Math.abs(skewMs) > skewMsMax) {
      return `The clocks of this machine and of PostgreSQL at ${place} differ by ${Math.round(skewMs)} ms; ${skewMsMax} are allowed. Set both by NTP.`
    }
    const aheadMs = Math.round((lastUs() - nowUs()) / 1_000)
    if (aheadMs <= skewMsMax) return undefined
    return `The clocks of this machine and of PostgreSQL at ${place} went back: this replica has recorded something ${aheadMs} ms from now, and holds nothing until then. Set both by NTP and restart it.`
  }

  /** @returns What of it deserves a look; readiness turns red a week before a month is missed. */
  async #makeMonths(): Promise<string | undefined> {
    const { pool, place } = this.#settings
    if (performance.now() < this.#monthsAgainMs) {
      const missing = await missingMonths(pool, monthsWanted(this.#nowMs()))
      if (missing.length > 0) return this.#monthsLeft
    }
    try {
      const left = await inTransaction(pool, (client) => makeMonthsAhead(client, this.#nowMs()))
      this.#monthsLeft =
        left.length === 0
          ? undefined
          : `Months ahead are missing at ${place} (${left.map(monthText).join(', ')}), and this role may not make them. Let the owner of the ledger run migrate.`
    } catch (error) {
      this.#monthsLeft = `Months ahead could not be made: ${describeFailure(error, place)}`
      // What will fail again is an error in the server's log each time.
      if (!isWorthAnotherTry(error)) this.#monthsAgainMs = performance.now() + HOUR_MS
    }
    return this.#monthsLeft
  }

  /** @returns What of it deserves a look: nothing that is held depends on it. */
  async #removeTokens(): Promise<string | undefined> {
    try {
      await this.#sweep.look(this.#nowMs())
      return undefined
    } catch (error) {
      const { place } = this.#settings
      return `Client tokens that are over could not be removed: ${describeFailure(error, place)}`
    }
  }

  async #findProblem(pool: Pool): Promise<string | undefined> {
    if (this.#obstacle !== undefined) return describeFailure(this.#obstacle, this.#settings.place)
    // Not kept if it fails: the next one may lead to the primary.
    await onConnection(pool, (client) => refuseReadOnly(client, this.#settings.place))
    await checkRights(pool, this.#settings.place, LEDGER_RIGHTS, 'write')
    return this.#findMissingMonth(pool)
  }

  async #findMissingMonth(pool: Pool): Promise<string | undefined> {
    const { place } = this.#settings
    const nowMs = this.#nowMs()
    const [missing] = await missingMonths(pool, [monthAt(nowMs), monthAt(nowMs + WEEK_MS)])
    if (missing === undefined) return undefined
    const detached = await detachedMonths(pool)
    return detached.some(({ name }) => name === missing.name)
      ? `By the clock it is ${monthText(missing)}, which was detached from ${place}: nothing of it is held. Set the clock by NTP.`
      : `The partition of ${monthText(missing)} is missing at ${place}. Run migrate.`
  }

  #nowMs(): InstantMs {
    return Math.floor(this.#settings.nowUs() / 1_000) as InstantMs
  }
}

async function refuseReadOnly(client: PoolClient, place: string): Promise<void> {
  const { rows } = await client.query<{ only: boolean }>(
    `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as only`,
  )
  if (rows[0]?.only === true) throw new LedgerRefused(describeReadOnly(place))
}

/** How far this machine's clock is ahead of the server's, give or take half a round trip. */
async function skewMsOf(database: Pick<PoolClient, 'query'>, nowUs: () => number): Promise<number> {
  const beforeUs = nowUs()
  const { rows } = await database.query<{ now_us: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us',
  )
  const middleUs = (beforeUs + nowUs()) / 2
  return (middleUs - Number(rows[0]?.now_us)) / 1_000
}

/**
 * Reads a ledger on PostgreSQL beside the replicas that write it: what a command needs, and no more.
 *
 * It takes no writer's number and looks after nothing, so a role that may only read is enough. It must be shown when replicas
 * began their transactions: be their role, or in pg_read_all_stats (horizon.ts).
 */
import type { LedgerPage, LedgerQuery } from '../ledger.ts'
import type { PostgresBounds } from './bounds.ts'
import { isCitus } from './citus.ts'
import { openPool, placeOf, type Pool } from './connect.ts'
import { told } from './failure.ts'
import { horizonUs } from './horizon.ts'
import { checkSchema } from './migrate.ts'
import type { Month } from './months.ts'
import { monthsGone } from './partitions.ts'
import { POSTGRES_DEFAULTS } from './postgres-ledger.ts'
import { checkRights, LEDGER_RIGHTS } from './rights.ts'
import { Reader, READING_MS_MAX } from './reader.ts'

export class PostgresLedgerReader {
  readonly #pool: Pool
  readonly #reader: Reader
  readonly #place: string

  /** @throws LedgerRefused with one sentence, whatever is wrong. */
  static async open(url: string, bounds: PostgresBounds): Promise<PostgresLedgerReader> {
    const pool = await openPool({
      url,
      kind: 'reader',
      connectionsMax: 1,
      statementMsMax: READING_MS_MAX,
      connectMsMax: bounds.connectMsMax,
    })
    try {
      return await told(placeOf(url), async () => {
        await checkSchema(pool, placeOf(url))
        await checkRights(pool, placeOf(url), LEDGER_RIGHTS, 'read')
        return new PostgresLedgerReader(pool, await isCitus(pool), placeOf(url), bounds)
      })
    } catch (error) {
      await pool.end()
      throw error
    }
  }

  private constructor(
    pool: Pool,
    citus: boolean,
    place: string,
    { statementMsMax }: PostgresBounds,
  ) {
    const settings = { ...POSTGRES_DEFAULTS, statementMsMax }
    this.#pool = pool
    this.#place = place
    this.#reader = new Reader(pool, () => horizonUs(pool, citus, settings))
  }

  /** @throws RangeError on a foreign cursor; LedgerRefused with one sentence on everything else. */
  read(query: LedgerQuery): Promise<LedgerPage> {
    return told(this.#place, () => this.#reader.read(query))
  }

  /** Months that are shown no more, for they were detached. */
  monthsGone(): Promise<readonly Month[]> {
    return told(this.#place, () => monthsGone(this.#pool))
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}

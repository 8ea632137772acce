/**
 * The ledger on PostgreSQL: any number of replicas over one database, none with a state of its own that matters.
 *
 * Uniqueness  The primary key (bucket, hour, series) alone; nothing rests on a memory.
 * Durability  Every session commits synchronously. A failover keeps what was acknowledged only with synchronous
 *             standbys: see docs/operating/postgres.md.
 * Checked by  postgres.test.ts (../ledger.spec.ts on a real server), race.test.ts, faults.test.ts
 */
import type { HourKey } from '../../core/billing-line.ts'
import type { ClientToken } from '../../core/client-token.ts'
import type { Call, HeldRecord, NewRecord } from '../../core/metering-record.ts'
import { checkTokened, TokenTaken } from '../client-token.ts'
import { RecordingClock } from '../clock.ts'
import { checkIncoming } from '../incoming.ts'
import type { Held, Ledger, LedgerHealth, LedgerPage, LedgerQuery } from '../ledger.ts'
import { POSTGRES_BOUNDS, type PostgresBounds } from './bounds.ts'
import { isCitus, refuseOtherLanguages } from './citus.ts'
import { onConnection, openPool, placeOf, type Pool } from './connect.ts'
import { describeDiskFull, describeFailure, failureOf, isDiskFull, told } from './failure.ts'
import { Finder } from './finder.ts'
import { refuseUnfit } from './fitness.ts'
import { Heartbeat } from './heartbeat.ts'
import { holdInTwoStatements, holdTogether } from './hold.ts'
import { horizonUs, refuseHidden } from './horizon.ts'
import { checkSchema } from './migrate.ts'
import { refuseLentSession } from './own-session.ts'
import { runInTurn, runTogether } from './pipeline.ts'
import { Reach } from './reach.ts'
import { Reader, READING_MS_MAX } from './reader.ts'
import { checkRights, LEDGER_RIGHTS } from './rights.ts'
import { SeriesBook } from './series-book.ts'
import { Turns } from './turns.ts'
import { Writer, type WriterSettings } from './writer.ts'
import { takeWriterNumber } from './writer-number.ts'

export interface PostgresLedgerSettings extends Partial<PostgresBounds> {
  /** `postgres://role@host:5432/database`; TLS and certificates by `sslmode` and its sisters. */
  readonly url: string
  /** Microseconds since 1970 by the machine's clock. */
  readonly nowUs: () => number
  readonly heartbeatMs?: number
  /** How far behind now a reader stays at least. */
  readonly settleMarginMs?: number
  /** How far the clocks of replicas and server may differ. */
  readonly skewMsMax?: number
  /**
   * Nobody else writes, and the clock need not be the machine's: for tests, which look at once at what they held.
   * Then reading is bounded by this writer's own statements, and clocks are not compared.
   */
  readonly soleWriter?: boolean
  /** Told of each transaction that was committed: records that it added, and how long it took. */
  readonly onCommit?: WriterSettings['onCommit']
}

export const POSTGRES_DEFAULTS = {
  ...POSTGRES_BOUNDS,
  heartbeatMs: 2_000,
  settleMarginMs: 5_000,
  skewMsMax: 1_000,
  soleWriter: false,
  onCommit: () => undefined,
} as const

const READING_CONNECTIONS = 2
/** So long after a failure for want of room, the ledger is not ready; then callers try it again. */
const DISK_FULL_MS = 10_000

/** Apart, so that neither pages that take long nor commits that wait keep the heartbeat from looking. */
interface Pools {
  readonly writing: Pool
  readonly reading: Pool
  readonly watching: Pool
}

interface Parts {
  readonly settings: Required<PostgresLedgerSettings>
  readonly pools: Pools
  readonly writer: number
  readonly citus: boolean
}

export class PostgresLedger implements Ledger {
  readonly #settings: Required<PostgresLedgerSettings>
  readonly #pools: Pools
  readonly #finder: Finder
  readonly #book: SeriesBook
  readonly #clock: RecordingClock
  readonly #writer: Writer
  readonly #reader: Reader
  /** A page has one statement under way at a time. */
  readonly #pages = new Turns(READING_CONNECTIONS)
  readonly #heartbeat: Heartbeat
  readonly #place: string
  readonly #citus: boolean
  #closing: Promise<void> | undefined
  #diskFullAtMs = Number.NEGATIVE_INFINITY

  /** @throws LedgerRefused with one sentence, whatever is wrong. The schema must be there: see migrate.ts. */
  static async open(given: PostgresLedgerSettings): Promise<PostgresLedger> {
    const settings = { ...POSTGRES_DEFAULTS, ...given }
    const pools = await openPools(settings)
    const place = placeOf(settings.url)
    try {
      await refuseUnfit(pools.writing, place)
      await checkSchema(pools.writing, place)
      await checkRights(pools.writing, place, LEDGER_RIGHTS, 'write')
      const citus = await isCitus(pools.writing)
      if (citus) await refuseOtherLanguages(pools.writing, place)
      // By now it has a session itself, which must be shown too.
      if (!settings.soleWriter) await refuseHidden(pools.reading, citus)
      const ledger = new PostgresLedger({
        settings,
        pools,
        writer: await takeWriterNumber(pools.writing),
        citus,
      })
      await ledger.#heartbeat.beat()
      // Others have begun theirs since.
      await onConnection(pools.writing, (client) => refuseLentSession(client, place))
      return ledger
    } catch (error) {
      await endPools(pools)
      throw failureOf(error, place)
    }
  }

  private constructor({ settings, pools, writer, citus }: Parts) {
    const { nowUs, skewMsMax, soleWriter, url, connectionsMax, retryMsMax, heartbeatMs } = settings
    this.#book = new SeriesBook(citus ? runInTurn : runTogether)
    const reach = new Reach({
      attemptsMax: connectionsMax,
      retryMsMax,
      obstacle: () => this.#heartbeat.obstacle,
      book: this.#book,
    })
    this.#settings = settings
    this.#pools = pools
    this.#place = placeOf(url)
    this.#citus = citus
    this.#clock = new RecordingClock(nowUs, 0)
    const bounds = { retryMsMax, statementMsMax: settings.statementMsMax }
    this.#finder = new Finder({ ...bounds, pool: pools.writing, reach, book: this.#book })
    this.#writer = new Writer({
      ...bounds,
      pool: pools.writing,
      reach,
      book: this.#book,
      hold: citus ? holdInTwoStatements(settings.statementMsMax) : holdTogether,
      together: !citus,
      clock: this.#clock,
      writer,
      ...(soleWriter ? {} : { skewUsMax: skewMsMax * 1_000 }),
      onCommit: settings.onCommit,
      onFailure: (error) => {
        if (isDiskFull(error)) this.#diskFullAtMs = performance.now()
        void this.#heartbeat.beat()
      },
    })
    this.#reader = new Reader(pools.reading, () => this.#horizonUs())
    this.#heartbeat = new Heartbeat({
      pool: pools.watching,
      place: this.#place,
      nowUs,
      lastUs: () => this.#clock.lastUs,
      everyMs: heartbeatMs,
      // By then a look has told of those that wait before their clients give them up and others take their places.
      commitMsMax: settings.statementMsMax / 2,
      ...(soleWriter ? {} : { skewMsMax }),
    })
    for (const pool of [pools.writing, pools.reading, pools.watching]) {
      // An idle connection that dies says so here.
      pool.on('error', () => {
        this.#book.forget()
        void this.#heartbeat.beat()
      })
    }
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<readonly (Held | 'unavailable')[]> {
    this.#refuseIfClosed()
    checkIncoming(records)
    checkTokened(records, token)
    const [record] = records
    if (record === undefined) return []
    try {
      if (token === undefined) return await this.#writer.hold(call, records)
      return await this.#writer.holdTokened(call, record, token)
    } catch (error) {
      if (error instanceof TokenTaken) throw error
      throw new Error(describeFailure(error, this.#place), { cause: error })
    }
  }

  async isTaken(token: ClientToken): Promise<boolean> {
    this.#refuseIfClosed()
    return told(this.#place, () => this.#finder.isTaken(token))
  }

  async find(
    keys: readonly HourKey[],
  ): Promise<readonly (HeldRecord | undefined | 'unavailable')[]> {
    this.#refuseIfClosed()
    return told(this.#place, () => this.#finder.find(keys))
  }

  async read(query: LedgerQuery): Promise<LedgerPage> {
    this.#refuseIfClosed()
    return told(this.#place, () => this.#pages.take(() => this.#reader.read(query)))
  }

  health(): LedgerHealth {
    const { commits, statements, records, retries, seconds } = this.#writer.figures
    const problem = this.#heartbeat.problem ?? this.#diskProblem()
    const ready = this.#closing === undefined && problem === undefined
    const note = problem ?? this.#heartbeat.weakness
    return {
      ready,
      ...(note === undefined ? {} : { note }),
      waiting: this.#writer.waiting,
      figures: {
        commits,
        commit_seconds: seconds,
        statements,
        statement_records: records,
        statement_retries: retries,
        series_loaded: this.#book.size,
        connections: sumOf(this.#pools, ({ totalCount }) => totalCount),
        connections_waited_for: sumOf(this.#pools, ({ waitingCount }) => waitingCount),
      },
    }
  }

  /** The heartbeat only looks; a disk that was full a moment ago is told until somebody may have made room. */
  #diskProblem(): string | undefined {
    const isRecent = performance.now() - this.#diskFullAtMs < DISK_FULL_MS
    return isRecent ? describeDiskFull(this.#place) : undefined
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    await this.#writer.drained()
    await this.#heartbeat.stop()
    await endPools(this.#pools)
  }

  async #horizonUs(): Promise<number> {
    if (!this.#settings.soleWriter)
      return horizonUs(this.#pools.reading, this.#citus, this.#settings)
    const nextUs = Math.max(this.#clock.lastUs + 1, Math.floor(this.#settings.nowUs()))
    return this.#writer.oldestStampUs ?? nextUs
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new Error('The ledger is closed.')
  }
}

async function openPools({
  url,
  connectionsMax,
  statementMsMax,
  connectMsMax,
}: Required<PostgresLedgerSettings>): Promise<Pools> {
  const one = { url, connectMsMax, statementMsMax, connectionsMax: 1 }
  const many = { connectionsMax: READING_CONNECTIONS, statementMsMax: READING_MS_MAX }
  return {
    writing: await openPool({ ...one, kind: 'writer', connectionsMax }),
    reading: await openPool({ ...one, kind: 'reader', ...many }),
    watching: await openPool({ ...one, kind: 'heartbeat' }),
  }
}

async function endPools({ writing, reading, watching }: Pools): Promise<void> {
  await Promise.all([writing.end(), reading.end(), watching.end()])
}

function sumOf({ writing, reading, watching }: Pools, countOf: (pool: Pool) => number): number {
  return countOf(writing) + countOf(reading) + countOf(watching)
}

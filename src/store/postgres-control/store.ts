/**
 * The control store on PostgreSQL: in the database of the ledger, shared by all replicas.
 *
 * Apart       Its connections are its own, so that a flood of usage cannot keep a disabled key from being seen; and refusals
 *             have theirs, which do not wait for the disk. None holds back the readers of the ledger (connect.ts).
 * Recovers    By the pool: a connection that died is replaced when it is next needed.
 * Checked by  store.test.ts (../control.spec.ts on a real server), race.test.ts, facts.test.ts, ../../server/control-postgres.test.ts
 */
import pLimit from 'p-limit'
import type { UsageRegistrationEntry } from '../../core/control-entries.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import {
  type Committed,
  type ControlChange,
  type ControlChanges,
  type ControlStore,
  type LogEntry,
  REFUSAL_BOUNDS,
  type RefusalBounds,
  type RefusalPage,
  type RefusalQuery,
  type RegistrationQuery,
  type TokenUse,
} from '../control.ts'
import type { NoticeOutbox } from '../notice-outbox.ts'
import { POSTGRES_BOUNDS } from '../postgres/bounds.ts'
import { openPool, placeOf, type Pool } from '../postgres/connect.ts'
import { describeCopying } from '../postgres/copy-progress.ts'
import { failureOf, told } from '../postgres/failure.ts'
import { checkSchema } from '../postgres/migrate.ts'
import { checkRights, CONTROL_RIGHTS } from '../postgres/rights.ts'
import { Turns } from '../postgres/turns.ts'
import { LedgerRefused } from '../refused.ts'
import { readChangeLog } from './change-log.ts'
import { EntryTable } from './entries.ts'
import { factsIn, type LedgerFacts } from './facts.ts'
import { NoticeTable } from './notices.ts'
import { RefusalTable } from './refusals.ts'
import { readUsageRegistrations } from './registrations.ts'
import { TokenUseTable } from './token-uses.ts'

export interface PostgresControlSettings {
  /** As for the ledger. */
  readonly url: string
  readonly refusalBounds?: RefusalBounds
  /** For a statement that looks. */
  readonly statementMsMax?: number
  readonly connectMsMax?: number
  /** It will only be read: a role that may not write is enough, and a ledger that was moved may still be looked at. */
  readonly readOnly?: boolean
  /** It is a copy that writes, into a ledger that takes nothing else meanwhile. */
  readonly copying?: boolean
}

/** One to look, one to change, one to count uses of tokens. */
const CONTROL_CONNECTIONS = 3
/** For people who look. */
const LOOKS_MAX = 1
/** One more to keep refusals, and one for what becomes of notices. */
const ASIDE_CONNECTIONS = LOOKS_MAX + 2
/** A big change writes for seconds, and who looks through many refusals reads for as long. */
const LONG_STATEMENT_MS_MAX = 30_000

interface Pools {
  readonly control: Pool
  /** Refusals, and what people look through: nothing that anybody waits for. */
  readonly aside: Pool
}

export class PostgresControlStore implements ControlStore {
  readonly facts: LedgerFacts
  readonly #place: string
  readonly #pools: Pools
  readonly #entries: EntryTable
  readonly #refusals: RefusalTable
  readonly #tokenUses: TokenUseTable
  readonly #looks = new Turns(LOOKS_MAX)
  readonly notices: NoticeOutbox
  #closing: Promise<void> | undefined

  /** @throws LedgerRefused with one sentence, whatever is wrong. The schema must be there: see migrate.ts. */
  static async open(settings: PostgresControlSettings): Promise<PostgresControlStore> {
    const pools = await openPools(settings)
    const place = placeOf(settings.url)
    try {
      await checkSchema(pools.control, place)
      const access = settings.readOnly === true ? 'read' : 'write'
      await checkRights(pools.control, place, CONTROL_RIGHTS, access)
      const store = new PostgresControlStore(settings, pools)
      if (settings.readOnly !== true) await refuseOnItsWay(store.facts, settings)
      return store
    } catch (error) {
      await endPools(pools)
      throw failureOf(error, place)
    }
  }

  private constructor(settings: PostgresControlSettings, pools: Pools) {
    const { url, statementMsMax = POSTGRES_BOUNDS.statementMsMax } = settings
    this.#place = placeOf(url)
    this.#pools = pools
    const changeInTurn = pLimit(1)
    this.#entries = new EntryTable(pools.control, changeInTurn, statementMsMax)
    this.#refusals = new RefusalTable(pools.aside, settings.refusalBounds ?? REFUSAL_BOUNDS)
    this.#tokenUses = new TokenUseTable(pools.control)
    this.notices = this.#toldOf(new NoticeTable(pools.aside, pools.control, changeInTurn))
    this.facts = factsIn(pools.control, (use) => this.#told(use))
  }

  changesAfter(version: number): Promise<ControlChanges> {
    return this.#told(() => this.#entries.changesAfter(version))
  }

  commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'> {
    return this.#told(() => this.#entries.commit(change))
  }

  readUsageRegistrations(query: RegistrationQuery): Promise<readonly UsageRegistrationEntry[]> {
    return this.#looked(() => readUsageRegistrations(this.#pools.aside, query))
  }

  readLog(query: { after: number; countMax: number }): Promise<readonly LogEntry[]> {
    return this.#looked(() => readChangeLog(this.#pools.aside, query))
  }

  appendRefusals(batch: readonly RefusedRecord[]): Promise<'kept' | 'busy'> {
    return this.#told(() => this.#refusals.append(batch))
  }

  readRefusals(query: RefusalQuery): Promise<RefusalPage> {
    return this.#looked(() => this.#refusals.read(query))
  }

  useToken(use: TokenUse): Promise<'used' | 'usedUp' | 'busy'> {
    return this.#told(() => this.#tokenUses.use(use))
  }

  #toldOf(notices: NoticeOutbox): NoticeOutbox {
    return {
      lend: (asked) => this.#told(() => notices.lend(asked)),
      settle: (lent, settlement) => this.#told(() => notices.settle(lent, settlement)),
      read: (query) => this.#looked(() => notices.read(query)),
      resend: (id) => this.#told(() => notices.resend(id)),
      backlog: (nowMs) => this.#looked(() => notices.backlog(nowMs)),
      prune: (doneBeforeMs) => this.#told(() => notices.prune(doneBeforeMs)),
    }
  }

  async close(): Promise<void> {
    this.#closing ??= endPools(this.#pools)
    await this.#closing
  }

  /** By people, who wait for each other: what is written beside them keeps its connection. */
  #looked<Result>(look: () => Promise<Result>): Promise<Result> {
    return this.#told(() => this.#looks.take(look))
  }

  /** Failures of the database as a sentence; our own and a caller's mistakes as they are. */
  #told<Result>(use: () => Promise<Result>): Promise<Result> {
    return told(this.#place, use)
  }
}

async function openPools({ url, connectMsMax }: PostgresControlSettings): Promise<Pools> {
  const settings = {
    url,
    statementMsMax: LONG_STATEMENT_MS_MAX,
    connectMsMax: connectMsMax ?? POSTGRES_BOUNDS.connectMsMax,
  }
  return {
    control: await openPool({ ...settings, kind: 'control', connectionsMax: CONTROL_CONNECTIONS }),
    aside: await openPool({
      ...settings,
      kind: 'aside',
      connectionsMax: ASIDE_CONNECTIONS,
    }),
  }
}

/** What is on its way here, or has gone, is not to be changed by anybody else. */
async function refuseOnItsWay(
  facts: LedgerFacts,
  { url, copying }: PostgresControlSettings,
): Promise<void> {
  const place = placeOf(url)
  const movedTo = await facts.read('movedTo')
  if (movedTo !== undefined) {
    throw new LedgerRefused(`The ledger at ${place} was moved to ${movedTo}. Use it there.`)
  }
  const from = copying === true ? undefined : await facts.read('copyingFrom')
  if (from !== undefined) throw new LedgerRefused(describeCopying(place, from))
}

async function endPools({ control, aside }: Pools): Promise<void> {
  await Promise.all([control.end(), aside.end()])
}

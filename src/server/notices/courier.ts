/**
 * Brings notices from the outbox to the sellers' webhooks.
 *
 * Order       Of one agreement one at a time, and the next only when the one before was delivered, dropped or given up.
 * Once        Each is lent to one replica for a minute, far longer than an attempt; whoever fails to say what became of it has
 *             sent it for nothing, and it is sent again. So a receiver may get a notice twice, with the same id.
 * Nobody else Each seller has at most four attempts under way in a process, so a receiver that is slow or dead keeps nobody
 *             else waiting; all together have at most 256.
 * Costs       Nothing while no seller has a webhook.
 * Checked by  courier.test.ts, with real receivers, on a memory store and on PostgreSQL by two at once.
 */
import type { CatalogIndex } from '../../core/catalog-index.ts'
import { noticeTurn } from '../../core/notice-turn.ts'
import type { AccountId, InstantMs } from '../../core/usage.ts'
import type { LentNotice, NoticeOutbox, NoticeSettlement } from '../../store/notice-outbox.ts'
import { notificationOf } from '../../wire/notification.ts'
import { untilFree } from '../until-free.ts'
import { post, type PostSettings } from './post.ts'
import { pauseMsAfter } from './retry-schedule.ts'

export interface CourierParts {
  readonly outbox: NoticeOutbox
  readonly catalog: Pick<CatalogIndex, 'sellers' | 'agreements' | 'agreementsOf'>
  /** The profile's. */
  readonly lastHourMs: number
  /** Domain time, milliseconds since 1970. */
  readonly nowMs: () => number
  /** Effort time, milliseconds since 1970. */
  readonly machineNowMs: () => number
  readonly receivers: Omit<PostSettings, 'answerMsMax'>
  /** Told when a notice is given up, once for each. */
  readonly gaveUp?: (lent: LentNotice, result: string) => void
  /** Told when the outbox cannot be reached. */
  readonly failed?: (error: unknown) => void
  readonly answerMsMax?: number
  readonly lookEveryMs?: number
}

/** What no replica has brought yet. */
export interface CourierBacklog {
  readonly waiting: number
  /** How long the oldest has been due, domain time. */
  readonly oldestMs: number
}

/** Attempts of this process. */
export interface CourierFigures {
  readonly delivered: number
  readonly failed: number
}

const LOOK_EVERY_MS = 1_000
const ANSWER_MS_MAX = 10_000
const LENT_MS = 60_000
const UNDER_WAY_MAX = 256
const PER_SELLER_MAX = 4
const PRUNE_EVERY_MS = 3_600_000
const KEPT_MS_MAX = 30 * 86_400_000

export class Courier {
  readonly #parts: CourierParts
  /** How many attempts of each seller are under way. */
  readonly #underWay = new Map<AccountId, number>()
  readonly #running = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #prunedMs = 0
  #delivered = 0
  #failed = 0

  constructor(parts: CourierParts) {
    this.#parts = parts
  }

  /** Delivers until `stop`. The timer alone keeps no process alive. */
  start(): void {
    const everyMs = this.#parts.lookEveryMs ?? LOOK_EVERY_MS
    this.#timer ??= setInterval(() => {
      this.#look()
    }, everyMs).unref()
  }

  figures(): CourierFigures {
    return { delivered: this.#delivered, failed: this.#failed }
  }

  async backlog(): Promise<CourierBacklog> {
    const nowMs = this.#parts.nowMs()
    const { count, oldestDueMs = nowMs } = await this.#parts.outbox.backlog(nowMs)
    return { waiting: count, oldestMs: nowMs - oldestDueMs }
  }

  /** Ends, and waits for what is under way. The outbox is the caller's to close. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#looking
    await Promise.all(this.#running)
  }

  #look(): void {
    if (this.#looking !== undefined || !this.#hasReceivers()) return
    this.#looking = this.#lend()
      .catch((error: unknown) => this.#parts.failed?.(error))
      .finally(() => {
        this.#looking = undefined
      })
  }

  #hasReceivers(): boolean {
    for (const { webhook } of this.#parts.catalog.sellers.values()) if (webhook) return true
    return false
  }

  async #lend(): Promise<void> {
    const { outbox, nowMs, machineNowMs } = this.#parts
    await this.#prune()
    const countMax = UNDER_WAY_MAX - this.#running.size
    if (countMax <= 0) return
    const lent = await outbox.lend({
      nowMs: nowMs(),
      machineNowMs: machineNowMs(),
      lentMs: LENT_MS,
      countMax,
      perSellerMax: PER_SELLER_MAX,
      busySellers: [...this.#underWay.keys()],
    })
    for (const one of lent) this.#take(one)
  }

  #take(lent: LentNotice): void {
    const { seller } = lent.notice
    this.#underWay.set(seller, (this.#underWay.get(seller) ?? 0) + 1)
    const run = this.#bring(lent)
      .catch((error: unknown) => this.#parts.failed?.(error))
      .finally(() => {
        this.#running.delete(run)
        this.#release(seller)
      })
    this.#running.add(run)
  }

  /** Whatever comes next of the seller need not wait for the next look. */
  #release(seller: AccountId): void {
    const left = (this.#underWay.get(seller) ?? 1) - 1
    if (left > 0) {
      this.#underWay.set(seller, left)
      return
    }
    this.#underWay.delete(seller)
    if (this.#timer !== undefined) this.#look()
  }

  async #bring(lent: LentNotice): Promise<void> {
    const settlement = await this.#settlementOf(lent)
    if (settlement.state === 'failed') this.#parts.gaveUp?.(lent, settlement.result)
    await untilFree(() => this.#parts.outbox.settle(lent, settlement))
  }

  async #settlementOf(lent: LentNotice): Promise<NoticeSettlement> {
    const { catalog, nowMs, machineNowMs, lastHourMs } = this.#parts
    const { notice } = lent
    const webhook = catalog.sellers.get(notice.seller)?.webhook
    if (webhook === undefined) {
      const result = 'the seller has no webhook any more'
      return { state: 'dropped', result, machineNowMs: machineNowMs() }
    }
    const turn = noticeTurn(notice, catalog, nowMs() as InstantMs, lastHourMs)
    if (turn.kind === 'wait') return { state: 'waiting', dueMs: turn.untilMs }
    if (turn.kind === 'drop') {
      return { state: 'dropped', result: turn.reason, machineNowMs: machineNowMs() }
    }
    return this.#attempt(lent, webhook.url)
  }

  async #attempt({ notice, attempts }: LentNotice, url: string): Promise<NoticeSettlement> {
    const { receivers, answerMsMax = ANSWER_MS_MAX } = this.#parts
    const { headers, body } = notificationOf(notice)
    const { taken, result } = await post({ url, headers, body }, { ...receivers, answerMsMax })
    const machineNowMs = this.#parts.machineNowMs()
    if (taken) {
      this.#delivered += 1
      return { state: 'delivered', result, machineNowMs }
    }
    this.#failed += 1
    const pauseMs = pauseMsAfter(attempts + 1)
    if (pauseMs === undefined) return { state: 'failed', result, machineNowMs }
    return { state: 'waiting', result, machineNowMs, nextAttemptMs: machineNowMs + pauseMs }
  }

  async #prune(): Promise<void> {
    const nowMs = this.#parts.machineNowMs()
    if (nowMs - this.#prunedMs < PRUNE_EVERY_MS) return
    this.#prunedMs = nowMs
    await this.#parts.outbox.prune(nowMs - KEPT_MS_MAX)
  }
}

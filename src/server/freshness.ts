/**
 * How fresh a view is that is kept by looking again and again, and what becomes of who needs it fresh.
 *
 * Age         Counted from when the last look began that succeeded: what it saw is no older than that.
 * Stale       Nobody may be judged by a stale view, because a disabled key must have stopped by then. Who is about to
 *             judge asks `freshen`, which looks again and fails if that fails.
 * Busy        A process that was too busy to look has nobody to blame: it looks when it is next asked, refuses nothing,
 *             and stays ready.
 * Checked by  freshness.test.ts
 */
import { setTimeout } from 'node:timers/promises'

export interface FreshnessOptions {
  /** How often somebody is to call `refresh`. */
  readonly lookEveryMs?: number
  readonly staleMsMax?: number
  /** How long `freshen` waits for a look that does not end. */
  readonly lookMsMax?: number
  /** Effort time, monotonic. */
  readonly nowMs?: () => number
}

/** What docs/operating/security.md promises of a disabled key. */
const STALE_MS_MAX = 2_000
const LOOK_EVERY_MS = 500
const LOOK_MS_MAX = 2_000
/** What has just failed is left alone for so long: requests may come faster than it can fail. */
const FAILED_PAUSE_MS = 100

export class Freshness {
  readonly lookEveryMs: number
  readonly #look: () => Promise<void>
  readonly #nowMs: () => number
  readonly #staleMsMax: number
  readonly #lookMsMax: number
  #seenAtMs: number
  #looking: { readonly beganMs: number; readonly done: Promise<void> } | undefined
  #failure: { readonly error: unknown; readonly atMs: number } | undefined
  #freshening: Promise<void> | undefined

  constructor(look: () => Promise<void>, options: FreshnessOptions) {
    this.#look = look
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.lookEveryMs = options.lookEveryMs ?? LOOK_EVERY_MS
    this.#staleMsMax = options.staleMsMax ?? STALE_MS_MAX
    this.#lookMsMax = options.lookMsMax ?? LOOK_MS_MAX
    this.#seenAtMs = this.#nowMs()
  }

  get ageMs(): number {
    return this.#nowMs() - this.#seenAtMs
  }

  /** Stale, and not for want of looking: the last look failed, or one should have ended by now. */
  get isLost(): boolean {
    if (!this.#isStale()) return false
    if (this.#failure !== undefined) return true
    return this.#looking !== undefined && this.#nowMs() - this.#looking.beganMs > this.lookEveryMs
  }

  /** Looks at once. Calls that meet share one look. */
  refresh(): Promise<void> {
    const beganMs = this.#nowMs()
    this.#looking ??= {
      beganMs,
      done: this.#lookFrom(beganMs).finally(() => {
        this.#looking = undefined
      }),
    }
    return this.#looking.done
  }

  /** Waits for a look that is under way, and for no other. */
  async settled(): Promise<void> {
    await this.#looking?.done.catch(() => undefined)
  }

  /**
   * Nothing while the view is fresh, which costs a look at the clock.
   *
   * @returns Else a look, shared by all who ask meanwhile, that fails if the view does not become fresh.
   */
  freshen(): Promise<void> | undefined {
    if (!this.#isStale()) return undefined
    this.#freshening ??= this.#lookInTime().finally(() => {
      this.#freshening = undefined
    })
    return this.#freshening
  }

  #isStale(): boolean {
    return this.ageMs > this.#staleMsMax
  }

  async #lookFrom(beganMs: number): Promise<void> {
    try {
      await this.#look()
      this.#seenAtMs = beganMs
      this.#failure = undefined
    } catch (error) {
      this.#failure = { error, atMs: this.#nowMs() }
      throw error
    }
  }

  async #lookInTime(): Promise<void> {
    if (this.#failure !== undefined && this.#nowMs() - this.#failure.atMs < FAILED_PAUSE_MS) {
      throw this.#failure.error
    }
    const waiting = new AbortController()
    const late = setTimeout(this.#lookMsMax, 'late' as const, { signal: waiting.signal })
    try {
      if ((await Promise.race([this.#lookUntilFresh(), late])) !== 'late') return
    } finally {
      waiting.abort()
    }
    throw new Error(`no answer within ${this.#lookMsMax} ms`)
  }

  async #lookUntilFresh(): Promise<void> {
    await this.refresh()
    // That look may have been under way for long, so what it saw is old.
    if (this.#isStale()) await this.refresh()
  }
}

/**
 * The control data as this process sees it, kept fresh while other processes change it.
 *
 * Fresh       Every half second it asks the store what changed; a change made through here shows at once.
 * Changing    A wish is decided upon what is seen, and committed upon the version that was seen. If somebody was first,
 *             it looks again and decides again, so a rule that held when it was checked holds in what is stored.
 * Failing     A poll that fails is told and tried again; it never throws out of its timer. When what is seen is older than
 *             two seconds nobody is judged by it (freshness.ts), and the state calls itself not ready.
 * Checked by control-state.test.ts
 */
import { randomInt, randomUUID } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type CatalogDecision, decideChange, type EntryChange } from '../core/catalog-change.ts'
import { CatalogIndex } from '../core/catalog-index.ts'
import { newNames } from '../core/catalog-names.ts'
import type { Wanted } from '../core/catalog-wanted.ts'
import {
  type AccessKeyEntry,
  type ControlEntry,
  entryKeyOf,
  isSealed,
  type SealedEntry,
  type UsageRegistrationEntry,
} from '../core/control-entries.ts'
import { noticesOfChange } from '../core/notices-of-change.ts'
import type { InstantMs } from '../core/usage.ts'
import type { ControlStore } from '../store/control.ts'
import { Freshness, type FreshnessOptions } from './freshness.ts'

export interface ControlStateOptions extends FreshnessOptions {
  /** Told of keys that changed, whoever changed them: what is cached of them must go at once. */
  readonly keyChanged?: (entry: SealedEntry) => void
  /** Told when a poll fails. */
  readonly pollFailed?: (error: unknown) => void
  /** By which temporary keys are long gone, in milliseconds since 1970. Default: the machine's clock. */
  readonly domainNowMs?: () => number
}

/** Who wants a change, and in which words the log is to tell of it. */
export interface ChangeRequest {
  readonly wanted: readonly Wanted[]
  readonly nowMs: number
  readonly actor: string
  readonly summary: string
}

export type NoteRequest = Omit<ChangeRequest, 'wanted'>

/**
 * Temporary keys are many and never deleted, as is what their sessions registered. Of those that expired before yesterday
 * neither is kept in memory.
 */
const GONE_MS_MIN = 86_400_000
const FORGET_EVERY_MS = 3_600_000
const REGISTRATIONS_TOGETHER = 1_000

function isLongGone({ temporary }: AccessKeyEntry, nowMs: number): boolean {
  return temporary !== undefined && nowMs - temporary.expiresMs > GONE_MS_MIN
}

/** Another process may be writing a big catalog, for some seconds. */
const CHANGE_MS_MAX = 10_000
const BUSY_PAUSE_MS = 20

export class ControlState {
  readonly index = new CatalogIndex()
  readonly #store: ControlStore
  readonly #options: ControlStateOptions
  readonly #freshness: Freshness
  #version = 0
  #timer: NodeJS.Timeout | undefined
  #forgotMs: number

  private constructor(store: ControlStore, options: ControlStateOptions) {
    this.#store = store
    this.#options = options
    this.#forgotMs = this.#domainNowMs()
    this.#freshness = new Freshness(() => this.#readChanges(), options)
  }

  /** Reads all that the store has. */
  static async open(store: ControlStore, options: ControlStateOptions = {}): Promise<ControlState> {
    const state = new ControlState(store, options)
    await state.refresh()
    return state
  }

  /** The version that is seen now. */
  get version(): number {
    return this.#version
  }

  /** Keeps the view fresh until `stop`. The timer alone keeps no process alive. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#poll(), this.#freshness.lookEveryMs).unref()
  }

  /** Ends polling and waits for a poll that runs. The store is the caller's to close. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#freshness.settled()
  }

  health(): { readonly ready: boolean; readonly note?: string } {
    const { isLost, ageMs } = this.#freshness
    if (!this.#isKeptFresh || !isLost) return { ready: true }
    const seconds = Math.round(ageMs / 1_000)
    return {
      ready: false,
      note: `The catalog could not be read for ${seconds} s, so nobody knows which keys are still good, and requests get 500. See the log.`,
    }
  }

  /** Looks at once. Calls that meet share one look. */
  refresh(): Promise<void> {
    return this.#freshness.refresh()
  }

  /**
   * For who is about to judge a request by what is seen: nothing while that is fresh.
   *
   * @returns Else a look that fails if what is seen does not become fresh.
   */
  freshen(): Promise<void> | undefined {
    return this.#isKeptFresh ? this.#freshness.freshen() : undefined
  }

  /** Who does not keep it fresh has opened it for one task, and goes by what it saw. */
  get #isKeptFresh(): boolean {
    return this.#timer !== undefined
  }

  /** Decides upon a fresh view without writing: what `apply` shows before it asks. */
  async preview(wanted: readonly Wanted[], nowMs: number): Promise<CatalogDecision> {
    await this.refresh()
    return this.#decide(wanted, nowMs)
  }

  /** Decides and writes. Nothing is written, and no version used, where nothing is to change. */
  async change(request: ChangeRequest): Promise<CatalogDecision> {
    return this.#untilDone(async () => {
      const decision = this.#decide(request.wanted, request.nowMs)
      if (!decision.ok || decision.changes.length === 0) return decision
      return (await this.#commit(request, decision.changes)) ? decision : undefined
    })
  }

  /** Writes into the log what somebody did that leaves every entry as it is. */
  async note(request: NoteRequest): Promise<void> {
    await this.#untilDone(async () => ((await this.#commit(request, [])) ? 'noted' : undefined))
  }

  /** Looks and tries, again and again while others are first. */
  async #untilDone<Done>(attempt: () => Promise<Done | undefined>): Promise<Done> {
    const untilMs = performance.now() + CHANGE_MS_MAX
    while (performance.now() < untilMs) {
      await this.refresh()
      const done = await attempt()
      if (done !== undefined) return done
    }
    throw new Error('Another process has been changing the catalog all the time. Try again.')
  }

  #decide(wanted: readonly Wanted[], nowMs: number): CatalogDecision {
    return decideChange(this.index, wanted, newNames(randomInt), Math.floor(nowMs) as InstantMs)
  }

  async #commit(request: NoteRequest, changes: readonly EntryChange[]): Promise<boolean> {
    const { actor, summary } = request
    const atMs = Math.floor(request.nowMs) as InstantMs
    const upon = this.#version
    const entries = changes.map((change) => change.after)
    const notices = noticesOfChange(changes, this.index, atMs, randomUUID)
    const committed = await this.#store.commit({ upon, entries, notices, atMs, actor, summary })
    if (committed === 'busy') await setTimeout(BUSY_PAUSE_MS)
    if (committed === 'busy' || committed === 'stale') return false
    // A poll may have seen it already, and more.
    if (this.#version < committed.version) this.#put(committed.version, entries)
    return true
  }

  /**
   * What sessions registered, as the store has it: that of keys that are long gone too. Between its pages others get
   * their turn.
   *
   * @param after The key of one; those that come after it are given, in the order of their keys.
   */
  async *usageRegistrations(after = ''): AsyncGenerator<UsageRegistrationEntry> {
    let last: string | undefined = after
    while (last !== undefined) {
      const query = { after: last, countMax: REGISTRATIONS_TOGETHER }
      const page = await this.#store.readUsageRegistrations(query)
      yield* page
      const end = page.at(-1)
      last = end && entryKeyOf(end)
      await setImmediate()
    }
  }

  async #poll(): Promise<void> {
    this.#forgetGoneKeys()
    try {
      await this.refresh()
    } catch (error) {
      this.#options.pollFailed?.(error)
    }
  }

  #forgetGoneKeys(): void {
    const nowMs = this.#domainNowMs()
    if (nowMs - this.#forgotMs < FORGET_EVERY_MS) return
    this.#forgotMs = nowMs
    this.index.forgetKeys((key) => isLongGone(key, nowMs))
  }

  #domainNowMs(): number {
    return this.#options.domainNowMs?.() ?? Date.now()
  }

  async #readChanges(): Promise<void> {
    const { version, entries } = await this.#store.changesAfter(this.#version)
    // Older than what a change through here has shown meanwhile.
    if (version > this.#version) this.#put(version, entries)
  }

  #put(version: number, entries: readonly ControlEntry[]): void {
    this.#version = version
    const nowMs = this.#domainNowMs()
    const keys = entries.filter((entry) => entry.kind === 'accessKey')
    const gone = new Set(keys.filter((key) => isLongGone(key, nowMs)).map(({ id }) => id))
    for (const entry of entries) {
      if (entry.kind === 'accessKey' && gone.has(entry.id)) continue
      if (entry.kind === 'usageRegistration' && gone.has(entry.accessKeyId)) continue
      this.index.put(entry)
      if (isSealed(entry)) this.#options.keyChanged?.(entry)
    }
  }
}

/** The control store of a sandbox that keeps nothing: the contract with maps, for as long as the process lives. */
import {
  type ControlEntry,
  entryKeyOf,
  type UsageRegistrationEntry,
} from '../core/control-entries.ts'
import { type KeptRefusal, refusalIdentityOf, type RefusedRecord } from '../core/refused-record.ts'
import type { InstantMs } from '../core/usage.ts'
import {
  type Committed,
  type ControlChange,
  type ControlChanges,
  type ControlStore,
  type LogEntry,
  loggedTextOf,
  REFUSAL_BOUNDS,
  placeOfCursor,
  type RefusalBounds,
  type RefusalPage,
  type RefusalQuery,
  type RegistrationQuery,
  type TokenUse,
} from './control.ts'
import { MemoryNotices } from './notices-memory.ts'
import { refusalShareOf, shareCountMax } from './refusal-shares.ts'

export class MemoryControlStore implements ControlStore {
  readonly #bounds: RefusalBounds
  readonly #log: Logged[] = []
  readonly #entries = new Map<string, { readonly version: number; readonly entry: ControlEntry }>()
  /** By identity, in order of first appearance. */
  readonly #refusals = new Map<string, Numbered>()
  #refusalCount = 0
  readonly #tokenUses = new Map<string, { readonly uses: number; readonly atMs: InstantMs }>()
  readonly notices = new MemoryNotices()

  constructor(bounds: RefusalBounds = REFUSAL_BOUNDS) {
    this.#bounds = bounds
  }

  /** A store of its own that begins with what this one has. */
  copy(): MemoryControlStore {
    const copy = new MemoryControlStore(this.#bounds)
    for (const entry of this.#log) copy.#log.push(entry)
    for (const [key, entry] of this.#entries) copy.#entries.set(key, entry)
    for (const [identity, refusal] of this.#refusals) copy.#refusals.set(identity, refusal)
    copy.#refusalCount = this.#refusalCount
    for (const [id, uses] of this.#tokenUses) copy.#tokenUses.set(id, uses)
    copy.notices.takeAll(this.notices)
    return copy
  }

  async changesAfter(version: number): Promise<ControlChanges> {
    const present = this.#log.length
    if (version >= present) return { version: present, entries: [] }
    const changed = [...this.#entries.values()].filter((one) => one.version > version)
    return { version: present, entries: changed.map((one) => one.entry) }
  }

  async commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'> {
    if (change.upon !== this.#log.length) return 'stale'
    const version = change.upon + 1
    const { atMs, actor, summary } = change
    this.#log.push({ version, atMs, actor, summary, entries: change.entries })
    for (const entry of change.entries) {
      this.#entries.set(`${entry.kind} ${entryKeyOf(entry)}`, { version, entry })
    }
    this.notices.add(change.notices ?? [])
    return { version }
  }

  async readUsageRegistrations({
    after,
    countMax,
  }: RegistrationQuery): Promise<readonly UsageRegistrationEntry[]> {
    const found: { readonly key: string; readonly entry: UsageRegistrationEntry }[] = []
    for (const { entry } of this.#entries.values()) {
      if (entry.kind !== 'usageRegistration' || entryKeyOf(entry) <= after) continue
      found.push({ key: entryKeyOf(entry), entry })
    }
    found.sort((left, right) => (left.key < right.key ? -1 : 1))
    return found.slice(0, countMax).map(({ entry }) => entry)
  }

  async readLog(query: { after: number; countMax: number }): Promise<readonly LogEntry[]> {
    return this.#log
      .slice(query.after, query.after + query.countMax)
      .map(({ entries, ...logged }) => ({ ...logged, what: loggedTextOf(entries) }))
  }

  async appendRefusals(batch: readonly RefusedRecord[]): Promise<'kept'> {
    for (const refused of batch) {
      const identity = refusalIdentityOf(refused)
      const earlier = this.#refusals.get(identity)
      const position = earlier?.position ?? ++this.#refusalCount
      const firstAtMs = earlier?.kept.firstAtMs ?? refused.atMs
      const count = (earlier?.kept.count ?? 0) + 1
      this.#refusals.set(identity, { position, kept: { refused, firstAtMs, count } })
    }
    for (const seller of new Set(batch.map((refused) => refused.seller))) this.#prune(seller)
    return 'kept'
  }

  async readRefusals(query: RefusalQuery): Promise<RefusalPage> {
    const below = placeOfCursor(query) ?? Infinity
    const matching = [...this.#refusals.values()]
      .filter((one) => one.position < below && matches(one.kept.refused, query))
      .sort((left, right) => right.position - left.position)
    const page = matching.slice(0, query.countMax)
    const last = page.at(-1)
    const more = last !== undefined && matching.length > page.length
    return {
      refusals: page.map((one) => one.kept),
      ...(more ? { next: String(last.position) } : {}),
    }
  }

  async useToken(use: TokenUse): Promise<'used' | 'usedUp'> {
    const { tokenId, usesMax, atMs, forgetBeforeMs } = use
    for (const [id, one] of this.#tokenUses) {
      if (one.atMs < forgetBeforeMs) this.#tokenUses.delete(id)
    }
    const uses = this.#tokenUses.get(tokenId)?.uses ?? 0
    if (uses >= usesMax) return 'usedUp'
    this.#tokenUses.set(tokenId, { uses: uses + 1, atMs })
    return 'used'
  }

  async close(): Promise<void> {
    // There is nothing to let go of.
  }

  #prune(seller: string): void {
    const own = [...this.#refusals]
      .filter(([, { kept }]) => kept.refused.seller === seller)
      .reverse()
      .sort(([, left], [, right]) => right.kept.refused.atMs - left.kept.refused.atMs)
    const newest = own[0]?.[1].kept.refused.atMs ?? (0 as InstantMs)
    const counts = new Map<string, number>()
    for (const [identity, { kept }] of own) {
      const share = refusalShareOf(kept.refused)
      const count = (counts.get(share.signer) ?? 0) + 1
      counts.set(share.signer, count)
      const old = newest - kept.refused.atMs > this.#bounds.ageMsMax
      if (count > shareCountMax(this.#bounds, share) || old) this.#refusals.delete(identity)
    }
  }
}

/** Put into words when somebody reads it, which in a sandbox nobody does of nearly all. */
interface Logged extends Omit<LogEntry, 'what'> {
  readonly entries: readonly ControlEntry[]
}

interface Numbered {
  readonly position: number
  readonly kept: KeptRefusal
}

function matches(refused: RefusedRecord, query: RefusalQuery): boolean {
  const { seller, code, productCode, fromMs, beforeMs } = query
  return (
    (seller === undefined || refused.seller === seller) &&
    (code === undefined || refused.code === code) &&
    (productCode === undefined || refused.productCode === productCode) &&
    (fromMs === undefined || refused.atMs >= fromMs) &&
    (beforeMs === undefined || refused.atMs < beforeMs)
  )
}

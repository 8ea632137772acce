/**
 * What `serve` keeps beside the ledger, as its callers see it: catalog, keys, tokens, change log, refusals,
 * and notices to sellers.
 *
 * Promises   - `commit` writes all of a change or nothing, and only upon the version that it was decided on, so
 *              rules that were checked against that version hold for what is stored, whoever else writes.
 *            - A committed change is on stable storage. Nothing is ever deleted, but for old refusals.
 *            - The version grows by one with each change, and each entry carries the version that last changed it,
 *              so a reader that asks for what changed after a version misses nothing.
 * Checked by control.spec.ts, which every store's own test file calls.
 */
import type { ControlEntry, UsageRegistrationEntry } from '../core/control-entries.ts'
import type { Notice } from '../core/notice.ts'
import type { KeptRefusal, RefusedRecord } from '../core/refused-record.ts'
import type { AccountId, InstantMs } from '../core/usage.ts'
import type { NoticeOutbox } from './notice-outbox.ts'

export interface ControlStore {
  /** What sellers are told of changes: written with them, by `commit`. */
  readonly notices: NoticeOutbox

  /** Entries whose last change came after `version`; 0 asks for all. Cheap when nothing changed. */
  changesAfter(version: number): Promise<ControlChanges>

  /**
   * Writes a change that was decided on `change.upon`; says `stale` if the store has moved on since, and `busy` if
   * another process is writing: nobody waits inside, because the whole process would.
   */
  commit(change: ControlChange): Promise<Committed | 'stale' | 'busy'>

  /** One page of what sessions registered, those of keys that are long gone too, in the order of their keys. */
  readUsageRegistrations(query: RegistrationQuery): Promise<readonly UsageRegistrationEntry[]>

  /** One page of the change log, oldest first. */
  readLog(query: {
    readonly after: number
    readonly countMax: number
  }): Promise<readonly LogEntry[]>

  /**
   * Keeps refused records: equal ones are counted, the oldest of a share go when it has too many. `busy` means that none
   * was kept, because another process is writing.
   */
  appendRefusals(batch: readonly RefusedRecord[]): Promise<'kept' | 'busy'>

  /** One page of refused records, the latest to appear first. */
  readRefusals(query: RefusalQuery): Promise<RefusalPage>

  /**
   * Counts a use of a registration token, unless it was used as often as it may be: never once more, whoever asks at the same
   * time. `busy` means that nothing was counted, because another process is writing.
   */
  useToken(use: TokenUse): Promise<'used' | 'usedUp' | 'busy'>

  close(): Promise<void>
}

/** @property after The key of the last entry of the page before; empty for the first page. */
export interface RegistrationQuery {
  readonly after: string
  readonly countMax: number
}

/** @property tokenId Tells tokens apart; not the token, which nobody may read here. */
export interface TokenUse {
  readonly tokenId: string
  readonly usesMax: number
  readonly atMs: InstantMs
  /** Tokens that were last used before this instant are good no more, and may be forgotten. */
  readonly forgetBeforeMs: InstantMs
}

/** How many a store forgets at most with one use. */
export const SWEPT_MAX = 100

export interface ControlChanges {
  readonly version: number
  readonly entries: readonly ControlEntry[]
}

/** One change: the entries as they are to be, and what the log says of it. */
export interface ControlChange {
  readonly upon: number
  readonly entries: readonly ControlEntry[]
  /** What sellers are to be told of it, in order. */
  readonly notices?: readonly Notice[]
  readonly atMs: InstantMs
  /** Who did it: `user:NAME` for commands, `token:ID` for the admin API. */
  readonly actor: string
  /** What was done, in one line. */
  readonly summary: string
}

export interface Committed {
  readonly version: number
}

/** What the change log keeps. It is append-only. */
export interface LogEntry {
  readonly version: number
  readonly atMs: InstantMs
  readonly actor: string
  readonly summary: string
  /** The entries as they became: a JSON array, without secrets and hashes. */
  readonly what: string
}

/** Every member narrows. */
export interface RefusalQuery {
  readonly seller?: AccountId
  readonly code?: string
  readonly productCode?: string
  /** Refused at this instant or later, and before that one. */
  readonly fromMs?: InstantMs
  readonly beforeMs?: InstantMs
  /** Where the page before ended. Opaque. */
  readonly after?: string
  /** 1 to 10,000. */
  readonly countMax: number
}

export interface RefusalPage {
  readonly refusals: readonly KeptRefusal[]
  readonly next?: string
}

/** How much a seller's refusals may take: the newest this many of its own (refusal-shares.ts), none older than this. */
export interface RefusalBounds {
  readonly countMax: number
  readonly ageMsMax: number
}

/** Where a page of refusals or notices begins. @throws RangeError on a cursor that no store made: tell the caller. */
export function placeOfCursor({ after }: { readonly after?: string }): number | undefined {
  if (after === undefined) return undefined
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw new RangeError('This cursor was not made by this service.')
}

/** What the change log says of entries: all but what could open a door. */
export function loggedTextOf(entries: readonly ControlEntry[]): string {
  const hidden = new Set(['secret', 'hash', 'sessionTokenHash'])
  return JSON.stringify(entries, (name, value: unknown) => (hidden.has(name) ? undefined : value))
}

export const REFUSAL_BOUNDS: RefusalBounds = { countMax: 100_000, ageMsMax: 30 * 86_400_000 }

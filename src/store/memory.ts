/**
 * The ledger in memory: for tests and `--in-memory`, and the plainest statement of the contract.
 *
 * Limits      Nothing outlives the process, and every record stays resident.
 * Checked by  memory.test.ts, which runs ledger.spec.ts.
 */
import type { HourKey } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import type { Call, HeldRecord, MeteringRecord, NewRecord } from '../core/metering-record.ts'
import { checkTokened, tokenHashesOf, TokenTaken } from './client-token.ts'
import { RecordingClock } from './clock.ts'
import { checkIncoming } from './incoming.ts'
import type { Held, Ledger, LedgerHealth, LedgerPage, LedgerQuery } from './ledger.ts'
import { cursorAt, matches, positionBefore, refuseBeyond } from './query.ts'
import { recordIdOf } from './record-id.ts'

/** Records looked at for one page, so that no page takes long. */
const SCAN_MAX = 100_000

export class MemoryLedger implements Ledger {
  readonly #byKey = new Map<string, MeteringRecord>()
  readonly #tokens = new MemoryTokens()
  readonly #inOrder: MeteringRecord[] = []
  readonly #clock: RecordingClock
  #closed = false

  /** @param nowUs Microseconds since 1970 by the machine's clock. */
  constructor(nowUs: () => number) {
    this.#clock = new RecordingClock(nowUs, 0)
  }

  /** A ledger of its own that begins with what this one holds. */
  copy(nowUs: () => number): MemoryLedger {
    const copy = new MemoryLedger(nowUs)
    for (const [key, record] of this.#byKey) copy.#byKey.set(key, record)
    for (const record of this.#inOrder) copy.#inOrder.push(record)
    copy.#tokens.takeAll(this.#tokens)
    return copy
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<readonly Held[]> {
    this.#refuseIfClosed()
    checkIncoming(records)
    checkTokened(records, token)
    this.#tokens.removeOver(call.receivedAtMs)
    if (token === undefined) return this.#hold(call, records)
    if (this.#tokens.isTaken(token)) throw new TokenTaken()
    const held = this.#hold(call, records)
    if (held[0]?.quantity === records[0]?.quantity) this.#tokens.note(token)
    return held
  }

  async isTaken(token: ClientToken): Promise<boolean> {
    this.#refuseIfClosed()
    return this.#tokens.isTaken(token)
  }

  #hold(call: Call, records: readonly NewRecord[]): readonly Held[] {
    const recordedAtUs = this.#clock.nextUs()
    const added: MeteringRecord[] = []
    const held = records.map((record) => {
      const key = textOf(record)
      const earlier = this.#byKey.get(key)
      if (earlier !== undefined) return { ...heldOf(earlier), added: false }
      const fresh = { ...record, id: recordIdOf(record), recordedAtUs, call }
      this.#byKey.set(key, fresh)
      added.push(fresh)
      return { ...heldOf(fresh), added: true }
    })
    this.#inOrder.push(...added.sort((left, right) => (left.id < right.id ? -1 : 1)))
    return held
  }

  async find(keys: readonly HourKey[]): Promise<readonly (HeldRecord | undefined)[]> {
    this.#refuseIfClosed()
    return keys.map((key) => {
      const record = this.#byKey.get(textOf(key))
      return record && heldOf(record)
    })
  }

  async read(query: LedgerQuery): Promise<LedgerPage> {
    this.#refuseIfClosed()
    let position = positionBefore(query)
    refuseBeyond(position, this.#inOrder.length)
    const scanEnd = Math.min(this.#inOrder.length, position + SCAN_MAX)
    const records: MeteringRecord[] = []
    while (position < scanEnd && records.length < query.countMax) {
      const record = this.#inOrder[position++]
      if (record !== undefined && matches(query, record)) records.push(record)
    }
    const resume = cursorAt(position)
    // Nothing is under way here, so this moment is complete once nothing is recorded before it any more.
    const completeUntilUs = this.#clock.promiseUs()
    return position < this.#inOrder.length
      ? { records, next: resume, resume, completeUntilUs }
      : { records, resume, completeUntilUs }
  }

  health(): LedgerHealth {
    const note = 'The ledger is in memory: what it holds ends with this process.'
    const figures = { records: this.#inOrder.length, client_tokens: this.#tokens.count }
    return { ready: !this.#closed, note, waiting: 0, figures }
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new Error('The ledger is closed.')
  }
}

/** By hash. What is no longer kept goes with the next call, whether that has a token or not. */
class MemoryTokens {
  readonly #kept = new Map<string, { readonly parameters: string; readonly untilMs: number }>()

  get count(): number {
    return this.#kept.size
  }

  isTaken(token: ClientToken): boolean {
    const { name, parameters } = tokenHashesOf(token)
    const kept = this.#kept.get(name)
    if (kept === undefined || kept.untilMs <= token.askedAtMs) return false
    return kept.parameters !== parameters
  }

  takeAll(others: MemoryTokens): void {
    for (const [name, kept] of others.#kept) this.#kept.set(name, kept)
  }

  note(token: ClientToken): void {
    const { name, parameters } = tokenHashesOf(token)
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.untilMs > token.askedAtMs) return
    this.#kept.delete(name)
    this.#kept.set(name, { parameters, untilMs: token.keptUntilMs })
  }

  removeOver(nowMs: number): void {
    for (const [name, { untilMs }] of this.#kept) {
      // In the order in which they came, so nearly in that in which they end.
      if (untilMs > nowMs) break
      this.#kept.delete(name)
    }
  }
}

function textOf(key: HourKey): string {
  return JSON.stringify([key.region, key.billingLine, key.dimension, key.resource, key.hour])
}

function heldOf({ id, quantity, allocations }: MeteringRecord): HeldRecord {
  return allocations === undefined ? { id, quantity } : { id, quantity, allocations }
}

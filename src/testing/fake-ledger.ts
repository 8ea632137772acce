/**
 * A ledger in memory that writes down what it is asked, and fails on demand. It keeps the ledger contract all the
 * while: what it cannot reach it says so of, and nothing is held twice.
 */
import type { HourKey } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import type { Call, HeldRecord, MeteringRecord, NewRecord } from '../core/metering-record.ts'
import type { Dimension } from '../core/usage.ts'
import type { Held, Ledger, LedgerHealth, LedgerPage, LedgerQuery } from '../store/ledger.ts'
import { MemoryLedger } from '../store/memory.ts'
import { NOON } from './builders.ts'

export class FakeLedger implements Ledger {
  /** `find 2`, `hold 25`: each question with the number of keys or records, in order. */
  readonly questions: string[] = []
  /** Records of these dimensions live in a part of the store that cannot be reached. */
  readonly unreachable = new Set<Dimension>()
  /** Rejects every `hold` and `find` while it is there. */
  failure: Error | undefined
  /** What `hold` and `find` wait for before they look; lets a test keep a request waiting. */
  gate: Promise<void> | undefined
  readonly #inner = new MemoryLedger(() => NOON * 1_000)

  async hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<readonly (Held | 'unavailable')[]> {
    await this.#asked('hold', records)
    const reachable = records.filter(({ dimension }) => !this.unreachable.has(dimension))
    const answers = reachable.length === 0 ? [] : await this.#inner.hold(call, reachable, token)
    return this.#answer(records, answers)
  }

  async isTaken(token: ClientToken): Promise<boolean> {
    await this.#asked('isTaken', [token])
    return this.#inner.isTaken(token)
  }

  async find(
    keys: readonly HourKey[],
  ): Promise<readonly (HeldRecord | undefined | 'unavailable')[]> {
    await this.#asked('find', keys)
    const reachable = keys.filter(({ dimension }) => !this.unreachable.has(dimension))
    return this.#answer(keys, await this.#inner.find(reachable))
  }

  /** All that is held, in order. */
  async records(): Promise<readonly MeteringRecord[]> {
    return (await this.#inner.read({ countMax: 10_000 })).records
  }

  read(query: LedgerQuery): Promise<LedgerPage> {
    return this.#inner.read(query)
  }

  health(): LedgerHealth {
    return this.#inner.health()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async #asked(question: string, about: readonly unknown[]): Promise<void> {
    this.questions.push(`${question} ${about.length}`)
    await this.gate
    if (this.failure !== undefined) throw this.failure
  }

  #answer<T>(asked: readonly HourKey[], reached: readonly T[]): (T | 'unavailable')[] {
    const answers = reached.values()
    return asked.map(({ dimension }) =>
      this.unreachable.has(dimension) ? 'unavailable' : (answers.next().value as T),
    )
  }
}

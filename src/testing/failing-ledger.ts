/**
 * A ledger that fails when it is told to, around one that does not.
 *
 * One machine's ledgers never answer `unavailable`, but callers must cope with those that do: a
 * distributed ledger whose parts come and go.
 */
import { type Bucket, bucketOf, type HourKey } from '../core/billing-line.ts'
import type { ClientToken } from '../core/client-token.ts'
import type { Call, HeldRecord, NewRecord } from '../core/metering-record.ts'
import type { Held, Ledger, LedgerHealth, LedgerPage, LedgerQuery } from '../store/ledger.ts'

export class FailingLedger implements Ledger {
  readonly #ledger: Ledger
  #unavailable: ReadonlySet<Bucket> = new Set()
  #keepsUnavailable = false
  #rejection: Error | undefined
  #rejectionsLeft = 0

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /**
   * From now on these buckets, and no others, cannot be reached.
   *
   * @param keeps Whether their records are held all the same, and only the answer is lost.
   */
  makeUnavailable(buckets: Iterable<Bucket>, keeps = false): void {
    this.#unavailable = new Set(buckets)
    this.#keepsUnavailable = keeps
  }

  /** Rejects the next calls to `hold` and `find`, for ever unless a number is given. */
  rejectNext(count = Infinity, error = new Error('the ledger was told to fail')): void {
    this.#rejection = error
    this.#rejectionsLeft = count
  }

  /** Everything works again. */
  recover(): void {
    this.#unavailable = new Set()
    this.#rejectionsLeft = 0
  }

  async hold(
    call: Call,
    records: readonly NewRecord[],
    token?: ClientToken,
  ): Promise<(Held | 'unavailable')[]> {
    this.#rejectIfTold()
    const reachable = records.filter((record) => this.#keepsUnavailable || this.#reaches(record))
    const held =
      reachable.length === 0 ? [] : [...(await this.#ledger.hold(call, reachable, token))]
    return records.map((record) => {
      const answer = this.#keepsUnavailable || this.#reaches(record) ? held.shift() : undefined
      return answer === undefined || !this.#reaches(record) ? 'unavailable' : answer
    })
  }

  async isTaken(token: ClientToken): Promise<boolean> {
    this.#rejectIfTold()
    return this.#ledger.isTaken(token)
  }

  async find(keys: readonly HourKey[]): Promise<(HeldRecord | undefined | 'unavailable')[]> {
    this.#rejectIfTold()
    const found = await this.#ledger.find(keys)
    return keys.map((key, index) => (this.#reaches(key) ? found[index] : 'unavailable'))
  }

  read(query: LedgerQuery): Promise<LedgerPage> {
    return this.#ledger.read(query)
  }

  health(): LedgerHealth {
    const health = this.#ledger.health()
    if (this.#rejectionsLeft === 0) return health
    return { ...health, ready: false, note: this.#rejection?.message ?? 'told to fail' }
  }

  close(): Promise<void> {
    return this.#ledger.close()
  }

  #reaches({ billingLine }: HourKey): boolean {
    return !this.#unavailable.has(bucketOf(billingLine))
  }

  #rejectIfTold(): void {
    if (this.#rejectionsLeft === 0) return
    this.#rejectionsLeft--
    throw this.#rejection ?? new Error('the ledger was told to fail')
  }
}

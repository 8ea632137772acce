/**
 * Settles many calls in one transaction: the hot path of the ledger.
 *
 * First all records are looked up and the new ones noted in the index, which needs no transaction, because
 * nobody else writes. Then the new ones are sorted into the order of reading, get their positions, and are
 * written. If anything fails, the index and every counter go back to what they were.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { ClientToken } from '../../core/client-token.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { Call, HeldRecord, NewRecord } from '../../core/metering-record.ts'
import type { HourKey } from '../../core/billing-line.ts'
import type { Allocation, Quantity } from '../../core/usage.ts'
import { callChecksum, recordChecksum } from '../checksum.ts'
import type { RecordingClock } from '../clock.ts'
import type { Held } from '../ledger.ts'
import { toStoredText } from '../stored-text.ts'
import { AgreementBook, CallerBook, nextIdOf } from './callers.ts'
import { type FailureKind, failureKindOf } from './failure.ts'
import { type HourBook, type HourState, lastPosition } from './hours.ts'
import { Inserter } from './insert.ts'
import { NAMED_BY, parseAllocations } from '../stored-record.ts'
import type { SeriesRegister } from './series-register.ts'
import { TokenBook } from './token-book.ts'

export interface CallToSettle {
  readonly call: Call
  readonly records: readonly NewRecord[]
  readonly token?: ClientToken
}

export interface Settled {
  /** Of each call. */
  readonly answers: readonly (readonly Held[] | 'tokenTaken')[]
  readonly addedCount: number
  /** Rows that it wrote: records and client tokens. */
  readonly writtenCount: number
  /** What it took before the sync, if anything was written. */
  readonly workedMs: number
}

export class CommitFailed extends Error {
  override readonly name = 'CommitFailed'
  readonly kind: FailureKind

  constructor(kind: FailureKind, cause: unknown) {
    super(`the commit failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.kind = kind
  }
}

interface Added {
  readonly call: Call
  readonly record: NewRecord
  readonly slot: number
  /** Its number in the file. */
  readonly series: number
  readonly order: number
  readonly state: HourState
  position: number
}

export class CommitWriter {
  readonly #database: DatabaseSync
  readonly #series: SeriesRegister
  readonly #hours: HourBook
  readonly #clock: RecordingClock
  readonly #callers: CallerBook
  readonly #agreements: AgreementBook
  readonly #tokens: TokenBook
  readonly #commit: (commit: () => void) => void
  readonly #insertCall: Inserter
  readonly #insertRecord: Inserter
  readonly #insertHour: StatementSync
  readonly #insertKey: Inserter
  readonly #selectByKey: StatementSync
  readonly #selectAllocations: StatementSync
  #lastPosition: number
  #nextCallId: number
  /** Calls that the transaction under way wrote. */
  #callCount = 0
  #added: Added[] = []
  #newHours: HourState[] = []
  /** New keys of hours without an index, by hour and series. */
  #pendingKeys = new Map<string, Added>()

  /** @param commit Runs the given commit; a test may let it fail. */
  constructor(
    database: DatabaseSync,
    series: SeriesRegister,
    hours: HourBook,
    clock: RecordingClock,
    commit: (commit: () => void) => void,
  ) {
    this.#database = database
    this.#series = series
    this.#hours = hours
    this.#commit = commit
    this.#clock = clock
    this.#callers = new CallerBook(database)
    this.#agreements = new AgreementBook(database)
    this.#tokens = new TokenBook(database)
    this.#insertCall = new Inserter(database, 'call', CALL_COLUMNS)
    this.#insertRecord = new Inserter(database, 'record', RECORD_COLUMNS)
    this.#insertHour = database.prepare('insert into hour_state values (?, ?, ?)')
    this.#insertKey = new Inserter(database, 'record_key', ['hour', 'series', 'position'])
    this.#selectByKey = database.prepare(
      `select r.quantity, r.allocations from record_key k join record r on r.position = k.position
       where k.hour = ? and k.series = ?`,
    )
    this.#selectAllocations = database.prepare('select allocations from record where position = ?')
    this.#lastPosition = lastPosition(database)
    this.#nextCallId = nextIdOf(database, 'call')
  }

  get recordCount(): number {
    return this.#lastPosition
  }

  /** What is held under a key. */
  find(key: HourKey): HeldRecord | undefined {
    const slot = this.#series.find(key)
    const state = this.#hours.get(key.hour)
    return slot === undefined || state === undefined ? undefined : this.#held(state, slot)
  }

  /**
   * Settles calls, in order, in one transaction.
   *
   * @throws CommitFailed if nothing was held.
   */
  settle(calls: readonly CallToSettle[]): Settled {
    let committing = false
    const startedMs = performance.now()
    try {
      const answers = calls.map(({ call, records, token }) =>
        token === undefined
          ? records.map((record) => this.#settleRecord(call, record))
          : this.#settleTokened(call, records, token),
      )
      const addedCount = this.#added.length
      const writtenCount = addedCount + this.#tokens.newCount
      let workedMs = 0
      if (writtenCount > 0) {
        this.#database.exec('begin immediate')
        if (addedCount > 0) this.#write()
        this.#tokens.write()
        committing = true
        workedMs = performance.now() - startedMs
        this.#commit(() => this.#database.exec('commit'))
      }
      this.#finish()
      return { answers, addedCount, writtenCount, workedMs }
    } catch (error) {
      const kind = failureKindOf(error, committing)
      throw new CommitFailed(this.#undo() ? kind : 'broken', error)
    }
  }

  /** Whether another request has the token. */
  isTaken(token: ClientToken): boolean {
    return this.#tokens.look(token) === 'taken'
  }

  #settleTokened(
    call: Call,
    records: readonly NewRecord[],
    token: ClientToken,
  ): readonly Held[] | 'tokenTaken' {
    const state = this.#tokens.look(token)
    if (state === 'taken') return 'tokenTaken'
    const held = records.map((record) => this.#settleRecord(call, record))
    if (state === 'free' && held[0]?.quantity === records[0]?.quantity) this.#tokens.note(token)
    return held
  }

  #settleRecord(call: Call, record: NewRecord): Held {
    const known = this.#series.find(record)
    const slot = known ?? this.#series.create(record)
    const state = this.#hours.get(record.hour) ?? this.#beginHour(record)
    const held = known === undefined ? undefined : this.#held(state, known)
    if (held !== undefined) return { ...held, added: false }
    this.#note(call, record, slot, state)
    // Spelled out, because this is the hottest line of the ledger and a spread costs a good part of it.
    const { quantity, allocations } = record
    const id = this.#series.facts.recordIdOf(slot, record.hour)
    return allocations === undefined
      ? { id, quantity, added: true }
      : { id, quantity, allocations, added: true }
  }

  #beginHour({ hour }: NewRecord): HourState {
    const position = this.#lastPosition + 1
    const state = this.#hours.begin(hour, position, this.#clock.nowMs)
    this.#newHours.push(state)
    return state
  }

  /** Notes a new record under a position that only tells which of the new ones it is. */
  #note(call: Call, record: NewRecord, slot: number, state: HourState): void {
    const position = this.#lastPosition + 1 + this.#added.length
    const { facts } = this.#series
    const [series, order] = [facts.idOf(slot), facts.orderOf(slot)]
    const added: Added = { call, record, slot, series, order, state, position }
    this.#added.push(added)
    if (state.index === undefined) this.#pendingKeys.set(`${state.hour} ${series}`, added)
    else state.index.put(series, position, record.quantity, record.allocations !== undefined)
  }

  #held(state: HourState, slot: number): HeldRecord | undefined {
    if (state.index === undefined) return this.#heldByConstraint(state, slot)
    const entry = state.index.get(this.#series.facts.idOf(slot))
    if (entry === undefined) return undefined
    const quantity = entry.quantity as Quantity
    if (!entry.hasAllocations) return this.#heldOf(state, slot, quantity)
    return this.#heldOf(state, slot, quantity, this.#allocationsAt(entry.position))
  }

  #heldByConstraint(state: HourState, slot: number): HeldRecord | undefined {
    const series = this.#series.facts.idOf(slot)
    const pending = this.#pendingKeys.get(`${state.hour} ${series}`)?.record
    if (pending !== undefined) {
      return this.#heldOf(state, slot, pending.quantity, pending.allocations)
    }
    const row = this.#selectByKey.get(state.hour, series)
    if (row === undefined) return undefined
    const quantity = Number(row['quantity']) as Quantity
    return this.#heldOf(state, slot, quantity, allocationsOf(row['allocations']))
  }

  #heldOf(
    { hour }: HourState,
    slot: number,
    quantity: Quantity,
    allocations?: readonly Allocation[],
  ): HeldRecord {
    const id = this.#series.facts.recordIdOf(slot, hour)
    return allocations === undefined ? { id, quantity } : { id, quantity, allocations }
  }

  #allocationsAt(position: number): readonly Allocation[] | undefined {
    const pending = this.#added[position - this.#lastPosition - 1]
    if (pending !== undefined) return pending.record.allocations
    return allocationsOf(this.#selectAllocations.get(position)?.['allocations'])
  }

  #write(): void {
    const recordedAtUs = this.#clock.nextUs()
    this.#series.write()
    for (const { hour, index, firstPosition } of this.#newHours) {
      this.#insertHour.run(hour, index === undefined ? 'constraint' : 'memory', firstPosition)
    }
    const calls = this.#writeCalls(recordedAtUs)
    const rows: SQLInputValue[] = []
    const keys: number[] = []
    const sorted = [...this.#added].sort((left, right) => this.#inOrderOfIds(left, right))
    for (const [index, added] of sorted.entries()) {
      const position = (added.position = this.#lastPosition + 1 + index)
      const { record, series, state } = added
      state.index?.put(series, position, record.quantity, record.allocations !== undefined)
      if (state.index === undefined || state.sealing) keys.push(state.hour, series, position)
      this.#pushRow(rows, added, calls.get(added.call), recordedAtUs)
    }
    this.#insertRecord.insert(rows)
    this.#insertKey.insert(keys)
  }

  /** Writes a row for each call that added something. */
  #writeCalls(recordedAtUs: number): ReadonlyMap<Call, CallReference> {
    const addedCounts = new Map<Call, number>()
    for (const { call } of this.#added) addedCounts.set(call, (addedCounts.get(call) ?? 0) + 1)
    const references = new Map<Call, CallReference>()
    const rows: SQLInputValue[] = []
    for (const [call, count] of addedCounts) {
      const id = this.#nextCallId + references.size
      references.set(call, { id, checksum: callChecksum(call) })
      const caller = this.#callers.idOf(call)
      rows.push(id, recordedAtUs, toStoredText(call.requestId), call.receivedAtMs, caller, count)
    }
    this.#callCount = references.size
    this.#insertCall.insert(rows)
    return references
  }

  /** Ids begin with hour and order, which are small numbers and need no memory; they seldom leave a tie. */
  #inOrderOfIds(left: Added, right: Added): number {
    return (
      left.state.hour - right.state.hour ||
      left.order - right.order ||
      this.#series.facts.compareHashes(left.slot, right.slot)
    )
  }

  #pushRow(
    rows: SQLInputValue[],
    { record, slot, series, position }: Added,
    call: CallReference | undefined,
    recordedAtUs: number,
  ): void {
    if (call === undefined) throw new Error('a record without its call')
    const { hour, quantity } = record
    const agreement = this.#agreementOf(record, slot)
    const hourMs = record.timestampMs - hour * MS_PER_HOUR
    const namedBy = NAMED_BY.indexOf(record.namedBy)
    const allocations = record.allocations === undefined ? null : JSON.stringify(record.allocations)
    const checksum = recordChecksum({
      position,
      hour,
      hourMs,
      quantity,
      namedBy,
      recordedAtUs,
      seriesChecksum: this.#series.facts.checksumOf(slot),
      callChecksum: call.checksum,
      agreementChecksum: agreement.checksum,
      allocations,
    })
    rows.push(position, call.id, series, hour, quantity, hourMs, checksum, namedBy)
    rows.push(agreement.id, allocations)
  }

  #agreementOf(
    record: NewRecord,
    slot: number,
  ): { readonly id: number | null; readonly checksum: number } {
    const { agreement, licenseArn, checksum } = this.#series.facts.agreementOf(slot)
    if (record.agreement === agreement && record.licenseArn === licenseArn) {
      return { id: null, checksum }
    }
    return this.#agreements.referenceTo(record)
  }

  #finish(): void {
    this.#nextCallId += this.#callCount
    this.#lastPosition += this.#added.length
    this.#series.commit()
    this.#callers.commit()
    this.#agreements.commit()
    this.#tokens.forgetNew()
    this.#forgetPending()
  }

  /** @returns Whether the file is as it was too. */
  #undo(): boolean {
    for (const { state, series } of this.#added) state.index?.remove(series)
    for (const state of this.#newHours) this.#hours.forget(state)
    this.#series.undo()
    this.#callers.undo()
    this.#agreements.undo()
    this.#tokens.forgetNew()
    this.#forgetPending()
    try {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      return true
    } catch {
      return false
    }
  }

  #forgetPending(): void {
    this.#added = []
    this.#callCount = 0
    if (this.#newHours.length > 0) this.#newHours = []
    if (this.#pendingKeys.size > 0) this.#pendingKeys = new Map()
  }
}

interface CallReference {
  readonly id: number
  readonly checksum: number
}

const CALL_COLUMNS = ['id', 'recorded_at_us', 'request_id', 'received_at_ms', 'caller', 'added']

const RECORD_COLUMNS = [
  'position',
  'call',
  'series',
  'hour',
  'quantity',
  'hour_ms',
  'checksum',
  'named_by',
  'agreement',
  'allocations',
]

function allocationsOf(stored: unknown): readonly Allocation[] | undefined {
  return typeof stored === 'string' ? parseAllocations(stored) : undefined
}

/** What goes to the database in one statement: parts of calls, made one list of distinct keys. */
import type { Call } from '../../core/metering-record.ts'
import { type BookedRecord, keyTextOf } from './series-book.ts'
import type { CallPart, WaitingCall } from './waiting-call.ts'

/** One record of a group, under a key that no other of the group has. */
export interface Entry extends BookedRecord {
  readonly key: string
  /** Its call's place among the calls of the group. */
  readonly call: number
  /** Everybody who offered this key, the first first. */
  readonly askers: { readonly waiting: WaitingCall; readonly index: number }[]
}

export interface Group {
  readonly calls: readonly Call[]
  /** Sorted by key. */
  readonly entries: readonly Entry[]
  readonly parts: readonly CallPart[]
  /** Of the call that came last. */
  readonly deadlineMs: number
  /** Recorded-at of each attempt to hold it. */
  readonly attempts: Set<number>
}

/** The order of keys as texts is the order in which rows are locked. */
export function groupOf(parts: readonly CallPart[]): Group {
  const entries = new Map<string, Entry>()
  for (const [call, { waiting, indexes }] of parts.entries()) {
    for (const index of indexes) {
      const { record, name } = recordAt(waiting.records, index)
      const key = keyTextOf(record, name)
      const entry = entries.get(key)
      const asker = { waiting, index }
      if (entry === undefined) entries.set(key, { key, record, name, call, askers: [asker] })
      else entry.askers.push(asker)
    }
  }
  const sorted = [...entries.values()].sort((left, right) => (left.key < right.key ? -1 : 1))
  const calls = parts.map(({ waiting }) => waiting.call)
  const deadlineMs = Math.max(...parts.map(({ waiting }) => waiting.deadlineMs))
  return { calls, entries: sorted, parts, deadlineMs, attempts: new Set() }
}

export function recordAt<Item>(records: readonly Item[], index: number): Item {
  const record = records[index]
  if (record === undefined) throw new RangeError(`no record stands at ${index}`)
  return record
}

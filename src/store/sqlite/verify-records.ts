/** The part of verify that looks at records, their calls, their keys and their hours. */
import { setImmediate } from 'node:timers/promises'
import type { DatabaseSync } from 'node:sqlite'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { agreementChecksum, callChecksum, recordChecksum } from '../checksum.ts'
import { HourIndex } from '../hour-index.ts'
import type { LedgerFinding } from '../ledger.ts'
import { RegionWatch } from '../region-watch.ts'
import { fromStoredText } from '../stored-text.ts'
import { promisedPosition } from './horizon.ts'
import type { LedgerReader } from './reader.ts'
import { parseCall } from './record-row.ts'
import type { SeriesFacts } from './verify-series.ts'

const ROWS = 10_000

export interface VerifyProgress {
  readonly recordsDone: number
  readonly recordsTotal: number
}

interface StoredRecord {
  readonly position: number
  readonly call: number
  readonly series: number
  readonly hour: number
  readonly quantity: number
  readonly hourMs: number
  readonly checksum: number
  readonly namedBy: number
  readonly agreement: number | null
  readonly allocations: string | null
}

export interface HourFacts {
  readonly firstPosition: number
  /** The keys seen of an hour that is kept unique in memory; the others have `record_key`. */
  readonly seen: HourIndex | undefined
  count: number
}

interface CallFacts {
  readonly checksum: number
  readonly recordedAtUs: number
}

/** The state that records are checked in. Taken first: the series that they name are read later, so none can be missing. */
export interface RecordsToCheck {
  readonly last: number
  /** The last position that the writer vouched for. */
  readonly promised: number
  readonly hours: Map<number, HourFacts>
  readonly agreements: ReadonlyMap<number, number>
  readonly lastCall: number
}

/** One state of them, even while somebody writes. */
export function recordsToCheck(reader: LedgerReader): RecordsToCheck {
  const { database } = reader
  return reader.inSnapshot(() => ({
    last: reader.end().position,
    promised: promisedPosition(database),
    hours: hoursOf(database),
    agreements: agreementsOf(database),
    lastCall: Number(database.prepare('select max(id) as last from call').get()?.['last'] ?? 0),
  }))
}

export async function* checkRecords(
  reader: LedgerReader,
  records: RecordsToCheck,
  facts: SeriesFacts,
  onProgress: (progress: VerifyProgress) => void,
): AsyncGenerator<LedgerFinding, void, undefined> {
  const check = new RecordCheck(reader.database, records, facts)
  while (!check.isDone) {
    yield* reader.inSnapshot(() => check.step())
    onProgress({ recordsDone: check.done, recordsTotal: check.last })
    // Ctrl-C and progress bars get their turn.
    await setImmediate()
  }
  yield* reader.inSnapshot(() => check.finish())
}

class RecordCheck {
  readonly last: number
  readonly #database: DatabaseSync
  readonly #facts: SeriesFacts
  readonly #hours: Map<number, HourFacts>
  readonly #agreements: ReadonlyMap<number, number>
  readonly #addedByCall: Uint32Array
  readonly #regions: RegionWatch<number>
  #findings: LedgerFinding[] = []
  #done = 0
  #previous = { recordedAtUs: 0, hour: 0, order: 0 }

  constructor(database: DatabaseSync, records: RecordsToCheck, facts: SeriesFacts) {
    this.#database = database
    this.#facts = facts
    this.#regions = new RegionWatch(facts.inSeveralRegions)
    this.last = records.last
    this.#hours = records.hours
    this.#agreements = records.agreements
    this.#addedByCall = new Uint32Array(records.lastCall + 1)
    this.#checkPromise(records.promised)
  }

  get done(): number {
    return this.#done
  }

  get isDone(): boolean {
    return this.#done >= this.last
  }

  /** Looks at the next positions. */
  step(): LedgerFinding[] {
    const to = Math.min(this.last, this.#done + ROWS)
    const records = this.#select(this.#done + 1, to)
    const calls = callsOf(this.#database, records)
    this.#checkKeys(this.#done + 1, to)
    for (const record of records) {
      this.#checkGap(record.position)
      this.#checkRecord(record, calls.get(record.call))
      this.#done = record.position
    }
    this.#checkGap(to + 1)
    this.#done = to
    return this.#take()
  }

  /** Looks for what names a record that is not there. */
  finish(): LedgerFinding[] {
    for (const [hour, { count }] of this.#hours) {
      if (count === 0) this.#add('the hour has a state but no record', `hour ${hour}`)
    }
    const calls = this.#database.prepare('select id, added from call where id < ?')
    for (const row of calls.iterate(this.#addedByCall.length)) {
      const id = Number(row['id'])
      const found = this.#addedByCall[id] ?? 0
      const added = Number(row['added'])
      if (found !== added)
        this.#add(`the call added ${added} records, and ${found} are there`, `call ${id}`)
    }
    const keys = this.#database.prepare(
      `select k.hour, k.series, k.position from record_key k left join record r on r.position = k.position
       where r.hour is not k.hour or r.series is not k.series limit 100`,
    )
    for (const row of keys.iterate()) {
      const where = `hour ${String(row['hour'])}, series ${String(row['series'])}`
      this.#add(
        `the key names position ${String(row['position'])}, which has another or none`,
        where,
      )
    }
    return this.#take()
  }

  #checkPromise(promised: number): void {
    if (promised <= this.last) return
    const problem = 'the newest records are gone: the writer had them when it last promised'
    this.#add(problem, `position ${this.last + 1} to ${promised}`)
  }

  #select(from: number, to: number): StoredRecord[] {
    // The columns are strict, so their types are certain.
    return this.#database
      .prepare(
        `select position, call, series, hour, quantity, hour_ms as hourMs, checksum,
           named_by as namedBy, agreement, allocations
         from record where position between ? and ? order by position`,
      )
      .all(from, to) as unknown as StoredRecord[]
  }

  #checkGap(position: number): void {
    const expected = this.#done + 1
    if (position === expected) return
    const gap = position - 1 === expected ? `${expected}` : `${expected} to ${position - 1}`
    this.#add('no record is there: positions have no gaps', `position ${gap}`)
  }

  #checkRecord(record: StoredRecord, call: CallFacts | undefined): void {
    const where = `position ${record.position}`
    const seriesExists = this.#facts.exists[record.series] === 1
    if (!seriesExists) this.#add(`there is no series ${record.series}`, where)
    if (call === undefined) this.#add(`there is no call ${record.call}`, where)
    if (record.hourMs < 0 || record.hourMs >= MS_PER_HOUR) {
      this.#add('the timestamp lies outside the hour', where)
    }
    this.#checkHour(record, where)
    const added = this.#addedByCall[record.call]
    if (added !== undefined) this.#addedByCall[record.call] = added + 1
    if (!seriesExists || call === undefined) return
    const agreement = this.#agreementOf(record)
    if (agreement === undefined) {
      this.#add(`there is no agreement ${record.agreement ?? ''}`, where)
    } else if (this.#checksumOf(record, call, agreement) !== record.checksum) {
      this.#add(
        'the checksum does not match: the record, its series or its call was altered',
        where,
      )
    }
    this.#checkOrder(record, call, where)
    this.#checkRegions(record, where)
  }

  #checkHour({ hour, series, position }: StoredRecord, where: string): void {
    const facts = this.#hours.get(hour)
    if (facts === undefined) {
      this.#add(`the hour ${hour} has no state`, where)
      return
    }
    facts.count++
    if (position < facts.firstPosition) {
      this.#add(`lies before the first position ${facts.firstPosition} of its hour`, where)
    }
    if (facts.seen === undefined) return
    const earlier = facts.seen.get(series)
    if (earlier !== undefined) this.#add(`has the same key as position ${earlier.position}`, where)
    else facts.seen.put(series, position, 0, false)
  }

  #agreementOf({ agreement, series }: StoredRecord): number | undefined {
    if (agreement === null) return this.#facts.agreementChecksum[series]
    return this.#agreements.get(agreement)
  }

  #checksumOf(record: StoredRecord, call: CallFacts, agreement: number): number {
    return recordChecksum({
      ...record,
      recordedAtUs: call.recordedAtUs,
      seriesChecksum: this.#facts.checksum[record.series] ?? 0,
      callChecksum: call.checksum,
      agreementChecksum: agreement,
    })
  }

  #checkOrder({ hour, series }: StoredRecord, { recordedAtUs }: CallFacts, where: string): void {
    const now = { recordedAtUs, hour, order: this.#facts.order[series] ?? 0 }
    const before = this.#previous
    this.#previous = now
    if (now.recordedAtUs < before.recordedAtUs) {
      this.#add('was recorded before the record in front of it', where)
    } else if (now.recordedAtUs === before.recordedAtUs) {
      if (now.hour < before.hour || (now.hour === before.hour && now.order < before.order)) {
        this.#add('has a smaller id than the record in front of it', where)
      }
    }
  }

  #checkRegions({ hour, series }: StoredRecord, where: string): void {
    const problem = this.#regions.problemOf(hour, series)
    if (problem !== undefined) this.#findings.push({ severity: 'warning', problem, where })
  }

  /** Hours that rely on `record_key` must have there exactly this position for each key. */
  #checkKeys(from: number, to: number): void {
    const wrong = this.#database.prepare(
      `select r.position, r.hour, k.position as other from record r
         left join record_key k on k.hour = r.hour and k.series = r.series
       where r.position between ? and ? and k.position is not r.position`,
    )
    for (const row of wrong.iterate(from, to)) {
      const facts = this.#hours.get(Number(row['hour']))
      if (facts?.seen !== undefined) continue
      const other = row['other']
      const problem =
        other === null ? 'its key is missing' : `has the same key as position ${String(other)}`
      this.#add(problem, `position ${String(row['position'])}`)
    }
  }

  #add(problem: string, where: string): void {
    this.#findings.push({ severity: 'error', problem, where })
  }

  #take(): LedgerFinding[] {
    const findings = this.#findings
    this.#findings = []
    return findings
  }
}

function hoursOf(database: DatabaseSync): Map<number, HourFacts> {
  const rows = database.prepare('select hour, way, first_position from hour_state').all()
  return new Map(
    rows.map((row) => {
      const firstPosition = Number(row['first_position'])
      const seen = row['way'] === 'memory' ? new HourIndex(0) : undefined
      return [Number(row['hour']), { firstPosition, seen, count: 0 }]
    }),
  )
}

function agreementsOf(database: DatabaseSync): ReadonlyMap<number, number> {
  const rows = database.prepare('select id, agreement, license_arn from agreement').all()
  const text = (value: unknown) => fromStoredText(String(value))
  return new Map(
    rows.map((row) => [
      Number(row['id']),
      agreementChecksum(text(row['agreement']), text(row['license_arn'])),
    ]),
  )
}

function callsOf(
  database: DatabaseSync,
  records: readonly StoredRecord[],
): ReadonlyMap<number, CallFacts> {
  let first = Infinity
  let last = 0
  for (const { call } of records) {
    first = Math.min(first, call)
    last = Math.max(last, call)
  }
  // A damaged number must not lead through the whole table.
  const lastRead = Math.min(last, first + 2 * ROWS)
  const rows = database
    .prepare(
      `select c.id, c.recorded_at_us, c.request_id, c.received_at_ms, k.operation, k.account,
         k.access_key_id, k.address, k.user_agent, k.profile
       from call c join caller k on k.id = c.caller where c.id between ? and ?`,
    )
    .all(first === Infinity ? 0 : first, lastRead)
  return new Map(
    rows.map((row) => [
      Number(row['id']),
      { checksum: callChecksum(parseCall(row)), recordedAtUs: Number(row['recorded_at_us']) },
    ]),
  )
}

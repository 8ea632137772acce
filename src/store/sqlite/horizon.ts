/**
 * Up to when a reader's answer is complete: an instant that the writer promised never to record before again.
 *
 * Why a promise  A reader's own clock proves nothing. A commit may wait for its sync longer than any margin and
 *                appear late, and a machine clock may step back, even while nobody runs. The writer alone
 *                knows what it will still write. So it stores the instant, from a moment at which no
 *                transaction is open, and whoever sees it sees all that was recorded before it.
 * Why it holds   The recording clock goes on from the promise, and a restart reads it back before anything is
 *                recorded. A clock that ran ahead is followed, as with records: what was told stays true.
 * With it        goes the last position, so that verify misses the newest calls if somebody takes them away whole.
 * Limits         A quiet ledger's promise is up to SETTLE_MS and one idle turn old; a stopped one's is from its end.
 * Checked by     horizon.test.ts
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { RecordingClock } from '../clock.ts'

/** One small commit in this time keeps the answer fresh. */
const SETTLE_MS = 5_000

export class Horizon {
  readonly #clock: RecordingClock
  readonly #write: StatementSync
  #storedUs: number

  constructor(database: DatabaseSync, clock: RecordingClock) {
    this.#clock = clock
    this.#storedUs = storedHorizonUs(database)
    this.#write = database.prepare(
      `insert into meta values ('complete_until_us', ?),
         ('complete_position', (select cast(coalesce(max(position), 0) as text) from record))
       on conflict (name) do update set value = excluded.value`,
    )
  }

  /** Call it while no transaction is open. @throws Whatever SQLite says; the promise is then kept, and not told. */
  advance(): void {
    const promisedUs = this.#clock.promiseUs()
    if (promisedUs <= this.#storedUs) return
    this.#write.run(String(promisedUs))
    this.#storedUs = promisedUs
  }

  get isDue(): boolean {
    return this.#clock.nowMs - this.#storedUs / 1_000 >= SETTLE_MS
  }
}

/** Goes on after the last record and the last promise of whoever wrote before. */
export function recordingClockOf(database: DatabaseSync, nowUs: () => number): RecordingClock {
  const call = database.prepare('select recorded_at_us as at from call order by id desc limit 1')
  const lastUs = Number(call.get()?.['at'] ?? 0)
  return new RecordingClock(nowUs, Math.max(lastUs, storedHorizonUs(database) - 1))
}

/** Microseconds since 1970; 0 where no writer has promised anything yet. */
export function storedHorizonUs(database: DatabaseSync): number {
  return storedNumber(database, 'complete_until_us')
}

/** The last position at the last promise; 0 where no writer has told it yet. */
export function promisedPosition(database: DatabaseSync): number {
  return storedNumber(database, 'complete_position')
}

function storedNumber(database: DatabaseSync, name: string): number {
  const row = database.prepare('select value from meta where name = ?').get(name)
  return Number(row?.['value'] ?? 0)
}

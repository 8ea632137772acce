/** The ledger that a copy is made of: SQLite's file, read beside its writer, and at the end claimed as its writer. */
import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptToken } from '../kept-token.ts'
import type { LedgerFinding } from '../ledger.ts'
import { cursorAt } from '../query.ts'
import { ControlHistory } from '../sqlite-control/history.ts'
import { keptTokens } from '../sqlite/kept-tokens.ts'
import { openForWriting, type WritableFile } from '../sqlite/file.ts'
import { movedTo, type NewPlace } from '../sqlite/moved.ts'
import { LedgerReader } from '../sqlite/reader.ts'
import { LedgerRefused } from '../refused.ts'
import { verifyLedger } from '../sqlite/verify.ts'

/** So short that the answers of a database are not kept waiting. */
const PAGE_ROWS = 1_000
/** Enough for each bucket to get a few hundred; some ten megabytes. */
const ROUND_ROWS = 20_000

export interface SourceFiles {
  readonly ledger: string
  /** It may not be there. */
  readonly control: string
}

export interface Round {
  readonly records: readonly MeteringRecord[]
  /** Of the last one. */
  readonly position: number
}

export class CopySource {
  readonly files: SourceFiles
  readonly #reader: LedgerReader

  /** @throws LedgerRefused if there is no ledger that this program knows. */
  constructor(files: SourceFiles) {
    this.files = files
    this.#reader = new LedgerReader(files.ledger)
  }

  /** Where it has gone already. */
  get movedTo(): NewPlace | undefined {
    return movedTo(this.#reader.database)
  }

  /** How many records there are now: positions have no gaps. */
  get count(): number {
    return this.#reader.end().position
  }

  recordAt(position: number): MeteringRecord | undefined {
    if (position < 1 || position > this.count) return undefined
    return this.#reader.read({ after: cursorAt(position - 1), countMax: 1 }).records[0]
  }

  verify(
    onProgress: (done: number, total: number) => void,
  ): AsyncGenerator<LedgerFinding, void, undefined> {
    return verifyLedger(this.#reader, ({ recordsDone, recordsTotal }) => {
      onProgress(recordsDone, recordsTotal)
    })
  }

  /**
   * Everything up to a position, in rounds of whole commits.
   *
   * @param after Where a commit ends.
   * @param last The same, behind it: a count.
   */
  async *rounds(after: number, last: number): AsyncGenerator<Round, void, undefined> {
    let position = after
    let records: MeteringRecord[] = []
    for (let read = after; read < last;) {
      const countMax = Math.min(PAGE_ROWS, last - read)
      const page = this.#reader.read({ after: cursorAt(read), countMax })
      if (page.records.length === 0)
        throw new LedgerRefused(`${this.files.ledger} is damaged: verify it.`)
      records.push(...page.records)
      read += page.records.length
      const whole = read >= last ? records.length : endOfWholeCommits(records)
      if (read >= last || (records.length >= ROUND_ROWS && whole > 0)) {
        position += whole
        yield { records: records.slice(0, whole), position }
        records = records.slice(whole)
      }
      await setImmediate()
    }
  }

  /** In pages. Nobody may be writing them. */
  tokens(): Generator<readonly KeptToken[]> {
    return keptTokens(this.#reader.database)
  }

  /** The caller closes it. Undefined where no catalog was ever made. */
  control(): ControlHistory | undefined {
    return existsSync(this.files.control) ? new ControlHistory(this.files.control) : undefined
  }

  /** Nobody else writes until it is closed. @throws LedgerLocked while somebody does. */
  claim(): WritableFile {
    return openForWriting(this.files.ledger)
  }

  close(): void {
    this.#reader.close()
  }
}

/** Where the last commit begins, of which more may follow. */
function endOfWholeCommits(records: readonly MeteringRecord[]): number {
  const recordedAtUs = records.at(-1)?.recordedAtUs
  return records.findLastIndex((record) => record.recordedAtUs !== recordedAtUs) + 1
}

/** Tells a record from every other, of any ledger. */
export function identityOf({ recordedAtUs, id }: MeteringRecord): string {
  return `${recordedAtUs}-${id}`
}

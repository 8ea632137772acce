/**
 * Copies the records: in the source's order, in rounds of whole commits, and compares every one with what the target holds.
 *
 * Resuming    The target knows how far the last run came, and which record stood there: a source that is another one, or an
 *             older copy of it, is read from its beginning. Whatever it says, verifying begins at the beginning.
 * Checked by  ../../cli/commands/copy.test.ts
 */
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { LedgerFinding } from '../ledger.ts'
import { readCopyPlace, writeCopyPlace } from '../postgres/copy-progress.ts'
import { recordAt } from '../postgres/group.ts'
import type { ImportOutcome, RecordImport } from '../postgres/import.ts'
import { differenceOf, placeOfRecord } from './difference.ts'
import type { Findings } from './findings.ts'
import type { CopyListener, CopyPhase } from './job.ts'
import { type CopySource, identityOf, type Round } from './source.ts'

export interface RecordCopyParts {
  readonly source: CopySource
  readonly target: RecordImport
  readonly findings: Findings
  readonly onProgress: CopyListener['onProgress']
}

export class RecordCopy {
  added = 0
  readonly #parts: RecordCopyParts
  #copied = 0
  #verified = 0

  constructor(parts: RecordCopyParts) {
    this.#parts = parts
  }

  /** Up to where an earlier run came; 0 if there was none. */
  async resume(): Promise<number> {
    const { source, target } = this.#parts
    const first = source.recordAt(1)
    const place = first && (await readCopyPlace(target, identityOf(first)))
    const last = place && source.recordAt(place.position)
    if (last !== undefined && identityOf(last) === place?.last) this.#copied = place.position
    return this.#copied
  }

  /** Looks for differences; what the target does not hold is none. Changes nothing. */
  async compare(): Promise<void> {
    await this.#pass('compare', 0, this.#parts.source.count, async (round) => {
      for (const [index, held] of (await this.#parts.target.find(round.records)).entries()) {
        if (held !== undefined) this.#found(round, index, (record) => differenceOf(record, held))
      }
    })
  }

  /** Copies what the source has by now and the target has not. */
  async copy(): Promise<void> {
    const { count } = this.#parts.source
    const first = this.#parts.source.recordAt(1)
    await this.#pass('copy', this.#copied, count, async (round) => {
      const { records, position } = round
      const { target } = this.#parts
      for (const [index, outcome] of (await target.add(records)).entries()) {
        if (outcome === 'added') this.added++
        else this.#found(round, index, (record) => problemOf(record, outcome))
      }
      const last = records.at(-1)
      if (first !== undefined && last !== undefined) {
        await writeCopyPlace(target, identityOf(first), { position, last: identityOf(last) })
      }
      this.#copied = position
    })
  }

  /**
   * Compares what was not compared yet; here, what the target does not hold is a difference.
   *
   * @param last Up to this position; else what was copied, for a writer may have added more since.
   */
  async verify(last = this.#copied): Promise<void> {
    await this.#pass('verify', this.#verified, last, async (round) => {
      for (const [index, held] of (await this.#parts.target.find(round.records)).entries()) {
        this.#found(round, index, (record) => verdictOf(record, held))
      }
      this.#verified = round.position
    })
  }

  #found(
    { records, position }: Round,
    index: number,
    find: (record: MeteringRecord) => LedgerFinding | undefined,
  ): void {
    this.#parts.findings.add(find(recordAt(records, index)), position - records.length + 1 + index)
  }

  /** Reads the next round while the one before is on its way. */
  async #pass(
    phase: CopyPhase,
    from: number,
    last: number,
    take: (round: Round) => Promise<void>,
  ): Promise<void> {
    const { source, onProgress } = this.#parts
    let underWay = Promise.resolve()
    for await (const round of source.rounds(from, last)) {
      await underWay
      onProgress(phase, round.position - round.records.length, last)
      underWay = take(round)
      // It is waited for above, or below; until then nobody else is to be told.
      underWay.catch(() => undefined)
    }
    await underWay
    onProgress(phase, last, last)
  }
}

function problemOf(
  record: MeteringRecord,
  outcome: Exclude<ImportOutcome, 'added'>,
): LedgerFinding | undefined {
  if (outcome !== 'otherParty') return differenceOf(record, outcome)
  const problem = `the target bills ${record.billingLine} to another product, seller or buyer`
  return { severity: 'error', problem, where: placeOfRecord(record) }
}

function verdictOf(
  record: MeteringRecord,
  held: MeteringRecord | undefined,
): LedgerFinding | undefined {
  if (held !== undefined) return differenceOf(record, held)
  return { severity: 'error', problem: 'the target does not hold it', where: placeOfRecord(record) }
}

/** What a copy is asked for, what it tells meanwhile, and how it may end. */
import type { SealedEntry } from '../../core/control-entries.ts'
import type { LedgerFinding } from '../ledger.ts'
import type { ImportSettings } from '../postgres/import.ts'
import type { SourceFiles } from './source.ts'

export interface CopyJob {
  readonly source: SourceFiles
  /** Its schema must be there. */
  readonly target: ImportSettings
  /** How long the source's writer may take to stop once all it has is copied. */
  readonly waitMsMax: number
  /** The machine's clock. */
  readonly nowMs: () => number
  /** Encrypts the secret of a key anew, where the target goes by another master key. */
  readonly reseal?: (entry: SealedEntry) => SealedEntry
  readonly listener: CopyListener
}

/**
 * - `check`: the source's checksums and keys, so that no damage is copied as if it were right.
 * - `compare`: a target that holds records of its own, before anything is added.
 * - `copy`
 * - `verify`: every record of the source is looked up in the target, and compared whole.
 */
export type CopyPhase = 'check' | 'compare' | 'copy' | 'verify'

export interface CopyListener {
  /** Told now and then. */
  onProgress(phase: CopyPhase, done: number, total: number): void
  /** Each difference, once. */
  onFinding(finding: LedgerFinding): void
  /** A sentence for whoever watches. */
  onNote(note: string): void
}

/**
 * - `moved`: everything is in the target and was compared; the source says where it went and takes no more.
 * - `damaged`: the source is. Nothing was copied.
 * - `differs`: the target holds something else. The source goes on as it was.
 * - `locked`: all there was is in the target, but the source's writer did not stop in time.
 */
export type CopyEnd = 'moved' | 'damaged' | 'differs' | 'locked'

export interface CopyReport {
  readonly end: CopyEnd
  /** Records in the source. */
  readonly records: number
  /** Those of them that were not in the target before. */
  readonly added: number
  readonly errors: number
  readonly warnings: number
}

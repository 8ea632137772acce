/** Tells each finding once, whichever passes come upon it, and counts them. */
import type { LedgerFinding } from '../ledger.ts'

export class Findings {
  errors = 0
  warnings = 0
  readonly #tell: (finding: LedgerFinding) => void
  readonly #told = new Positions()

  constructor(tell: (finding: LedgerFinding) => void) {
    this.#tell = tell
  }

  /** @param position Of the record that it is about, in the source: several passes look at each. Other findings come once. */
  add(finding: LedgerFinding | undefined, position?: number): void {
    if (finding === undefined) return
    if (position !== undefined && !this.#told.add(position)) return
    if (finding.severity === 'error') this.errors++
    else this.warnings++
    this.#tell(finding)
  }
}

const PIECE_BYTES = 8_192
const PIECE_BITS = PIECE_BYTES * 8

/** A set of positions, a bit each: of two ledgers that differ in every record, their names would not fit into memory. */
class Positions {
  readonly #pieces = new Map<number, Uint8Array>()

  /** @returns Whether it was not there. */
  add(position: number): boolean {
    const number = Math.floor(position / PIECE_BITS)
    const piece = this.#pieces.get(number) ?? new Uint8Array(PIECE_BYTES)
    this.#pieces.set(number, piece)
    const [index, bit] = [Math.floor((position % PIECE_BITS) / 8), 1 << (position % 8)]
    const before = piece[index] ?? 0
    piece[index] = before | bit
    return (before & bit) === 0
  }
}

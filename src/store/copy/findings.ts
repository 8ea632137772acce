/** Tells each finding once, whichever passes come upon it, and counts them. */
import type { LedgerFinding } from '../ledger.ts'

export class Findings {
  errors = 0
  warnings = 0
  readonly #tell: (finding: LedgerFinding) => void
  readonly #told = new Set<string>()

  constructor(tell: (finding: LedgerFinding) => void) {
    this.#tell = tell
  }

  add(finding: LedgerFinding | undefined): void {
    if (finding === undefined || this.#told.has(finding.where)) return
    this.#told.add(finding.where)
    if (finding.severity === 'error') this.errors++
    else this.warnings++
    this.#tell(finding)
  }
}

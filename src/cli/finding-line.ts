/** A finding as commands print it: one a line, for a script or for a person. */
import type { LedgerFinding } from '../store/ledger.ts'
import { printable } from './printable.ts'

export function findingLine(finding: LedgerFinding, json: boolean): string {
  const { severity, where, problem } = finding
  return json
    ? `${JSON.stringify(finding)}\n`
    : `${severity}: ${printable(where)}: ${printable(problem)}\n`
}

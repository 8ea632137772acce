import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { LedgerFinding } from '../ledger.ts'
import { Findings } from './findings.ts'

describe('findings of a copy', () => {
  it('about a record are told once, whichever passes come upon it, and wherever it stands', () => {
    const position = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.nat({ max: 4_000_000_000 }))
    fc.assert(
      fc.property(fc.array(position), (positions) => {
        const told = toldOf((findings) => {
          for (let pass = 0; pass < 2; pass++)
            for (const one of positions) findings.add(aFinding(String(one)), one)
        })
        assert.deepEqual(told, [...new Set(positions)].map(String))
      }),
    )
  })

  it('about anything else are told as they come', () => {
    const told = toldOf((findings) => {
      for (const where of ['purpose', 'buyer 1', 'purpose']) findings.add(aFinding(where))
    })
    assert.deepEqual(told, ['purpose', 'buyer 1', 'purpose'])
  })

  it('are counted by severity', () => {
    const findings = new Findings(() => undefined)
    findings.add(undefined, 1)
    findings.add({ ...aFinding('a'), severity: 'warning' }, 1)
    findings.add(aFinding('b'), 2)
    findings.add(aFinding('b'), 2)
    assert.deepEqual([findings.errors, findings.warnings], [1, 1])
  })

  it('of many records take a bit each', () => {
    const count = 5_000_000
    const findings = new Findings(() => undefined)
    const finding = aFinding('x')
    for (let pass = 0; pass < 2; pass++)
      for (let position = 1; position <= count; position++) findings.add(finding, position)
    assert.equal(findings.errors, count)
  })
})

function toldOf(use: (findings: Findings) => void): string[] {
  const told: string[] = []
  use(new Findings(({ where }) => told.push(where)))
  return told
}

function aFinding(where: string): LedgerFinding {
  return { severity: 'error', problem: 'x', where }
}

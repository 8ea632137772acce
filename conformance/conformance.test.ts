import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AWS_2025, BUILT_IN_PROFILES } from '../src/core/profile.ts'
import { CASES } from './cases/index.ts'
import { type InMemoryTarget, startInMemory } from './in-memory.ts'
import { startInWorkspace } from './in-workspace.ts'
import { count, failureText, newSummary } from './report.ts'
import { runCases } from './run.ts'

/** @returns Every failure in words, and every reason for which something was skipped. */
async function play(target: InMemoryTarget) {
  const summary = newSummary()
  const failures: string[] = []
  for await (const { case: one, outcome } of runCases(CASES, CASES, target)) {
    count(summary, outcome)
    if (outcome.kind === 'failed') failures.push(failureText(one, outcome.failure))
  }
  return {
    failures: failures.join('\n'),
    passed: summary.passed,
    skipped: [...summary.skipped.keys()],
  }
}

const STARTS = [
  ['a service in this process', startInMemory],
  ['a workspace of a sandbox, beside others,', startInWorkspace],
] as const
const RUNS = STARTS.flatMap(([what, start]) =>
  BUILT_IN_PROFILES.map((profile) => ({ what, start, profile })),
)

for (const { what, start, profile } of RUNS) {
  describe(`${what} conforms to ${profile.name}`, () => {
    it('in every case, twice over on one ledger, with nothing skipped but the other profile', async () => {
      const target = await start(profile)
      const other = BUILT_IN_PROFILES.find((one) => one !== profile)?.name ?? ''
      try {
        for (const round of ['first', 'second']) {
          const { failures, skipped } = await play(target)
          assert.equal(failures, '', `in the ${round} round`)
          const expected = [`it is of the profile ${other}`, 'it needs quotas turned on']
          assert.deepEqual(skipped.sort(), expected.sort())
        }
        assert.deepEqual(target.failures, [])
      } finally {
        await target.close()
      }
    })
  })
}

for (const [what, start] of STARTS) {
  describe(`${what} with quotas`, () => {
    it('throttles after rights and before JSON', async () => {
      const target = await start(AWS_2025, true)
      try {
        const { failures, passed } = await play(target)
        assert.equal(failures, '')
        assert.equal(passed, CASES.filter(({ quotas }) => quotas).length)
      } finally {
        await target.close()
      }
    })
  })
}

describe('the cases', () => {
  it('have names of their own', () => {
    const names = CASES.map(({ name }) => name)
    const repeated = names.filter((name, index) => names.indexOf(name) !== index)
    assert.deepEqual(repeated, [])
  })
})

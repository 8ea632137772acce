import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILT_IN_PROFILES } from '../src/core/profile.ts'
import { CASES } from './cases/index.ts'
import { startInMemory } from './in-memory.ts'
import { failureText } from './report.ts'
import { runCases } from './run.ts'

for (const profile of BUILT_IN_PROFILES) {
  describe(`a service in this process conforms to ${profile.name}`, () => {
    it('in every case, twice over on one ledger, with nothing skipped but the other profile', async () => {
      const target = await startInMemory(profile)
      try {
        for (const round of ['first', 'second']) {
          const texts: string[] = []
          for await (const { case: one, outcome } of runCases(CASES, CASES, target)) {
            if (outcome.kind === 'failed') texts.push(failureText(one, outcome.failure))
            if (outcome.kind !== 'skipped') continue
            if (!outcome.reason.startsWith('it is of the profile')) {
              texts.push(`${one.name} was skipped: ${outcome.reason}`)
            }
          }
          assert.equal(texts.join('\n'), '', `in the ${round} round`)
        }
        assert.deepEqual(target.failures, [])
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

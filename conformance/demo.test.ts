import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BUILT_IN_PROFILES } from '../src/core/profile.ts'
import { takeControl } from './admin-control.ts'
import type { Bindings } from './bindings.ts'
import { CASES } from './cases/index.ts'
import { startDemo } from './demo.ts'
import { count, failureText, newSummary } from './report.ts'
import { runCases } from './run.ts'

/** What the demo has no use for: conformance.test.ts runs these cases with a catalog of its own. */
const NOT_IN_THE_DEMO = [
  'it needs control of the clock',
  'it needs quotas turned on',
  'the bindings do not name concurrent.customerIdentifier',
  'the bindings do not name keys.expired',
  'the bindings do not name newProduct',
  'the bindings do not name registration.expired',
  'the bindings do not name secondRegion',
]

async function play(bindings: Bindings, endpoint: URL) {
  const controlled = await takeControl(bindings)
  const summary = newSummary()
  const failures: string[] = []
  for await (const { case: one, outcome } of runCases(CASES, CASES, { ...controlled, endpoint })) {
    count(summary, outcome)
    if (outcome.kind === 'failed') failures.push(failureText(one, outcome.failure))
  }
  await controlled.release()
  return { failures, skipped: [...summary.skipped.keys()] }
}

for (const { name } of BUILT_IN_PROFILES) {
  describe(`the demo, started as a program, conforms to ${name}`, () => {
    it('in every case that its catalog can play', async () => {
      const demo = await startDemo(name)
      try {
        const { failures, skipped } = await play(demo.bindings, demo.endpoint)
        assert.equal(failures.join('\n'), '')
        const unexpected = skipped.filter((reason) => !reason.startsWith('it is of the profile'))
        assert.deepEqual(unexpected.sort(), NOT_IN_THE_DEMO)
      } finally {
        await demo.stop()
      }
    })
  })
}

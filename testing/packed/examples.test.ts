/** The examples, as they stand in examples/, each a project of its own with the packed package; runners.test.ts runs JavaScript's. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { install, missing } from '../../conformance/sdk-runner/install.ts'
import { run } from '../../conformance/sdk-runner/process.ts'
import { EXAMPLES } from './examples.ts'
import { ROOT } from './packing.ts'
import { projectOf } from './project.ts'

/** What shows that the tests were run: their number, or an answer. */
const SHOWN: Readonly<Record<string, RegExp>> = {
  'example-python': /6 passed/,
  'example-go': /^ok /m,
  'example-java': /Tests run: 3, Failures: 0, Errors: 0, Skipped: 0/,
  'example-aws-cli': /^Success\t/m,
}

describe('the examples', { concurrency: 2 }, () => {
  for (const example of EXAMPLES) {
    it(`${example.name} passes`, async (t) => {
      const lack = await missing(example)
      if (lack !== undefined) {
        t.skip(lack)
        return
      }
      const failure = await install(example, (text) => {
        t.diagnostic(text)
      })
      assert.equal(failure, undefined)
      const project = await projectOf(path.relative(ROOT, example.folder))
      const { exitCode, stdout, stderr } = await run(example.run, project)
      assert.equal(exitCode, 0, `${stdout}${stderr}`)
      assert.match(stdout, SHOWN[example.name] ?? /./)
    })
  }
})

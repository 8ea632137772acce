/** A small real test, in each test runner that sellers use, on each Node that they have, without `node:sqlite`. */
import { describe, it } from 'node:test'
import { NODES } from './nodes.ts'
import { run } from './installing.ts'
import { projectOf } from './project.ts'

const SDK = '@aws-sdk/client-marketplace-metering'

interface Runner {
  readonly name: string
  readonly template: string
  readonly package?: string
  readonly words: readonly string[]
  readonly flags?: string
}

const RUNNERS: readonly Runner[] = [
  { name: 'node:test', template: 'examples/javascript', words: ['--test'] },
  {
    name: 'Vitest',
    template: 'testing/packed/projects/vitest',
    package: 'vitest',
    words: ['node_modules/vitest/vitest.mjs', 'run'],
  },
  {
    name: 'Jest, CommonJS',
    template: 'testing/packed/projects/jest-commonjs',
    package: 'jest',
    words: ['node_modules/jest/bin/jest.js'],
  },
  {
    name: 'Jest, ESM',
    template: 'testing/packed/projects/jest-esm',
    package: 'jest',
    words: ['node_modules/jest/bin/jest.js'],
    flags: '--experimental-vm-modules',
  },
]

describe('the packed package', { concurrency: 2 }, () => {
  for (const { name, template, package: uses = SDK, words, flags = '' } of RUNNERS) {
    const project = projectOf(template, SDK, ...(uses === SDK ? [] : [uses]))
    for (const node of NODES) {
      it(`serves ${name} on Node ${node.name}`, { skip: node.skip }, async () => {
        const options = `${node.withoutSqlite} ${flags}`.trim()
        await run(node.program, words, await project, { NODE_OPTIONS: options })
      })
    }
  }
})

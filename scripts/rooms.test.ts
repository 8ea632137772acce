/**
 * Proves that the project's own ESLint configuration refuses what the rooms forbid, one snippet a row.
 *
 * Typed rules are off here: they need files on disk, and the rules under test do not use types.
 */
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'

const eslint = new ESLint({
  cwd: path.join(import.meta.dirname, '..'),
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { languageOptions: { parserOptions: { project: null } } },
  ],
})

const IMPORTS: readonly (readonly [file: string, code: string, verdict: 'refused' | 'allowed'])[] =
  [
    ['core/a.ts', "export * from './b.ts'", 'allowed'],
    ['core/a.ts', "export * from '../core/b.ts'", 'allowed'],
    ['core/a.ts', "export * from '../wire/b.ts'", 'refused'],
    ['core/deep/a.ts', "export { b } from '../../store/b.ts'", 'refused'],
    ['core/a.ts', "import '../core/../store/b.ts'", 'refused'],
    ['core/a.ts', "import type { B } from '../wire/b.ts'", 'refused'],
    ['core/a.ts', "export type B = import('../wire/b.ts').B", 'refused'],
    ['core/a.ts', "export const b = await import('../wire/b.ts')", 'refused'],
    ['core/a.ts', "import 'node:crypto'", 'refused'],
    ['core/a.ts', "import 'yaml'", 'refused'],
    ['core/a.ts', "import '../../scripts/rooms.js'", 'refused'],
    ['core/a.ts', 'export const load = (name: string) => import(name)', 'refused'],
    ['wire/a.ts', "import '../core/b.ts'", 'allowed'],
    ['wire/a.ts', "import 'node:crypto'", 'allowed'],
    ['wire/a.ts', "import 'node:fs'", 'refused'],
    ['wire/a.ts', "import '../server/b.ts'", 'refused'],
    ['store/sqlite/a.ts', "import 'node:sqlite'", 'allowed'],
    ['store/a.ts', "import '../wire/b.ts'", 'refused'],
    ['store/a.ts', "import 'fastify'", 'refused'],
    ['server/a.ts', "import '../store/b.ts'", 'allowed'],
    ['server/a.ts', "import 'fastify'", 'allowed'],
    ['server/a.ts', "import '../relay/b.ts'", 'refused'],
    ['relay/a.ts', "import '../store/b.ts'", 'allowed'],
    ['relay/a.ts', "import '../server/b.ts'", 'refused'],
    ['client/a.ts', "import '../wire/b.ts'", 'allowed'],
    ['client/a.ts', "import '@aws-sdk/client-marketplace-metering'", 'allowed'],
    ['client/a.ts', "import '../store/b.ts'", 'refused'],
    ['client/a.ts', "import '../server/b.ts'", 'refused'],
    ['client/a.ts', "import 'pg'", 'refused'],
    ['testing/a.ts', "import '../server/b.ts'", 'allowed'],
    ['testing/a.ts', "import '../cli/b.ts'", 'refused'],
    ['cli/a.ts', "import '../relay/b.ts'", 'allowed'],
    // Tests may use the fakes and any package, and still keep to their room.
    ['core/a.test.ts', "import '../testing/b.ts'", 'allowed'],
    ['core/a.test.ts', "import 'node:test'", 'allowed'],
    ['core/a.test.ts', "import '../server/b.ts'", 'refused'],
    ['store/a.spec.ts', "import '../testing/b.ts'", 'allowed'],
  ]

const CORE_FORBIDS = [
  'Date.now()',
  'new Date()',
  'performance.now()',
  'Math.random()',
  "Math['random']()",
  'crypto.randomUUID()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'setImmediate(f)',
  'queueMicrotask(f)',
  'globalThis',
  'process.env',
  "console.log('')",
  "fetch('')",
  "Buffer.from('')",
]

const ENVIRONMENT = [
  'export const port = process.env.PORT',
  "export const port = process['env']",
  "import { env } from 'node:process'\nexport const port = env",
  'export const { env } = process',
]

describe('an import', () => {
  for (const [file, code, verdict] of IMPORTS) {
    it(`src/${file}: ${code} is ${verdict}`, async () => {
      assert.equal((await rulesBroken(file, code)).includes('rooms/imports'), verdict === 'refused')
    })
  }
})

describe('core takes clock, randomness and effects as arguments', () => {
  for (const expression of CORE_FORBIDS) {
    it(`${expression} is refused in core, allowed in its tests`, async () => {
      const code = `export const f = () => ${expression}`
      const isForbidden = (rule: string | null) =>
        rule === 'no-restricted-globals' || rule === 'no-restricted-properties'
      assert.ok((await rulesBroken('core/a.ts', code)).some(isForbidden))
      assert.ok(!(await rulesBroken('core/a.test.ts', code)).some(isForbidden))
    })
  }
})

describe('the environment', () => {
  for (const code of ENVIRONMENT) {
    it(`${code} is refused but in src/cli/config.ts`, async () => {
      for (const file of ['server/a.ts', 'core/a.ts', 'cli/a.ts']) {
        assert.ok((await rulesBroken(file, code)).includes('no-restricted-syntax'), file)
      }
      assert.ok(!(await rulesBroken('cli/config.ts', code)).includes('no-restricted-syntax'))
    })
  }
})

async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: `src/${file}` })
  const messages = result?.messages ?? []
  const fatal = messages.find((message) => message.fatal)
  assert.equal(fatal?.message, undefined)
  return messages.map((message) => message.ruleId)
}

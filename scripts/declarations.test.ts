import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { writeShapes } from './declarations.ts'

const ROOT = path.join(import.meta.dirname, '..')

describe('the published shapes', () => {
  it('are the types that the program is written in', async (t: TestContext) => {
    // Inside the project, where its modules and their packages are found.
    const folder = await mkdtemp(path.join(ROOT, 'node_modules/.declarations-'))
    t.after(() => rm(folder, { recursive: true }))
    await mkdir(path.join(folder, 'sandbox'))
    await writeShapes(folder)
    const source = await readFile(path.join(ROOT, 'src/sandbox/shapes.ts'), 'utf8')
    const names = [...source.matchAll(/^export type (\w+)/gm)].map(([, name]) => name ?? '')
    assert.ok(names.length > 5, 'the module was read')
    await writeFile(path.join(folder, 'equal.ts'), textOf(names))
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, ...OPTIONS, 'equal.ts'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(stdout, '')
  })
})

const OPTIONS = [
  '--ignoreConfig',
  '--noEmit',
  '--strict',
  '--exactOptionalPropertyTypes',
  '--skipLibCheck',
]
  .concat(['--module', 'nodenext', '--target', 'es2025', '--types', 'node'])
  .concat(['--allowImportingTsExtensions', '--noErrorTruncation'])

/** Identical, not merely assignable: a member that may be absent would be missed. */
function textOf(names: readonly string[]): string {
  const assertions = names.map(
    (name) => `export const is${name}: Same<source.${name}, published.${name}> = true\n`,
  )
  return `import type * as published from './sandbox/shapes.d.ts'
import type * as source from '../../src/sandbox/shapes.ts'
type Same<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false
${assertions.join('')}`
}

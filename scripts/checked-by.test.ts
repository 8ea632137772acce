/** What a file says it is checked by is there. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.join(import.meta.dirname, '..')
/** From the words to the end of their paragraph. */
const CLAIM = /Checked by:?\s((?:.*\n)(?:\s\*\s{3,}.*\n)*)/g
const TEST_FILE = /[\w./-]*[\w-]+\.(?:test|spec)\.ts/g

const files = globSync('{src,faults,bench,conformance,scripts,testing}/**/*.ts', { cwd: ROOT })
const claims = files.flatMap((file) =>
  Array.from(readFileSync(path.join(ROOT, file), 'utf8').matchAll(CLAIM), ([, claim = '']) => ({
    file,
    claim,
  })),
)

/** Beside the file, from the root, or from `src`. */
function isThere(file: string, name: string): boolean {
  return [path.dirname(file), '.', 'src'].some((from) => existsSync(path.join(ROOT, from, name)))
}

test('many files say what checks them, and every test that they name is there', () => {
  assert.ok(claims.length > 100)
  const missing = claims.flatMap(({ file, claim }) =>
    [...(claim.match(TEST_FILE) ?? [])]
      .filter((name) => !isThere(file, name))
      .map((name) => `${file} names ${name}`),
  )
  assert.deepEqual(missing, [])
})

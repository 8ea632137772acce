import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

const ROOT = path.join(import.meta.dirname, '..')
const CITED = /\b(?:[Rr]ules? (\d+)|(D\d{1,2}))\b/g

test('every rule and decision that the code names stands on docs/rules.md', async () => {
  const page = await readFile(path.join(ROOT, 'docs/rules.md'), 'utf8')
  const covered = new Set(rulesOn(page))
  const missing: string[] = []
  for await (const file of glob('{src,conformance}/**/*.ts', { cwd: ROOT })) {
    const text = await readFile(path.join(ROOT, file), 'utf8')
    for (const [, rule, decision] of text.matchAll(CITED)) {
      const known =
        decision === undefined ? covered.has(Number(rule)) : page.includes(`| ${decision} |`)
      if (!known) missing.push(`${file}: ${decision ?? rule ?? ''}`)
    }
  }
  assert.deepEqual(missing, [])
})

/** `3 to 10`, `1 and 2` or `17` in the first column. */
function* rulesOn(page: string): Generator<number> {
  for (const [, first, last] of page.matchAll(/^\| (\d+)(?: (?:to|and) (\d+))? \|/gm)) {
    for (let rule = Number(first); rule <= Number(last ?? first); rule++) yield rule
  }
}

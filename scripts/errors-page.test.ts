import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { errorsPage } from './errors-page.ts'

it('docs/errors.md is what the error table says; if not, `npm run docs`', async () => {
  const page = await readFile(path.join(import.meta.dirname, '../docs/errors.md'), 'utf8')
  assert.equal(page, errorsPage())
})

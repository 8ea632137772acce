import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { seedSchemaPage } from './seed-schema-page.ts'

it('docs/sandbox/seed.schema.json is what seeds are checked against; if not, `npm run docs`', async () => {
  const file = path.join(import.meta.dirname, '../docs/sandbox/seed.schema.json')
  assert.equal(await readFile(file, 'utf8'), seedSchemaPage())
})

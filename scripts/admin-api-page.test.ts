import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { adminApiPage } from './admin-api-page.ts'

it('docs/admin-api.openapi.json is what the routes say; if not, `npm run docs`', async () => {
  const file = path.join(import.meta.dirname, '../docs/admin-api.openapi.json')
  assert.equal(await readFile(file, 'utf8'), await adminApiPage())
})

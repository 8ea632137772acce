import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { catalogSchemaPage } from './catalog-schema-page.ts'

it('docs/catalog.schema.json is what apply checks; if not, `npm run docs`', async () => {
  const file = path.join(import.meta.dirname, '../docs/catalog.schema.json')
  assert.equal(await readFile(file, 'utf8'), catalogSchemaPage())
})

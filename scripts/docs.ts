/** Writes the pages of docs/ that are made from source. Checked by the test beside each `*-page.ts`. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { adminApiPage } from './admin-api-page.ts'
import { catalogSchemaPage } from './catalog-schema-page.ts'
import { commandsPage } from './commands-page.ts'
import { errorsPage } from './errors-page.ts'
import { seedSchemaPage } from './seed-schema-page.ts'
import { seedsPage } from './seeds-page.ts'

await writeFile(path.join(import.meta.dirname, '../docs/errors.md'), errorsPage())
await writeFile(
  path.join(import.meta.dirname, '../docs/admin-api.openapi.json'),
  await adminApiPage(),
)
await writeFile(path.join(import.meta.dirname, '../docs/catalog.schema.json'), catalogSchemaPage())
await writeFile(path.join(import.meta.dirname, '../docs/commands.md'), await commandsPage())
await writeFile(
  path.join(import.meta.dirname, '../docs/sandbox/seed.schema.json'),
  seedSchemaPage(),
)
await writeFile(path.join(import.meta.dirname, '../docs/sandbox/seeds.md'), await seedsPage())

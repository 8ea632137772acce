/**
 * The text of docs/catalog.schema.json, made from the schema that `catalog apply` checks files against.
 *
 * Checked by  catalog-schema-page.test.ts, which compares the file with this. `npm run docs` writes it.
 */
import { CATALOG_FILE } from '../src/server/catalog-file/schema.ts'

export function catalogSchemaPage(): string {
  return `${JSON.stringify(CATALOG_FILE, null, 2)}\n`
}

/**
 * The text of docs/sandbox/seed.schema.json, made from the schema that seeds of a user's own are checked against.
 *
 * Checked by  seed-schema-page.test.ts, which compares the file with this. `npm run docs` writes it.
 */
import { SEED_FILE } from '../src/sandbox/seed-schema.ts'

export function seedSchemaPage(): string {
  return `${JSON.stringify(SEED_FILE, null, 2)}\n`
}

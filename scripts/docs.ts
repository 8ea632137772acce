/** Writes the pages of docs/ that are made from source. Checked by errors-page.test.ts. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { errorsPage } from './errors-page.ts'

await writeFile(path.join(import.meta.dirname, '../docs/errors.md'), errorsPage())

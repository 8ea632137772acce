/** Writes bindings.schema.json from its source. */
import { writeFile } from 'node:fs/promises'
import { BINDINGS_SCHEMA } from './bindings.ts'

const file = new URL('bindings.schema.json', import.meta.url)
await writeFile(file, `${JSON.stringify(BINDINGS_SCHEMA, null, 2)}\n`)

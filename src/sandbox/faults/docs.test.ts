/** What docs/sandbox/faults.md says is so: its example is the one that runs here, and it knows every kind. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { FAULT_KINDS } from './check.ts'

const PAGE = path.join(import.meta.dirname, '../../../docs/sandbox/faults.md')

it('the page of faults shows the example that is run', async () => {
  const example = await readFile(path.join(import.meta.dirname, 'example.test.ts'), 'utf8')
  const page = await readFile(PAGE, 'utf8')
  assert.ok(page.includes(`\`\`\`ts\n${example}\`\`\`\n`), 'copy example.test.ts into the page')
})

it('the page of faults has a row for each kind', async () => {
  const [, kinds = ''] = (await readFile(PAGE, 'utf8')).split('## Kinds')
  const rows = [...kinds.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, kind]) => kind)
  assert.deepEqual(rows, [...FAULT_KINDS])
})

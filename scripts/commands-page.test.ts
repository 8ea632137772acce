import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { COMMANDS } from '../src/cli/commands.ts'
import { commandsPage } from './commands-page.ts'

it('docs/commands.md is what the commands say; if not, `npm run docs`', async () => {
  const file = path.join(import.meta.dirname, '../docs/commands.md')
  assert.equal(await readFile(file, 'utf8'), await commandsPage())
})

it('every command is registered under its own name, and documents success and a wrong line', async () => {
  for (const [name, load] of Object.entries(COMMANDS)) {
    const command = await load()
    assert.equal(command.name, name)
    assert.ok(command.exits[0] !== undefined && command.exits[2] !== undefined, name)
  }
})

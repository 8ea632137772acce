import assert from 'node:assert/strict'
import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { it } from 'node:test'
import { createSandbox } from '../src/sandbox/index.ts'
import { EXAMPLE, seedsPage } from './seeds-page.ts'

it('docs/sandbox/seeds.md is what the seeds have; if not, `npm run docs`', async () => {
  const file = path.join(import.meta.dirname, '../docs/sandbox/seeds.md')
  assert.equal(await readFile(file, 'utf8'), await seedsPage())
})

it('the seed that the page shows can be planted, and holds what it says', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'seeds-page-'))
  const seed = path.join(folder, 'seed.yaml')
  await writeFile(seed, EXAMPLE)
  await using sandbox = await createSandbox({ seed })
  await rm(folder, { recursive: true })
  assert.equal((await sandbox.records({ hour: '2026-11-23T10:00:00Z' })).length, 1)
  assert.equal(sandbox.clientConfigFor('222233334444', 'task-1').region, 'us-east-1')
})

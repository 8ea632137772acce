import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { runToEnd } from './program.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'data-folder-'))
after(() => rmSync(root, { recursive: true }))

// A file in its way stops root as well, whom no mode stops.
const blocked = path.join(root, 'file', 'data')
writeFileSync(path.join(root, 'file'), '')

describe('a folder that cannot be made', () => {
  const rows = [
    ['serve', '--port', '0', '--admin-port', '0'],
    ['sellers', 'create', '111122223333'],
    ['demo', '--port', '0'],
  ]
  for (const words of rows) {
    it(`is one sentence to ${words.join(' ')}`, async () => {
      const { code, err } = await runToEnd([...words, '--data', blocked])
      assert.equal(code, 3)
      assert.match(
        err,
        /^marketmeter: The folder \/.*data cannot be made: ENOTDIR: not a directory\. Let .* --data\.\n$/,
      )
    })
  }
})

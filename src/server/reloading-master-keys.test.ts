import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { openMasterKeyFile, replaceMasterKeyFile } from './keys/master-key-file.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { reloadingMasterKeys } from './reloading-master-keys.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'master-'))
after(() => rmSync(folder, { recursive: true }))

test('finds a key that was added to the file, looking at most once a second', () => {
  const file = path.join(folder, 'master.key')
  const opened = openMasterKeyFile(file)
  assert.ok(opened.ok)
  let nowMs = 0
  const ring = reloadingMasterKeys(file, opened.ring, () => nowMs)
  const added = masterKeyOf(randomBytes(32))
  assert.equal(ring.find(added.id), undefined)
  replaceMasterKeyFile(file, ringOf([added, ...opened.ring.keys]))
  nowMs = 999
  assert.equal(ring.find(added.id), undefined)
  nowMs = 1_000
  assert.equal(ring.find(added.id)?.id, added.id)
  assert.equal(ring.current.id, added.id)
  assert.equal(ring.find(opened.ring.current.id)?.id, opened.ring.current.id)
})

test('a file that broke leaves the keys that are known', () => {
  const file = path.join(folder, 'broken.key')
  const opened = openMasterKeyFile(file)
  assert.ok(opened.ok)
  const ring = reloadingMasterKeys(file, opened.ring)
  writeFileSync(file, 'rubbish')
  assert.equal(ring.find('nobody'), undefined)
  assert.equal(ring.find(opened.ring.current.id)?.id, opened.ring.current.id)
})

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { openMasterKeyFile, readMasterKeyFile, replaceMasterKeyFile } from './master-key-file.ts'
import { masterKeyOf, ringOf } from './master-keys.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'master-key-file-'))
after(() => rmSync(folder, { recursive: true }))
let fileCount = 0

function freshFile(): string {
  fileCount += 1
  const directory = path.join(folder, String(fileCount))
  mkdirSync(directory)
  return path.join(directory, 'master.key')
}

describe('the first start', () => {
  it('makes one key, for its owner alone, and leaves nothing else behind', () => {
    const file = freshFile()
    const result = openMasterKeyFile(file)
    assert.ok(result.ok && result.created)
    assert.equal(result.ring.keys.length, 1)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(path.dirname(file)), ['master.key'])
  })

  it('makes none where secrets wait for the one that is missing', () => {
    const file = freshFile()
    assert.match(problemOf(openMasterKeyFile(file, true)), /is missing.*Put it back from your copy/)
    assert.deepEqual(readdirSync(path.dirname(file)), [])
    const made = openMasterKeyFile(file)
    const opened = openMasterKeyFile(file, true)
    assert.ok(made.ok && opened.ok && !opened.created)
    assert.equal(opened.ring.current.id, made.ring.current.id)
  })

  it('has a random key', () => assert.notEqual(newId(), newId()))

  it('says why when the folder is missing', () => {
    const file = path.join(folder, 'nowhere', 'master.key')
    assert.match(problemOf(openMasterKeyFile(file)), /cannot be made: ENOENT.*nowhere/)
  })

  it('gives one key to eight starts at once', async () => {
    const file = freshFile()
    const module = path.join(import.meta.dirname, 'master-key-file.ts')
    const script =
      `import { openMasterKeyFile } from ${JSON.stringify(module)}\n` +
      `console.log(openMasterKeyFile(${JSON.stringify(file)}).ring.current.id)`
    const start = () =>
      promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script])
    const ids = await Promise.all(Array.from({ length: 8 }, start))
    assert.equal(new Set(ids.map((id) => id.stdout.trim())).size, 1)
    assert.deepEqual(readdirSync(path.dirname(file)), ['master.key'])
  })
})

describe('a later start', () => {
  it('reads the same key', () => {
    const file = freshFile()
    const first = openMasterKeyFile(file)
    const second = openMasterKeyFile(file)
    assert.ok(first.ok && second.ok && !second.created)
    assert.equal(second.ring.current.id, first.ring.current.id)
  })

  for (const mode of [0o600, 0o400]) {
    it(`takes mode ${mode.toString(8)}`, () => assert.ok(openMasterKeyFile(fileOf(mode)).ok))
  }

  for (const mode of [0o640, 0o604, 0o602, 0o644, 0o700, 0o610]) {
    it(`refuses mode ${mode.toString(8)}, and says how to mend it`, () => {
      const file = fileOf(mode)
      assert.equal(
        problemOf(openMasterKeyFile(file)),
        `The master key file ${file} has mode 0${mode.toString(8)}, so others than its owner may use it. ` +
          `Run: chmod 600 ${file}. If others had access to it, rotate the master key and the access keys as well.`,
      )
    })
  }

  it('refuses a file cut short, and leaves it as it is', () => {
    const file = fileOf(0o600)
    const cut = readFileSync(file, 'utf8').slice(0, -10)
    writeFileSync(file, cut)
    assert.match(problemOf(openMasterKeyFile(file)), /^The master key file .* is malformed: key 1 /)
    assert.equal(readFileSync(file, 'utf8'), cut)
  })

  it('refuses an empty file', () => {
    const file = freshFile()
    writeFileSync(file, '', { mode: 0o600 })
    assert.match(problemOf(openMasterKeyFile(file)), /holds no key\. Restore it/)
  })

  it('refuses a folder', () =>
    assert.match(problemOf(openMasterKeyFile(folder)), /is not a file\.$/))

  it('refuses what is far too big', () => {
    const file = freshFile()
    writeFileSync(file, '#'.repeat(70_000), { mode: 0o600 })
    assert.match(problemOf(openMasterKeyFile(file)), /far too big/)
  })
})

describe('reading alone', () => {
  it('makes nothing', () => {
    const file = freshFile()
    assert.match(problemOf(readMasterKeyFile(file)), /cannot be read: ENOENT/)
    assert.deepEqual(readdirSync(path.dirname(file)), [])
  })
})

describe('replacing', () => {
  it('puts the new keys in one step, for the owner alone', () => {
    const file = freshFile()
    const first = openMasterKeyFile(file)
    assert.ok(first.ok)
    const added = masterKeyOf(Buffer.alloc(32, 7))
    replaceMasterKeyFile(file, ringOf([added, ...first.ring.keys]))
    const second = openMasterKeyFile(file)
    assert.ok(second.ok)
    assert.equal(second.ring.current.id, added.id)
    assert.ok(second.ring.find(first.ring.current.id))
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(path.dirname(file)), ['master.key'])
  })
})

function newId(): string {
  const result = openMasterKeyFile(freshFile())
  assert.ok(result.ok)
  return result.ring.current.id
}

function fileOf(mode: number): string {
  const file = freshFile()
  assert.ok(openMasterKeyFile(file).ok)
  chmodSync(file, mode)
  return file
}

function problemOf(result: { ok: boolean; problem?: string }): string {
  assert.equal(result.ok, false)
  return result.problem ?? ''
}

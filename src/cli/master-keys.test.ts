import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { CommandFailure } from './command.ts'
import type { LedgerPlace } from './ledger-place.ts'
import { masterKeyFileIn, openMasterKeys } from './master-keys.ts'

const root = mkdtempSync(path.join(tmpdir(), 'master-keys-'))
after(() => rmSync(root, { recursive: true }))

const POSTGRES: LedgerPlace = { kind: 'postgres', url: 'postgres://role@host/usage' }
const NEW = { hasSecrets: false, isDemo: false }

describe('the master keys of a ledger in a folder', () => {
  it('are made beside it, once', () => {
    const place: LedgerPlace = { kind: 'sqlite', folder: root }
    const made = openMasterKeys(place, undefined, NEW)
    assert.ok(existsSync(masterKeyFileIn(root)))
    assert.equal(openMasterKeys(place, undefined, NEW).current.id, made.current.id)
  })

  it('are those of the environment or of a named file, if one was named', () => {
    const folder = mkdtempSync(path.join(root, 'named-'))
    const place: LedgerPlace = { kind: 'sqlite', folder }
    const text = randomBytes(32).toString('base64')
    const file = keyFile(text)
    const inFile = openMasterKeys(place, { from: 'file', file }, NEW)
    const inEnvironment = openMasterKeys(place, { from: 'environment', text }, NEW)
    assert.equal(inFile.current.id, inEnvironment.current.id)
    assert.ok(!existsSync(masterKeyFileIn(folder)))
  })
})

describe('the master keys of a ledger on PostgreSQL', () => {
  it('are named ones alone', () => {
    const text = randomBytes(32).toString('base64')
    assert.ok(openMasterKeys(POSTGRES, { from: 'environment', text }, NEW))
    assert.throws(() => openMasterKeys(POSTGRES, undefined, NEW), refusal(/--master-key-file FILE/))
  })

  it('are never made: a named file must be there, and be its owner’s', () => {
    const file = path.join(root, 'absent.key')
    const source = { from: 'file', file } as const
    assert.throws(() => openMasterKeys(POSTGRES, source, NEW), refusal(/cannot be read: ENOENT/))
    assert.ok(!existsSync(file))
    const open = keyFile(randomBytes(32).toString('base64'), 0o644)
    assert.throws(
      () => openMasterKeys(POSTGRES, { from: 'file', file: open }, NEW),
      refusal(/has mode 0644.* Run: chmod 600/),
    )
  })

  it('of a demo are the same everywhere, whatever was named', () => {
    const demo = { hasSecrets: true, isDemo: true }
    const text = randomBytes(32).toString('base64')
    const ring = openMasterKeys(POSTGRES, { from: 'environment', text }, demo)
    assert.equal(ring.current.id, openMasterKeys(POSTGRES, undefined, demo).current.id)
  })
})

function refusal(expected: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof CommandFailure)
    assert.equal(error.exitCode, 3)
    assert.match(error.message, expected)
    return true
  }
}

function keyFile(text: string, mode = 0o600): string {
  const file = path.join(root, `${randomBytes(4).toString('hex')}.key`)
  writeFileSync(file, `${text}\n`)
  chmodSync(file, mode)
  return file
}

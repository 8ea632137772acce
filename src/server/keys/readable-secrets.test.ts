import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { AccessKeyEntry } from '../../core/control-entries.ts'
import type { AccountId, InstantMs } from '../../core/usage.ts'
import { MASTER_KEY_BYTES, type MasterKey, masterKeyOf, ringOf } from './master-keys.ts'
import { ReadableSecrets } from './readable-secrets.ts'
import { sealSecret } from './secrets.ts'

const [OURS, THEIRS] = [newKey(), newKey()]

describe('the secrets that callers sign with', () => {
  it('are readable while the master key of each is known', () => {
    const { secrets, put } = watched()
    put('AKIAONE', OURS)
    assert.deepEqual(secrets.health(), { ready: true })
  })

  it('are not when another process has encrypted one under a master key that is not known here', () => {
    const { secrets, put } = watched()
    put('AKIAONE', OURS)
    put('AKIAONE', THEIRS)
    const { ready, note = '' } = secrets.health()
    assert.equal(ready, false)
    assert.match(note, /^The secret of access key AKIAONE is encrypted under master key /)
    assert.match(note, new RegExp(`${THEIRS.id}, which is not known here\\. Put that key back`))
  })

  it('are again when it is encrypted anew, or disabled', () => {
    const { secrets, put } = watched()
    put('AKIAONE', THEIRS)
    put('AKIATWO', THEIRS)
    put('AKIAONE', OURS)
    assert.equal(secrets.health().ready, false)
    put('AKIATWO', THEIRS, 'disabled')
    assert.equal(secrets.health().ready, true)
  })

  it('are again when the key comes to be known', () => {
    const { secrets, put, ring } = watched()
    put('AKIAONE', THEIRS)
    put('AKIATWO', THEIRS)
    assert.equal(secrets.health().ready, false)
    ring.keys = ringOf([OURS, THEIRS])
    assert.equal(secrets.health().ready, true)
  })

  it('leave what is no sealed secret to whoever tries to open it', () => {
    const { secrets, entries } = watched()
    entries.set('AKIAONE', { ...entryOf('AKIAONE', OURS), secret: 'nonsense' })
    secrets.look('AKIAONE')
    secrets.look('AKIANOWHERE')
    assert.equal(secrets.health().ready, true)
  })
})

function watched() {
  const entries = new Map<string, AccessKeyEntry>()
  const ring = { keys: ringOf([OURS]) }
  const secrets = new ReadableSecrets(entries, { find: (id) => ring.keys.find(id) })
  const put = (id: string, masterKey: MasterKey, status: AccessKeyEntry['status'] = 'active') => {
    entries.set(id, { ...entryOf(id, masterKey), status })
    secrets.look(id)
  }
  return { entries, ring, secrets, put }
}

function entryOf(id: string, masterKey: MasterKey): AccessKeyEntry {
  return {
    kind: 'accessKey',
    id,
    account: '111122223333' as AccountId,
    status: 'active',
    description: '',
    createdMs: 0 as InstantMs,
    secret: sealSecret(masterKey, id, 'secret', randomBytes),
  }
}

function newKey(): MasterKey {
  return masterKeyOf(randomBytes(MASTER_KEY_BYTES))
}

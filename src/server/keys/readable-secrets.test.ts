import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { AccessKeyEntry, PublicKeyEntry } from '../../core/control-entries.ts'
import type { AccountId, InstantMs, ProductCode } from '../../core/usage.ts'
import { MASTER_KEY_BYTES, type MasterKey, masterKeyOf, ringOf } from './master-keys.ts'
import { newPublicKey } from './public-keys.ts'
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
    const { secrets } = watched()
    secrets.look({ ...entryOf('AKIAONE', OURS), secret: 'nonsense' })
    assert.equal(secrets.health().ready, true)
  })
})

describe('the private keys that RegisterUsage signs with', () => {
  it('are not readable under a master key that is not known here, whatever their version', async () => {
    const { secrets, ring } = watched()
    const sealed = await publicKeyOf(THEIRS)
    secrets.look(await publicKeyOf(OURS, 2))
    assert.equal(secrets.health().ready, true)
    secrets.look({ ...sealed, rotatedMs: 1 as InstantMs })
    const { ready, note = '' } = secrets.health()
    assert.equal(ready, false)
    assert.ok(
      note.startsWith(`The private key of ${sealed.fingerprint} is encrypted under master key `),
    )
    assert.match(note, new RegExp(`${THEIRS.id}, which is not known here\\. Put that key back`))
    ring.keys = ringOf([OURS, THEIRS])
    assert.equal(secrets.health().ready, true)
  })

  it('are again when they are encrypted anew', async () => {
    const { secrets } = watched()
    secrets.look(await publicKeyOf(THEIRS))
    assert.equal(secrets.health().ready, false)
    secrets.look(await publicKeyOf(OURS))
    assert.equal(secrets.health().ready, true)
  })
})

async function publicKeyOf(masterKey: MasterKey, version = 1): Promise<PublicKeyEntry> {
  const product = 'product' as ProductCode
  const pair = await newPublicKey(masterKey, randomBytes)
  return { kind: 'publicKey', product, version, createdMs: 0 as InstantMs, ...pair }
}

function watched() {
  const ring = { keys: ringOf([OURS]) }
  const secrets = new ReadableSecrets({ find: (id) => ring.keys.find(id) })
  const put = (id: string, masterKey: MasterKey, status: AccessKeyEntry['status'] = 'active') => {
    secrets.look({ ...entryOf(id, masterKey), status })
  }
  return { ring, secrets, put }
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

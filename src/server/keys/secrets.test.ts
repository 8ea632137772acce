import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { masterKeyOf, ringOf } from './master-keys.ts'
import { masterKeyIdOf } from './sealed-text.ts'
import { describeOpenProblem, openSecret, resealSecret, sealSecret } from './secrets.ts'

const oldKey = masterKeyOf(Buffer.alloc(32, 1))
const newKey = masterKeyOf(Buffer.alloc(32, 2))
const oldRing = ringOf([oldKey])
const newRing = ringOf([newKey])
const bothRing = ringOf([newKey, oldKey])
const ID = 'AKIAIOSFODNN7EXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const sealed = sealSecret(oldKey, ID, SECRET, randomBytes)

describe('a sealed secret', () => {
  it('is v1, its master key, an iv and the ciphertext', () => {
    const [version, masterKeyId, iv = '', body = ''] = sealed.split('.')
    assert.deepEqual([version, masterKeyId], ['v1', oldKey.id])
    assert.equal(Buffer.from(iv, 'base64url').length, 12)
    assert.equal(Buffer.from(body, 'base64url').length, SECRET.length + 16)
  })

  it('holds no part of the secret, and is another each time', () => {
    assert.ok(!sealed.includes(SECRET.slice(0, 8)))
    assert.notEqual(sealSecret(oldKey, ID, SECRET, randomBytes), sealed)
  })

  it('opens under any ring that knows its key', () => {
    for (const ring of [oldRing, bothRing]) {
      assert.deepEqual(openSecret(ring, ID, sealed), { ok: true, secret: SECRET })
    }
  })

  it('opens to whatever was sealed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, id) => {
        const result = openSecret(oldRing, id, sealSecret(oldKey, id, secret, randomBytes))
        assert.deepEqual(result, { ok: true, secret })
      }),
      { numRuns: 50 },
    )
  })

  it('of another access key does not open', () =>
    assert.deepEqual(openSecret(oldRing, 'AKIAIOSFODNN7EXAMPLF', sealed), {
      ok: false,
      problem: { kind: 'notAuthentic', masterKeyId: oldKey.id },
    }))

  it('of a master key that is not known says which', () => {
    const result = openSecret(newRing, ID, sealed)
    assert.ok(!result.ok)
    assert.deepEqual(result.problem, { kind: 'unknownMasterKey', masterKeyId: oldKey.id })
    assert.equal(
      describeOpenProblem(result.problem, ID),
      `The secret of access key ${ID} is encrypted under master key ${oldKey.id}, ` +
        'which is not known here. Put that key back, after the current one.',
    )
  })

  it('with any character changed does not open', () => {
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A'
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1)
      // The last character may hold bits that base64url does not use.
      if (sameBytes(changed, sealed)) continue
      assert.ok(!openSecret(oldRing, ID, changed).ok, `character ${index}`)
    }
  })

  it('claimed to be under another known key does not open', () => {
    const claimed = sealed.replace(oldKey.id, newKey.id)
    assert.ok(!openSecret(bothRing, ID, claimed).ok)
  })

  it('in no known form is malformed, and nothing throws', () => {
    const short = sealed.split('.').with(3, 'AAAA').join('.')
    const texts = [
      '',
      'v1',
      'v1...',
      sealed.replace('v1', 'v2'),
      `${sealed}.x`,
      `${sealed}=`,
      short,
    ]
    for (const text of texts) {
      assert.deepEqual(openSecret(oldRing, ID, text), { ok: false, problem: { kind: 'malformed' } })
    }
    fc.assert(fc.property(fc.string(), (text) => assert.ok(!openSecret(oldRing, ID, text).ok)))
  })
})

describe('resealing', () => {
  it('moves a secret to the current master key', () => {
    const result = resealSecret(bothRing, ID, sealed, randomBytes)
    assert.ok(result.ok && result.changed)
    assert.equal(masterKeyIdOf(result.sealed), newKey.id)
    assert.deepEqual(openSecret(newRing, ID, result.sealed), { ok: true, secret: SECRET })
  })

  it('leaves one that is there already', () =>
    assert.deepEqual(resealSecret(oldRing, ID, sealed, randomBytes), {
      ok: true,
      sealed,
      changed: false,
    }))

  it('does not hide a damaged one', () => {
    const result = resealSecret(oldRing, 'AKIAOTHER', sealed, randomBytes)
    assert.equal(result.ok, false)
  })
})

function sameBytes(a: string, b: string): boolean {
  const bytes = (text: string) =>
    text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
  return a.slice(0, 19) === b.slice(0, 19) && bytes(a).join() === bytes(b).join()
}

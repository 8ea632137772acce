import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { newLongTermKey, newTemporaryKey } from './new-key.ts'

const counting = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => index))

describe('a new key', () => {
  it('has the form of AWS’s long-term keys', () => {
    const key = newLongTermKey(randomBytes)
    assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
    assert.match(key.secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  })

  it('has the form of AWS’s temporary keys, with a token and its hash', () => {
    const key = newTemporaryKey(randomBytes)
    assert.match(key.accessKeyId, /^ASIA[A-Z2-7]{16}$/)
    assert.match(key.secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
    assert.match(key.sessionToken, /^[A-Za-z0-9+/]{128}$/)
    assert.deepEqual(key.sessionTokenHash, createHash('sha256').update(key.sessionToken).digest())
  })

  it('is made of the bytes that it is given', () => {
    // RFC 4648 base32 of 00 01 … 09.
    assert.equal(newLongTermKey(counting).accessKeyId, 'AKIAAAAQEAYEAUDAOCAJ')
    assert.equal(newLongTermKey(() => Buffer.alloc(10, 0xff)).accessKeyId, `AKIA${'7'.repeat(16)}`)
  })

  it('is another each time', () => {
    const ids = new Set(
      Array.from({ length: 1_000 }, () => newLongTermKey(randomBytes).accessKeyId),
    )
    assert.equal(ids.size, 1_000)
  })
})

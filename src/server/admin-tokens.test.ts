import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { CatalogIndex } from '../core/catalog-index.ts'
import type { AdminTokenEntry } from '../core/control-entries.ts'
import type { InstantMs } from '../core/usage.ts'
import { findAdminToken, newAdminToken } from './admin-tokens.ts'

const { id, token, hash } = newAdminToken(randomBytes)

test('a token is found until it expires or is revoked, and never by another text', () => {
  assert.equal(find({})?.id, id)
  assert.equal(find({ expiresMs: 100 as InstantMs }, token, 99)?.id, id)
  assert.equal(find({ expiresMs: 100 as InstantMs }, token, 100), undefined)
  assert.equal(find({ revoked: true }), undefined)
  assert.equal(find({}, hash), undefined)
  assert.equal(find({}, `${token}x`), undefined)
  assert.equal(find({}, newAdminToken(randomBytes).token), undefined)
})

test('what is kept of a token does not hold it', () => {
  assert.match(token, /^mmt_[\w-]{43}$/)
  assert.match(hash, /^[0-9a-f]{64}$/)
  assert.ok(!`${id}${hash}`.includes(token.slice(4)))
})

function find(members: Partial<AdminTokenEntry>, presented = token, nowMs = 0) {
  const index = new CatalogIndex()
  index.put({
    kind: 'adminToken',
    id,
    hash,
    readOnly: false,
    description: '',
    createdMs: 0 as InstantMs,
    revoked: false,
    ...members,
  })
  return findAdminToken(index, presented, nowMs)
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  AccessKeyEntry,
  AdminTokenEntry,
  ControlEntry,
  ProductEntry,
  PublicKeyEntry,
  SellerEntry,
} from '../../core/control-entries.ts'
import { accountOf } from '../builders.spec.ts'
import { entryDifferenceOf } from './entry-difference.ts'

const SELLER: SellerEntry = {
  kind: 'seller',
  account: accountOf(1),
  name: 'First',
  retired: false,
  webhook: { url: 'https://h/?token=s3cret' },
}
const KEY = { kind: 'accessKey', id: 'A', status: 'active', secret: 'v1.s3cret' } as AccessKeyEntry
const SESSION: AccessKeyEntry = {
  ...KEY,
  temporary: { expiresMs: 5 as never, sessionTokenHash: 's3cret' },
}
const TOKEN = { kind: 'adminToken', id: 'T', hash: 's3cret', revoked: false } as AdminTokenEntry
const PUBLIC_KEY = { kind: 'publicKey', version: 1, secret: 'v1.s3cret' } as PublicKeyEntry

// Read each row as: of these two, the first the source's, is told …
const TABLE: readonly (readonly [string, ControlEntry, ControlEntry, string | undefined])[] = [
  ['equal ones', SELLER, { ...SELLER }, undefined],
  [
    'a field',
    SELLER,
    { ...SELLER, name: 'Other "one"' },
    'the target has name "Other \\"one\\"" instead of "First"',
  ],
  [
    'several fields, one of them absent',
    { kind: 'buyer', account: accountOf(1), name: 'A', retired: false },
    { kind: 'buyer', account: accountOf(1), name: 'B', more: 5 } as unknown as ControlEntry,
    'the target has name "B" instead of "A", retired none instead of false, more 5 instead of none',
  ],
  [
    'a field of a part',
    aProduct('calls', 'bytes'),
    aProduct('calls', 'requests'),
    'the target has dimensions.1.name "requests" instead of "bytes"',
  ],
  [
    'a part that one lacks',
    aProduct('calls'),
    aProduct('calls', 'bytes'),
    'the target has dimensions.1 {"name":"bytes"} instead of none',
  ],
  [
    'the kind of a part',
    { ...SELLER, name: ['x'] } as unknown as SellerEntry,
    SELLER,
    'the target has name "First" instead of ["x"]',
  ],
  [
    'a webhook',
    SELLER,
    { ...SELLER, webhook: { url: 'https://other' } },
    'the target has another webhook',
  ],
  [
    'a hash',
    TOKEN,
    { ...TOKEN, hash: 'other', revoked: true },
    'the target has another hash, revoked true instead of false',
  ],
  [
    'a session token',
    SESSION,
    { ...SESSION, temporary: { expiresMs: 5 as never, sessionTokenHash: 'x' } },
    'the target has another temporary.sessionTokenHash',
  ],
  ['an access key encrypted anew', KEY, { ...KEY, secret: 'v1.other' }, undefined],
  ['a private key encrypted anew', PUBLIC_KEY, { ...PUBLIC_KEY, secret: 'v1.other' }, undefined],
]

describe('two things of one name', () => {
  for (const [what, source, target, told] of TABLE) {
    it(`say of ${what} what differs, and no secret`, () => {
      assert.equal(entryDifferenceOf(source, target), told)
      assert(!entryDifferenceOf(target, source)?.includes('s3cret'))
    })
  }

  it('say no more than anybody reads', () => {
    const names = (prefix: string, count: number) =>
      aProduct(...Array.from({ length: count }, (_, index) => `${prefix}${index}`))
    const five = entryDifferenceOf(names('a', 5), names('b', 5))
    assert.match(five ?? '', /dimensions\.4\.name "b4" instead of "a4"$/)
    const six = entryDifferenceOf(names('a', 6), names('b', 6))
    assert.match(six ?? '', /dimensions\.4\.name "b4" instead of "a4", and 1 more$/)
    const long = entryDifferenceOf(SELLER, { ...SELLER, name: 'x'.repeat(10_000) })
    assert.equal(long?.length, 'the target has name  instead of "First"'.length + 101)
  })
})

function aProduct(...names: readonly string[]): ProductEntry {
  return { kind: 'product', dimensions: names.map((name) => ({ name })) } as unknown as ProductEntry
}

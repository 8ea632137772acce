/** Whose signature counts: by the present state of the control data, whatever was derived and kept before. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { AccessKeyEntry, ControlEntry } from '../core/control-entries.ts'
import type { InstantMs } from '../core/usage.ts'
import { aCatalog, NOON, SELLER } from '../testing/builders.ts'
import { hashSessionToken } from '../wire/sigv4/index.ts'
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from '../wire/sigv4/signer.spec.ts'
import { accessKeyLookup } from './access-keys.ts'
import { aService, SIGNED_AT, type TestService, wireBatch } from './handle.spec.ts'
import { masterKeyOf, ringOf } from './keys/master-keys.ts'
import { sealSecret } from './keys/secrets.ts'
import { SigningKeys } from './keys/signing-keys.ts'

const masterKey = masterKeyOf(Buffer.alloc(32, 1))
const TOKEN = 'FwoGZXIvYXdzEXAMPLETOKEN//8='

const seller = (retired: boolean): ControlEntry => ({
  kind: 'seller',
  account: SELLER,
  name: '',
  retired,
})
const buyer = (retired: boolean): ControlEntry => ({
  kind: 'buyer',
  account: SELLER,
  name: '',
  retired,
})
const temporary = { expiresMs: NOON, sessionTokenHash: hashSessionToken(TOKEN).toString('hex') }

describe('an access key', () => {
  const rows: readonly (readonly [name: string, entries: readonly ControlEntry[], code: string])[] =
    [
      ['of a seller', [seller(false), aKey()], ''],
      ['of an account that plays no part yet', [aKey()], ''],
      ['that nobody has', [seller(false)], 'UnrecognizedClientException'],
      [
        'that is disabled',
        [seller(false), aKey({ status: 'disabled' })],
        'UnrecognizedClientException',
      ],
      ['of a retired seller', [seller(true), aKey()], 'UnrecognizedClientException'],
      ['of a retired seller that still buys', [seller(true), buyer(false), aKey()], ''],
      [
        'of a retired seller and buyer',
        [seller(true), buyer(true), aKey()],
        'UnrecognizedClientException',
      ],
      ['with another secret', [aKey({ secret: sealed('another') })], 'InvalidSignatureException'],
      ['for this operation', [aKey({ operations: ['BatchMeterUsage'] })], ''],
      [
        'for another operation',
        [aKey({ operations: ['ResolveCustomer'] })],
        'AccessDeniedException',
      ],
      [
        'that is temporary, without its token',
        [aKey({ temporary })],
        'UnrecognizedClientException',
      ],
    ]
  for (const [name, entries, code] of rows) {
    it(`${name}: ${code === '' ? 'is taken' : code}`, async () => {
      assert.equal(await codeAfter(aServiceWith(...entries).test), code)
    })
  }

  it('that is temporary is good until the instant at which it expires', async () => {
    const key = (expiresMs: number) =>
      aKey({
        temporary: { ...temporary, expiresMs: (NOON + expiresMs) as InstantMs },
      })
    const answer = (expiresMs: number, sessionToken = TOKEN) =>
      codeAfter(aServiceWith(key(expiresMs)).test, sessionToken)
    assert.equal(await answer(1), '')
    assert.equal(await answer(0), 'ExpiredTokenException')
    assert.equal(await answer(1, `${TOKEN}x`), 'UnrecognizedClientException')
  })

  it('stops with the next request, though its signing key is at hand', async () => {
    const { test, put } = aServiceWith(aKey())
    assert.equal(await codeAfter(test), '')
    put(aKey({ status: 'disabled' }))
    assert.equal(await codeAfter(test), 'UnrecognizedClientException')
    put(aKey())
    assert.equal(await codeAfter(test), '')
    put(aKey({ secret: sealed('another') }))
    assert.equal(await codeAfter(test), 'InvalidSignatureException')
  })

  it('whose master key is gone is a failure of ours, and tells no secret', async () => {
    const strange = sealSecret(
      masterKeyOf(Buffer.alloc(32, 9)),
      ACCESS_KEY_ID,
      SECRET_ACCESS_KEY,
      randomBytes,
    )
    const { test } = aServiceWith(aKey({ secret: strange }))
    assert.equal(await codeAfter(test), 'InternalServiceErrorException')
    assert.doesNotMatch(String(test.told.failures[0]), new RegExp(SECRET_ACCESS_KEY.slice(0, 10)))
  })
})

function aServiceWith(...entries: readonly ControlEntry[]): {
  test: TestService
  put: (entry: ControlEntry) => void
} {
  const catalog = aCatalog()
  const put = (entry: ControlEntry): void => {
    catalog.put(entry)
  }
  entries.forEach(put)
  const signingKeys = new SigningKeys('aws-marketplace', 10)
  const keys = accessKeyLookup(catalog, ringOf([masterKey]), signingKeys)
  return { test: aService({ catalog, keys }), put }
}

async function codeAfter(test: TestService, sessionToken?: string): Promise<string> {
  const signing = { at: SIGNED_AT, ...(sessionToken !== undefined && { sessionToken }) }
  return (await test.send(wireBatch(), signing)).code
}

function aKey(facts: Partial<AccessKeyEntry> = {}): AccessKeyEntry {
  return {
    kind: 'accessKey',
    id: ACCESS_KEY_ID,
    account: SELLER,
    status: 'active',
    description: '',
    createdMs: NOON,
    secret: sealed(SECRET_ACCESS_KEY),
    ...facts,
  }
}

function sealed(secret: string): string {
  return sealSecret(masterKey, ACCESS_KEY_ID, secret, randomBytes)
}

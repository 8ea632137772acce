/** RegisterUsage through the whole pipeline: who is let run, what is kept of it, and whether the answer verifies. */
import assert from 'node:assert/strict'
import { constants, randomBytes, verify } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { importSPKI, jwtVerify } from 'jose'
import type { CatalogIndex } from '../../core/catalog-index.ts'
import type { PublicKeyEntry } from '../../core/control-entries.ts'
import type { AgreementId, InstantMs, ProductCode } from '../../core/usage.ts'
import {
  aCatalog,
  anAgreement,
  aProduct,
  NOON,
  OTHER_SELLER,
  SELLER,
} from '../../testing/builders.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import { newPublicKey, resealPrivateKey, signClaims } from '../keys/public-keys.ts'
import { changeInMemory, registerUsageBy } from '../usage-registrations.ts'
import { aService, MASTER_KEYS, OTHER_SELLERS_KEY_ID, SIGNED_AT } from '../handle.spec.ts'

const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AWSMPMeteringService.RegisterUsage',
}
const CONTAINER = 'container' as ProductCode
const BATCH = 'batch' as ProductCode
/** The key that signs in these tests is of this account; here it buys. */
const BUYER = SELLER

const keys: PublicKeyEntry[] = []
before(async () => {
  for (const version of [1, 2]) {
    const pair = await newPublicKey(MASTER_KEYS.current, randomBytes)
    const rotated = version === 1 ? { rotatedMs: (NOON - 1_500) as InstantMs } : {}
    const createdMs = NOON
    keys.push({ kind: 'publicKey', product: CONTAINER, version, createdMs, ...pair, ...rotated })
  }
})

function world(...agreements: readonly ReturnType<typeof anAgreement>[]): CatalogIndex {
  const catalog = aCatalog(
    aProduct({ code: CONTAINER, meteredBy: 'MeterUsage', seller: OTHER_SELLER }),
    aProduct({ code: BATCH, seller: OTHER_SELLER }),
    ...agreements,
  )
  for (const key of keys) catalog.put(key)
  return catalog
}

const bought = anAgreement({ product: CONTAINER, buyer: BUYER })

async function ask(catalog: CatalogIndex, body: object, signing = {}) {
  const { send } = aService({ catalog })
  const { status, text } = await send(
    { ProductCode: CONTAINER, PublicKeyVersion: 2, ...body },
    { headers: HEADERS, ...signing },
  )
  const answer = JSON.parse(text) as {
    readonly __type?: string
    readonly Signature?: string
    readonly PublicKeyRotationTimestamp?: number
  }
  return { status, ...answer }
}

describe('a refused RegisterUsage', () => {
  it('tells our own surfaces which product it was about', async () => {
    const { send, told } = aService({ catalog: world() })
    await send({ ProductCode: CONTAINER, PublicKeyVersion: 2 }, { headers: HEADERS })
    assert.deepEqual(
      told.refused.map(({ code, productCode }) => [code, productCode]),
      [['CustomerNotEntitledException', CONTAINER]],
    )
  })
})

describe('the signature of RegisterUsage', () => {
  it('is a JWT that verifies against the published key, with the claims in both spellings', async () => {
    const { status, Signature = '', ...rest } = await ask(world(bought), { Nonce: 'né"1' })
    assert.deepEqual([status, rest], [200, {}])
    const key = await importSPKI(keys[1]?.publicKey ?? '', 'PS256')
    const { payload, protectedHeader } = await jwtVerify(Signature, key)
    assert.deepEqual(protectedHeader, { alg: 'PS256', typ: 'JWT' })
    assert.deepEqual(payload, {
      ...{ ProductCode: CONTAINER, PublicKeyVersion: 2, Nonce: 'né"1' },
      ...{ productCode: CONTAINER, publicKeyVersion: 2, nonce: 'né"1' },
      iat: NOON / 1_000,
    })
  })

  it('verifies with nothing of the library that made it: RSA-PSS, SHA-256, a salt of 32 bytes', async () => {
    const { Signature = '' } = await ask(world(bought), {})
    const [header = '', claims = '', signature = ''] = Signature.split('.')
    const key = {
      key: keys[1]?.publicKey ?? '',
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    }
    const signed = Buffer.from(`${header}.${claims}`)
    assert.ok(verify('sha256', signed, key, Buffer.from(signature, 'base64url')))
  })

  it('has no nonce where none was sent', async () => {
    const { Signature = '' } = await ask(world(bought), {})
    const claims = Buffer.from(Signature.split('.')[1] ?? '', 'base64url').toString()
    assert.doesNotMatch(claims, /nonce/i)
  })

  it('is of the version that was asked for, and an older one says since when it is', async () => {
    const { Signature = '', PublicKeyRotationTimestamp } = await ask(world(bought), {
      PublicKeyVersion: 1,
    })
    assert.equal(PublicKeyRotationTimestamp, (NOON - 1_500) / 1_000)
    const [old, current] = await Promise.all(
      keys.map(({ publicKey }) => importSPKI(publicKey, 'PS256')),
    )
    assert.ok(old && current)
    await jwtVerify(Signature, old)
    await assert.rejects(jwtVerify(Signature, current))
  })
})

describe('RegisterUsage', () => {
  const at = (ms: number) => (NOON + ms) as InstantMs
  const ROWS = [
    ['an agreement', bought, {}, {}, ''],
    ['no agreement', undefined, {}, {}, 'CustomerNotEntitledException'],
    ['one of another buyer', anAgreement({ product: CONTAINER }), {}, {}, 'CustomerNotEntitled'],
    ['one of another product', anAgreement({ product: BATCH, buyer: BUYER }), {}, {}, 'CustomerNo'],
    ['a suspended one', { ...bought, status: 'suspended' }, {}, {}, 'CustomerNotEntitled'],
    ['a cancelled one', { ...bought, status: 'cancelled' }, {}, {}, 'CustomerNotEntitled'],
    ['one that ends now', { ...bought, endMs: at(0) }, {}, {}, ''],
    ['one that has ended', { ...bought, endMs: at(-1) }, {}, {}, 'CustomerNotEntitled'],
    ['one that begins now', { ...bought, startMs: at(0) }, {}, {}, ''],
    ['one that is to begin', { ...bought, startMs: at(1) }, {}, {}, 'CustomerNotEntitled'],
    [
      'the signature of somebody else',
      bought,
      {},
      { accessKeyId: OTHER_SELLERS_KEY_ID },
      'Customer',
    ],
    ['an unknown product', bought, { ProductCode: 'x' }, {}, 'InvalidProductCodeException'],
    ['an empty product', bought, { ProductCode: '' }, {}, 'InvalidProductCodeException'],
    ['a product metered otherwise', bought, { ProductCode: BATCH }, {}, 'InvalidProductCode'],
    ['an unknown version', bought, { PublicKeyVersion: 3 }, {}, 'InvalidPublicKeyVersionException'],
    ['version 0', bought, { PublicKeyVersion: 0 }, {}, 'ValidationException'],
    ['no version', bought, { PublicKeyVersion: null }, {}, 'ValidationException'],
    [
      'a version of one and a half',
      bought,
      { PublicKeyVersion: 1.5 },
      {},
      'SerializationException',
    ],
    ['a nonce of 255', bought, { Nonce: 'n'.repeat(255) }, {}, ''],
    ['a nonce of 256', bought, { Nonce: 'n'.repeat(256) }, {}, 'ValidationException'],
    ['a Region that is not served', bought, {}, { region: 'eu-west-1' }, 'DisabledApiException'],
    ['the version before the buyer', undefined, { PublicKeyVersion: 3 }, {}, 'InvalidPublicKey'],
    [
      'the product before the version',
      bought,
      { ProductCode: 'x', PublicKeyVersion: 9 },
      {},
      'InvalidP',
    ],
  ] as const
  for (const [name, agreement, body, signing, code] of ROWS) {
    it(`with ${name}: ${code || 'is signed'}`, async () => {
      const answer = await ask(agreement === undefined ? world() : world(agreement), body, signing)
      assert.equal(answer.status, code === '' ? 200 : 400)
      assert.ok((answer.__type ?? '').startsWith(code), answer.__type)
      assert.equal(typeof answer.Signature, code === '' ? 'string' : 'undefined')
    })
  }

  it('keeps one registration of a session, which goes on when its buyer leaves', async () => {
    const catalog = world(bought)
    await ask(catalog, { PublicKeyVersion: 1 })
    const [first, ...others] = [...catalog.usageRegistrations.values()]
    assert.deepEqual(others, [])
    assert.deepEqual(first, {
      ...{ kind: 'usageRegistration', product: CONTAINER, buyer: BUYER, publicKeyVersion: 1 },
      ...{ accessKeyId: first?.accessKeyId, registeredMs: NOON },
    })
    catalog.put({ ...bought, id: 'agmt-1' as AgreementId, status: 'cancelled' })
    assert.equal((await ask(catalog, { PublicKeyVersion: 1 })).status, 200)
    assert.equal((await ask(catalog, { PublicKeyVersion: 2 })).status, 200)
    const versions = [...catalog.usageRegistrations.values()].map((one) => one.publicKeyVersion)
    assert.deepEqual(versions, [2])
  })

  it('keeps the latest version of a session, and writes once for each however they alternate', async () => {
    const catalog = world(bought)
    const keep = registerUsageBy(changeInMemory(catalog))
    const kept: number[] = []
    const { send } = aService({
      catalog,
      registerUsage: (usage, nowMs) => {
        kept.push(usage.publicKeyVersion)
        return keep(usage, nowMs)
      },
    })
    for (const PublicKeyVersion of [1, 2, 1, 2, 1]) {
      const body = { ProductCode: CONTAINER, PublicKeyVersion }
      assert.equal((await send(body, { headers: HEADERS })).status, 200)
    }
    assert.deepEqual(kept, [1, 2])
    const versions = [...catalog.usageRegistrations.values()].map((one) => one.publicKeyVersion)
    assert.deepEqual(versions, [2])
  })

  it('keeps nothing of what it refuses, and makes no usage record', async () => {
    const catalog = world()
    await ask(catalog, {})
    assert.equal(catalog.usageRegistrations.size, 0)
    const { send, ledger, told } = aService({ catalog: world(bought) })
    await send({ ProductCode: CONTAINER, PublicKeyVersion: 1 }, { headers: HEADERS, at: SIGNED_AT })
    assert.deepEqual([told.settled.length, ledger.questions.length], [0, 0])
  })

  it('is 500 when it cannot be kept, and nothing is signed for the caller', async () => {
    const failure = new Error('disk full')
    const { send, told } = aService({
      catalog: world(bought),
      registerUsage: () => Promise.reject(failure),
    })
    const body = { ProductCode: CONTAINER, PublicKeyVersion: 1 }
    const { status, text } = await send(body, { headers: HEADERS })
    assert.equal(status, 500)
    assert.doesNotMatch(text, /Signature/)
    assert.deepEqual(told.failures, [failure])
  })
})

describe('a private key at rest', () => {
  it('is sealed, and opens for its own public key and under its master key alone', async () => {
    const [one, other] = keys
    assert.ok(one && other)
    assert.doesNotMatch(one.secret, /PRIVATE/)
    const sign = (key: Pick<PublicKeyEntry, 'fingerprint' | 'secret'>, ring = MASTER_KEYS) =>
      new Promise((resolve) => {
        resolve(signClaims(ring, key, {}, NOON))
      })
    await sign(one)
    const moved = { ...one, secret: other.secret }
    await assert.rejects(sign(moved), /was altered, or is another one's/)
    const stranger = ringOf([masterKeyOf(randomBytes(32))])
    await assert.rejects(sign(one, stranger), /not known here\. Put that key back/)
  })

  it('goes over to a new master key once', async () => {
    const [one] = keys
    assert.ok(one)
    const ring = ringOf([masterKeyOf(randomBytes(32)), ...MASTER_KEYS.keys] as never)
    const sealed = resealPrivateKey(ring, one, randomBytes)
    assert.ok(sealed.ok && sealed.changed)
    const anew = { ...one, secret: sealed.sealed }
    const again = resealPrivateKey(ring, anew, randomBytes)
    assert.ok(again.ok && !again.changed)
    await signClaims(
      { find: (id) => (id === ring.current.id ? ring.current : undefined) },
      anew,
      {},
      NOON,
    )
  })
})

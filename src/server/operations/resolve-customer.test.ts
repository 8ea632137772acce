/** ResolveCustomer through the whole service: every answer, their order, and what stays unsaid. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { CatalogEntry, ProductEntry } from '../../core/control-entries.ts'
import type { UsageHour } from '../../core/hour.ts'
import { AWS_2025 } from '../../core/profile.ts'
import type { Registration } from '../../core/registration.ts'
import {
  aCatalog,
  anAgreement,
  aProduct,
  BUYER,
  CUSTOMER,
  licenseOf,
  NOON,
  OTHER_SELLER,
  PRODUCT,
  SELLER,
} from '../../testing/builders.ts'
import {
  aService,
  MASTER_KEYS,
  OTHER_SELLERS_KEY_ID,
  signed,
  type TestService,
} from '../handle.spec.ts'
import { sealRegistration } from '../registration-tokens.ts'
import type { Signing } from '../../wire/sigv4/signer.spec.ts'

const RESOLVE_CUSTOMER = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'AWSMPMeteringService.ResolveCustomer',
}
const REGISTRATION: Registration = {
  seller: SELLER,
  product: PRODUCT,
  buyer: BUYER,
  licenseArn: licenseOf('1'),
  customerIdentifier: CUSTOMER,
  issuedMs: NOON,
}

function tokenOf(facts: Partial<Registration> = {}): string {
  return sealRegistration(MASTER_KEYS, { ...REGISTRATION, ...facts }, randomBytes)
}

function resolve({ handle }: TestService, token: unknown, signing: Signing = {}) {
  const body = JSON.stringify({ RegistrationToken: token })
  return handle(signed(body, { headers: RESOLVE_CUSTOMER, ...signing }))
}

const NAMES = { ProductCode: PRODUCT, CustomerAWSAccountId: BUYER, LicenseArn: licenseOf('1') }

describe('a good token', () => {
  const products: readonly (readonly [string, Partial<ProductEntry>, boolean])[] = [
    ['of a legacy product', {}, true],
    ['of a product that went to the new integration since', { integration: 'new' }, false],
    ['of a concurrent product', { concurrentFromHour: 0 as UsageHour }, false],
    ['of a retired product', { retired: true }, true],
  ]
  for (const [name, facts, isNamed] of products) {
    it(`${name} tells ${isNamed ? 'the customer identifier too' : 'no customer identifier'}`, async () => {
      const service = aService({ catalog: aCatalog(aProduct(facts)) })
      const { status, text } = await resolve(service, tokenOf())
      const named = isNamed ? { CustomerIdentifier: CUSTOMER } : {}
      assert.deepEqual([status, JSON.parse(text)], [200, { ...named, ...NAMES }])
    })
  }

  it('gives the same answer again and again, also before its agreement is seen here', async () => {
    const service = aService({ catalog: aCatalog(aProduct()) })
    const token = tokenOf()
    const first = await resolve(service, token)
    assert.equal(first.status, 200)
    assert.deepEqual(await resolve(service, token), first)
  })
})

describe('a profile that bounds the uses', () => {
  const profile = { ...AWS_2025, registrationTokenUsesMax: 2 }

  it('refuses one use more, of each token by itself, in the words of a token that is too old', async () => {
    const service = aService({ profile })
    const [one, other] = [tokenOf(), tokenOf()]
    const codes: string[] = []
    for (const token of [one, one, one, other, one]) {
      codes.push((await resolve(service, token)).code)
    }
    assert.deepEqual(codes, ['', '', 'ExpiredTokenException', '', 'ExpiredTokenException'])
    assert.equal((await resolve(service, one)).status, 400)
  })

  it('does not count who is refused', async () => {
    const service = aService({ profile })
    const token = tokenOf()
    const refused: readonly Signing[] = [
      { accessKeyId: OTHER_SELLERS_KEY_ID },
      { region: 'eu-west-1' },
    ]
    for (const signing of refused) {
      for (let times = 0; times < 3; times++) {
        assert.equal((await resolve(service, token, signing)).status, 400)
      }
    }
    assert.equal((await resolve(service, token)).status, 200)
  })
})

describe('a revocation', () => {
  const revoked = { tokensRevokedMs: NOON }
  const rows: readonly (readonly [string, readonly CatalogEntry[]])[] = [
    ['of the product', [aProduct(revoked)]],
    ['of the agreement', [aProduct(), anAgreement({ licenseArn: licenseOf('1'), ...revoked })]],
  ]
  for (const [name, entries] of rows) {
    it(`${name} makes what was made up to then invalid, and nothing that is made afterwards`, async () => {
      const service = aService({ catalog: aCatalog(...entries) })
      const answers = [NOON - 1, NOON, NOON + 1].map(async (issuedMs) => {
        return (await resolve(service, tokenOf({ issuedMs: issuedMs as typeof NOON }))).code
      })
      const expected = ['InvalidTokenException', 'InvalidTokenException', '']
      assert.deepEqual(await Promise.all(answers), expected)
    })
  }

  it('of another agreement is none of it', async () => {
    const entries = [aProduct(), anAgreement({ licenseArn: licenseOf('2'), ...revoked })]
    const service = aService({ catalog: aCatalog(...entries) })
    assert.equal((await resolve(service, tokenOf())).status, 200)
  })
})

describe('any other token', () => {
  const before = NOON - AWS_2025.registrationTokenMs
  const rows: readonly (readonly [string, unknown, string, Signing?])[] = [
    ['a number', 5, 'SerializationException'],
    ['a list', ['a'], 'SerializationException'],
    ['none', undefined, 'ValidationException'],
    ['null', null, 'ValidationException'],
    ['an empty one', '', 'ValidationException'],
    ['an empty one, in a Region not served', '', 'ValidationException', { region: 'eu-west-1' }],
    ['a made-up one, in a Region not served', 'x', 'DisabledApiException', { region: 'eu-west-1' }],
    ['a made-up one', 'x', 'InvalidTokenException'],
    ['a blank', ' ', 'InvalidTokenException'],
    ['of NUL and half a character', '\0\ud83d', 'InvalidTokenException'],
    ['of a million characters', 'A'.repeat(1_000_000), 'InvalidTokenException'],
    ['a form decoded twice', tokenOf().replaceAll('+', ' '), 'InvalidTokenException'],
    ['too old', tokenOf({ issuedMs: before as typeof NOON }), 'ExpiredTokenException'],
    ['another seller’s', tokenOf({ seller: OTHER_SELLER }), 'InvalidTokenException'],
    [
      'shown by another seller',
      tokenOf(),
      'InvalidTokenException',
      { accessKeyId: OTHER_SELLERS_KEY_ID },
    ],
  ]
  for (const [name, token, code, signing] of rows) {
    it(`${name}: ${code}, and the token is repeated nowhere`, async () => {
      const service = aService({ profile: { ...AWS_2025, authStatus: 403 } })
      const answer = await resolve(service, token, signing)
      assert.deepEqual([answer.status, answer.code], [400, code])
      if (typeof token !== 'string' || token.trim() === '') return
      const said = JSON.stringify([answer.text, service.facts, service.told])
      if (token.length > 1) assert.ok(!said.includes(JSON.stringify(token).slice(1, -1)))
      assert.deepEqual(service.told.failures, [])
    })
  }
})

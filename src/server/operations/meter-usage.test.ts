/** MeterUsage through the whole service: each exception, idempotency with and without a token, and what stays behind. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CatalogEntry } from '../../core/control-entries.ts'
import { AWS_2025, type Profile } from '../../core/profile.ts'
import type { AccountId, AgreementId, InstantMs, ProductCode } from '../../core/usage.ts'
import {
  aCatalog,
  anAgreement,
  aProduct,
  BUYER,
  NOON,
  OTHER_BUYER,
  PRODUCT,
  SELLER,
} from '../../testing/builders.ts'
import { deriveSigningKey, type KeyLookup } from '../../wire/sigv4/index.ts'
import { SECRET_ACCESS_KEY, type Signing } from '../../wire/sigv4/signer.spec.ts'
import { createHandler } from '../handle.ts'
import { aService, NOON_SECONDS, signed } from '../handle.spec.ts'
import type { Signer } from '../service.ts'
import { batchMeterUsage } from './batch-meter-usage.ts'
import { meterUsage } from './meter-usage.ts'

const BATCH = 'batch-product' as ProductCode
const ENDED = 'ended-product' as ProductCode
const HOUR = 3_600

const WORLD: readonly CatalogEntry[] = [
  aProduct({ meteredBy: 'MeterUsage' }),
  aProduct({ code: BATCH }),
  aProduct({ code: ENDED, meteredBy: 'MeterUsage' }),
  anAgreement(),
  anAgreement({
    id: 'agmt-ended' as AgreementId,
    product: ENDED,
    endMs: (NOON - 30 * 60_000) as InstantMs,
  }),
]

const SIGNERS: Readonly<Record<string, Omit<Signer, 'accessKeyId'>>> = {
  AKIDFIRST: { account: BUYER, resource: 'i-1' },
  AKIDSECOND: { account: BUYER, resource: 'i-2' },
  AKIDBARE: { account: BUYER },
  AKIDOTHER: { account: OTHER_BUYER, resource: 'i-1' },
  AKIDSELLER: { account: SELLER, resource: 'i-1' },
  AKIDRESTRICTED: { account: BUYER, resource: 'i-1', operations: ['RegisterUsage'] },
}

const KEYS: KeyLookup<Signer> = {
  find(accessKeyId) {
    const signer = SIGNERS[accessKeyId]
    if (signer === undefined) return undefined
    return {
      signer: { ...signer, accessKeyId },
      session: undefined,
      signingKey: (date, region) =>
        deriveSigningKey(SECRET_ACCESS_KEY, { date, region, service: 'aws-marketplace' }),
    }
  },
}

/** A request of now, but for its members; `key` and `Region` are the signature's. */
interface Sent extends Readonly<Record<string, unknown>> {
  readonly key?: string
  readonly region?: string
}

interface Answered {
  readonly status: number
  /** The error's name, or the id. */
  readonly said: string
}

function aMarket(profile: Profile = AWS_2025) {
  let nowMs = NOON as number
  const market = aService({ profile, keys: KEYS, catalog: aCatalog(...WORLD), nowMs: () => nowMs })
  const { service, ledger, told } = market
  const handle = createHandler(service, [batchMeterUsage(service), meterUsage(service)])
  const send = async ({ key = 'AKIDFIRST', region = 'us-east-1', ...members }: Sent = {}) => {
    const body = {
      ProductCode: PRODUCT,
      Timestamp: NOON_SECONDS,
      UsageDimension: 'requests',
      UsageQuantity: 5,
      ...members,
    }
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSMPMeteringService.MeterUsage',
    }
    const signing: Signing = { accessKeyId: key, region, headers }
    const answer = await handle(signed(body, signing), { requestId: 'r' })
    return said(answer.status, answer.body.toString())
  }
  const goTo = (ms: number) => (nowMs = ms)
  return { send, ledger, told, goTo }
}

function said(status: number, body: string): Answered {
  const answer = JSON.parse(body) as { __type?: string; MeteringRecordId?: string }
  return { status, said: answer.__type ?? answer.MeteringRecordId ?? '' }
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8/

describe('MeterUsage by itself', () => {
  const rows: readonly (readonly [string, Sent, string | RegExp, number])[] = [
    ['of now', {}, ID, 200],
    ['without a quantity', { UsageQuantity: undefined }, ID, 200],
    ['with allocations', { UsageAllocations: [{ AllocatedUsageQuantity: 5 }] }, ID, 200],
    ['of six hours ago', { Timestamp: NOON_SECONDS - 6 * HOUR }, ID, 200],
    [
      'of longer ago',
      { Timestamp: NOON_SECONDS - 6 * HOUR - 0.001 },
      'TimestampOutOfBoundsException',
      400,
    ],
    ['of the future', { Timestamp: NOON_SECONDS + 301 }, 'TimestampOutOfBoundsException', 400],
    ['without a timestamp', { Timestamp: null }, 'ValidationException', 400],
    ['for another Region', { region: 'eu-west-1' }, 'InvalidEndpointRegionException', 400],
    ['for a product metered by batch', { ProductCode: BATCH }, 'InvalidProductCodeException', 400],
    ['without a product', { ProductCode: '' }, 'InvalidProductCodeException', 400],
    ['by a key without a label', { key: 'AKIDBARE' }, 'AccessDeniedException', 400],
    ['by a key for another operation', { key: 'AKIDRESTRICTED' }, 'AccessDeniedException', 400],
    ['of another dimension', { UsageDimension: 'Requests' }, 'InvalidUsageDimensionException', 400],
    [
      'with a wrong sum',
      { UsageAllocations: [{ AllocatedUsageQuantity: 4 }] },
      'InvalidUsageAllocationsException',
      400,
    ],
    ['by another account', { key: 'AKIDOTHER' }, 'CustomerNotEntitledException', 400],
    ['by the seller', { key: 'AKIDSELLER' }, 'CustomerNotEntitledException', 400],
    ['after the end', { ProductCode: ENDED }, 'CustomerNotEntitledException', 400],
    ['of the last hour', { ProductCode: ENDED, Timestamp: NOON_SECONDS - 1 }, ID, 200],
    ['dry', { DryRun: true }, 'DryRunOperation', 400],
    [
      'dry, by another account',
      { DryRun: true, key: 'AKIDOTHER' },
      'CustomerNotEntitledException',
      400,
    ],
    [
      'dry, by a key without a label',
      { DryRun: true, key: 'AKIDBARE' },
      'UnauthorizedException',
      400,
    ],
  ]
  for (const [name, sent, answer, status] of rows) {
    it(`${name} is ${String(answer)}`, async () => {
      const { send, ledger } = aMarket()
      const got = await send(sent)
      if (typeof answer === 'string') assert.equal(got.said, answer)
      else assert.match(got.said, answer)
      assert.equal(got.status, status)
      assert.equal((await ledger.records()).length, status === 200 ? 1 : 0)
    })
  }
})

describe('a second MeterUsage', () => {
  const token = { ClientToken: 'token-1' }
  const IDEMPOTENCY = 'IdempotencyConflictException'
  const DUPLICATE = 'DuplicateRequestException'
  // The first is of noon, with a quantity of 5 and the token-1.
  const rows: readonly (readonly [string, Sent, string])[] = [
    ['the same', token, 'same id'],
    ['the same without a token', {}, 'same id'],
    ['the same under another token', { ClientToken: 'token-2' }, 'same id'],
    ['of another minute, without a token', { Timestamp: NOON_SECONDS + 60 }, 'same id'],
    ['of another minute', { ...token, Timestamp: NOON_SECONDS + 60 }, IDEMPOTENCY],
    ['of another quantity', { ...token, UsageQuantity: 6 }, IDEMPOTENCY],
    ['of another quantity without a token', { UsageQuantity: 6 }, DUPLICATE],
    ['of another quantity under another token', { ClientToken: 'x', UsageQuantity: 6 }, DUPLICATE],
    ['of another hour', { ...token, Timestamp: NOON_SECONDS - HOUR }, IDEMPOTENCY],
    ['of another hour without a token', { Timestamp: NOON_SECONDS - HOUR }, 'other id'],
    ['of another resource', { ...token, key: 'AKIDSECOND' }, IDEMPOTENCY],
    ['of another resource without a token', { key: 'AKIDSECOND' }, 'other id'],
    ['of another resource, quantity too', { key: 'AKIDSECOND', UsageQuantity: 6 }, 'other id'],
    [
      'with other allocations, without a token',
      { UsageAllocations: [{ AllocatedUsageQuantity: 5 }] },
      'same id',
    ],
    [
      'that is wrong in itself',
      { ...token, UsageDimension: 'x' },
      'InvalidUsageDimensionException',
    ],
  ]
  for (const [name, sent, answer] of rows) {
    it(`${name} is ${answer}`, async () => {
      const { send, ledger } = aMarket()
      const first = await send(token)
      const { said } = await send(sent)
      if (answer === 'same id') assert.equal(said, first.said)
      else if (answer === 'other id') assert.match(said, ID)
      else assert.equal(said, answer)
      assert.equal((await ledger.records()).length, answer === 'other id' ? 2 : 1)
      assert.equal(said === first.said, answer === 'same id')
    })
  }

  it('with other allocations is a duplicate where the profile says so', async () => {
    const { send } = aMarket({ ...AWS_2025, allocationsDiffer: 'duplicate' })
    await send()
    const second = await send({ UsageAllocations: [{ AllocatedUsageQuantity: 5 }] })
    assert.equal(second.said, DUPLICATE)
  })

  it('under a taken token has the profile’s status', async () => {
    for (const idempotencyConflictStatus of [400, 409] as const) {
      const { send } = aMarket({ ...AWS_2025, idempotencyConflictStatus })
      await send(token)
      assert.equal((await send({ ...token, UsageQuantity: 6 })).status, idempotencyConflictStatus)
    }
  })

  it('finds its token, then what is held, then the agreement, once that is over', async () => {
    const { send, goTo } = aMarket()
    const usage = { ProductCode: ENDED, Timestamp: NOON_SECONDS - HOUR }
    const first = await send({ ...usage, ...token })
    goTo(NOON + 45 * 60_000)
    assert.equal((await send({ ...usage, ...token })).said, first.said)
    assert.equal((await send({ ...usage, ...token, UsageQuantity: 6 })).said, IDEMPOTENCY)
    assert.equal((await send({ ...usage, UsageQuantity: 6 })).said, DUPLICATE)
    const fresh = { ...usage, Timestamp: NOON_SECONDS - 2 * HOUR }
    assert.equal((await send({ ...fresh, ...token })).said, IDEMPOTENCY)
    assert.equal((await send(fresh)).said, 'CustomerNotEntitledException')
  })

  it('may use the token again once it is over', async () => {
    const { send, goTo } = aMarket()
    await send(token)
    goTo(NOON + 7 * HOUR * 1_000 - 1)
    const later = { ...token, Timestamp: NOON_SECONDS + 6 * HOUR }
    assert.equal((await send(later)).said, IDEMPOTENCY)
    goTo(NOON + 7 * HOUR * 1_000)
    assert.match((await send(later)).said, ID)
  })
})

describe('MeterUsage on our own surfaces', () => {
  it('tells the seller why a buyer’s report was refused, and what is held', async () => {
    const { send, told } = aMarket()
    const first = await send()
    await send({ UsageQuantity: 6 })
    const [refused] = told.refused
    assert.equal(refused?.seller, SELLER)
    assert.equal(refused.code, 'DuplicateRequestException')
    assert.equal(refused.operation, 'MeterUsage')
    assert.deepEqual(refused.held, { id: first.said, quantity: 5 })
    assert.equal(refused.usage?.quantity, 6)
    assert.deepEqual(
      told.settled.map(({ outcome }) => outcome),
      ['added', 'conflicting'],
    )
  })

  it('tells nothing to the seller of a product that the account never bought', async () => {
    const { send, told } = aMarket()
    await send({ key: 'AKIDOTHER' })
    assert.deepEqual(
      told.refused.map(({ seller }) => seller),
      [OTHER_BUYER] satisfies AccountId[],
    )
  })

  it('tells of other allocations that were taken as the same', async () => {
    const { send, told } = aMarket()
    await send()
    await send({ UsageAllocations: [{ AllocatedUsageQuantity: 5 }] })
    const refused = told.refused.map(({ code, seller }) => [code, seller])
    assert.deepEqual(refused, [['AllocationsDiffer', SELLER]])
  })

  it('answers 500 while the ledger cannot be reached, so that SDKs send again', async () => {
    const { send, ledger } = aMarket()
    ledger.failure = new Error('unreachable')
    assert.deepEqual(await send(), { status: 500, said: 'InternalServiceErrorException' })
    ledger.failure = undefined
    assert.match((await send()).said, ID)
  })

  it('asks the ledger nothing about tokens when none was sent', async () => {
    const { send, ledger } = aMarket()
    await send()
    await send({ key: 'AKIDOTHER' })
    assert.deepEqual(ledger.questions, ['hold 1', 'find 1'])
  })
})

/**
 * A clock that jumps, forwards and back, under a whole service: tokens, agreements and client tokens are judged by the time that
 * it is, and what was held stays held, once.
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MeterUsageCommand,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'
import { aDomainClock, admin, clientOf, type DemoMarket, startDemo } from './demo-host.spec.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const IMAGE = '8n2idemomachineimagepr0d1'
const BUYER = '222233338888'

describe('a clock that jumps', () => {
  it('makes a registration token old, and new again', async (test) => {
    const { market, clock } = await aMarket(test)
    const sdk = clientOf(test, market)
    const body = { product: PRODUCT, buyer: BUYER }
    const { token } = (await admin(market, 'POST', 'registration-tokens', body)) as {
      token: string
    }
    const resolve = () => sdk.send(new ResolveCustomerCommand({ RegistrationToken: token }))
    for (const [jumpMs, answer] of [
      [4 * HOUR - 1, 'good'],
      [1, 'ExpiredTokenException'],
      [365 * DAY, 'ExpiredTokenException'],
      [-365 * DAY - 4 * HOUR, 'good'],
      [-30 * DAY, 'good'],
    ] as const) {
      clock.goOn(jumpMs)
      assert.equal(await nameOf(resolve(), () => 'good'), answer)
    }
  })

  it('admits usage by the time that it is, and holds an hour once', async (test) => {
    const { market, clock, agreement } = await aMarket(test)
    const sdk = clientOf(test, market)
    const meter = async (Dimension: string, atMs: number, Quantity = 5) => {
      const usage = { Dimension, Quantity, Timestamp: new Date(atMs), CustomerAWSAccountId: BUYER }
      const batch = { ProductCode: PRODUCT, UsageRecords: [usage] }
      const sent = sdk.send(new BatchMeterUsageCommand(batch))
      return nameOf(sent, ({ Results = [] }) => Results[0]?.Status)
    }
    clock.goOn(10 * MINUTE)
    const usedMs = clock.nowMs
    assert.equal(await meter('requests', usedMs), 'Success')
    clock.goOn(-DAY)
    assert.equal(await meter('users', clock.nowMs), 'CustomerNotSubscribed')
    clock.goOn(2 * DAY)
    assert.equal(await meter('users', clock.nowMs), 'Success')
    assert.equal(await meter('requests', usedMs), 'TimestampOutOfBoundsException')
    clock.goOn(-DAY)
    assert.equal(await meter('requests', usedMs), 'Success')
    assert.equal(await meter('requests', usedMs, 6), 'DuplicateRecord')

    await admin(market, 'POST', `agreements/${agreement}/cancel`)
    const endMs = clock.nowMs
    clock.goOn(HOUR)
    assert.equal(await meter('storage_gb', endMs), 'CustomerNotSubscribed')
    clock.goOn(-30 * MINUTE)
    assert.equal(await meter('storage_gb', endMs), 'Success')
    clock.goOn(30 * MINUTE)
    assert.equal(await meter('storage_gb', endMs), 'Success')
    assert.equal(await countOf(market), 3)
  })

  it('frees a client token that is over, and never the hour that it was for', async (test) => {
    const { market, clock } = await aMarket(test)
    const { id: accessKeyId, secretAccessKey } = (await admin(market, 'POST', 'access-keys', {
      account: BUYER,
    })) as { id: string; secretAccessKey: string }
    const sdk = clientOf(test, market, { accessKeyId, secretAccessKey })
    const meter = (atMs: number, ClientToken: string, UsageQuantity = 5) => {
      const report = { UsageDimension: 'hours', UsageQuantity, Timestamp: new Date(atMs) }
      const sent = sdk.send(new MeterUsageCommand({ ProductCode: IMAGE, ClientToken, ...report }))
      return nameOf(sent, ({ MeteringRecordId }) => MeteringRecordId)
    }
    const usedMs = clock.nowMs
    const first = await meter(usedMs, 'token')
    assert.match(first, /-8/)
    assert.equal(await meter(usedMs, 'token', 6), 'IdempotencyConflictException')
    clock.goOn(8 * HOUR)
    const second = await meter(clock.nowMs, 'token', 6)
    assert.notEqual(second, first)
    clock.goOn(-8 * HOUR)
    // It has the request that was last, which comes from the future now.
    assert.equal(await meter(usedMs, 'token'), 'IdempotencyConflictException')
    assert.equal(await meter(usedMs, 'another'), first)
    assert.equal(await meter(usedMs, 'a-third', 6), 'DuplicateRequestException')
    assert.equal(await countOf(market), 2)
  })
})

/** The buyer has agreements for both products since now. */
async function aMarket(test: TestContext) {
  const clock = aDomainClock()
  const market = await startDemo(test, clock)
  const make = async (product: string) => {
    const made = await admin(market, 'POST', 'agreements', { product, buyer: BUYER })
    return (made as { readonly id: string }).id
  }
  const agreement = await make(PRODUCT)
  await make(IMAGE)
  return { market, clock, agreement }
}

async function countOf(market: DemoMarket): Promise<number> {
  const { records } = (await admin(market, 'GET', `records?buyer=${BUYER}`)) as {
    readonly records: readonly unknown[]
  }
  return records.length
}

/** What an answer says, or the name of its error. */
async function nameOf<Answer>(
  sent: Promise<Answer>,
  said: (answer: Answer) => string | undefined,
): Promise<string> {
  try {
    return said(await sent) ?? ''
  } catch (error) {
    return (error as Error).name
  }
}

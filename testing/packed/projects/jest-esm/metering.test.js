import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { SandboxRefused, createSandbox } from 'marketmeter/testing'
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals'

const NOW = new Date('2027-02-23T12:00:00Z')
let sandbox, client

beforeAll(async () => {
  sandbox = await createSandbox({ now: NOW })
  client = new MarketplaceMeteringClient(sandbox.clientConfig)
})
afterEach(async () => {
  jest.useRealTimers()
  await sandbox.reset()
})
afterAll(async () => {
  client.destroy()
  await sandbox.close()
})

it('meters, and the record is held until the reset', async () => {
  expect(await statusOf(meter(NOW))).toEqual(['Success'])
  expect(await sandbox.records({ buyer: sandbox.buyers[0] })).toMatchObject([{ quantity: 5 }])
  await sandbox.reset()
  expect(await sandbox.records()).toEqual([])
})

it('answers under fake timers, three months away', async () => {
  jest.useFakeTimers({ now: NOW })
  expect(await statusOf(meter(new Date()))).toEqual(['Success'])
  await sandbox.reset()
  expect(await statusOf(meter(new Date()))).toEqual(['Success'])
})

it('refuses what came too late', async () => {
  sandbox.clock.advance({ hours: 7 })
  await expect(meter(NOW)).rejects.toMatchObject({ name: 'TimestampOutOfBoundsException' })
  expect(() => sandbox.clock.set(NOW)).toThrow(SandboxRefused)
})

function meter(Timestamp) {
  const [product] = sandbox.products
  const [buyer] = sandbox.buyers
  return client.send(
    new BatchMeterUsageCommand({
      ProductCode: product.code,
      UsageRecords: [
        {
          Timestamp,
          CustomerAWSAccountId: buyer.awsAccountId,
          Dimension: product.dimensions[0],
          Quantity: 5,
        },
      ],
    }),
  )
}

async function statusOf(answer) {
  return (await answer).Results.map(({ Status }) => Status)
}

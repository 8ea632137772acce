import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox, type Sandbox } from 'marketmeter/testing'

test('usage whose answer was lost is sent again, and billed once', async () => {
  await using sandbox = await createSandbox({ now: '2026-11-23T12:00:00Z' })
  const client = new MarketplaceMeteringClient(sandbox.clientConfig)
  sandbox.faults.add({ operation: 'BatchMeterUsage', kind: 'commit-then-drop', times: 1 })

  // The SDK's own retry: the caller does not see that anything happened.
  const { Results } = await client.send(usageOf(sandbox, 5))

  assert.equal(Results?.[0]?.Status, 'Success')
  const records = await sandbox.records()
  assert.deepEqual(
    records.map(({ id, quantity }) => [id, quantity]),
    [[Results[0].MeteringRecordId, 5]],
  )
  assert.equal(sandbox.faults.fired().length, 1)
  client.destroy()
})

test('a throttle that lasts reaches the caller', async () => {
  await using sandbox = await createSandbox({ now: '2026-11-23T12:00:00Z' })
  const client = new MarketplaceMeteringClient(sandbox.clientConfig)
  const id = sandbox.faults.add({ kind: 'throttle', times: 'untilCleared' })

  await assert.rejects(client.send(usageOf(sandbox, 5)), { name: 'ThrottlingException' })
  assert.equal(sandbox.faults.fired().length, 3) // the SDK tried three times

  sandbox.faults.clear(id)
  await client.send(usageOf(sandbox, 5))
  client.destroy()
})

function usageOf({ products, buyers, clock }: Sandbox, Quantity: number) {
  return new BatchMeterUsageCommand({
    ProductCode: products[0]?.code,
    UsageRecords: [
      {
        Timestamp: new Date(clock.now()),
        Dimension: products[0]?.dimensions[0],
        CustomerAWSAccountId: buyers[0]?.awsAccountId,
        Quantity,
      },
    ],
  })
}

import { MarketplaceMeteringClient } from '@aws-sdk/client-marketplace-metering'
import { createSandbox } from 'marketmeter/testing'
import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { reportUsage } from './metering.js'

const HOUR = new Date('2026-11-23T11:00:00Z')

describe('reporting usage', async () => {
  const sandbox = await createSandbox({ seed: 'saas-subscription', now: '2026-11-23T12:00:00Z' })
  const client = new MarketplaceMeteringClient(sandbox.clientConfig)
  const [product] = sandbox.products
  const [buyer] = sandbox.buyers
  const usage = {
    productCode: product.code,
    awsAccountId: buyer.awsAccountId,
    dimension: product.dimensions[0],
    quantity: 12,
    hour: HOUR,
  }

  beforeEach(() => sandbox.reset())
  after(() => {
    client.destroy()
    return sandbox.close()
  })

  it('is metered once, however often it is sent', async () => {
    const id = await reportUsage(client, usage)
    assert.equal(await reportUsage(client, usage), id)
    const records = await sandbox.records({ buyer })
    assert.deepEqual(
      records.map(({ quantity, hour }) => [quantity, hour]),
      [[12, HOUR.toISOString()]],
    )
  })

  it('is not changed afterwards', async () => {
    await reportUsage(client, usage)
    await assert.rejects(reportUsage(client, { ...usage, quantity: 13 }), /DuplicateRecord/)
  })

  it('comes too late after six hours', async () => {
    sandbox.clock.advance({ hours: 6 })
    await assert.rejects(reportUsage(client, usage), { name: 'TimestampOutOfBoundsException' })
  })
})

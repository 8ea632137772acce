/** Measures itself: the first sandbox of this process, import included, and later ones. Prints milliseconds as JSON. */
import { medianOf } from './median.js'

const COUNT = 30
const CALLS = 10
const NOW = '2026-11-23T12:00:00Z'

const begunMs = performance.now()
const begun = process.cpuUsage()
const { createSandbox } = await import('marketmeter/testing')
const first = await createSandbox({ now: NOW })
const firstMs = performance.now() - begunMs
const used = process.cpuUsage(begun)
await first.close()

const { BatchMeterUsageCommand, MarketplaceMeteringClient } =
  await import('@aws-sdk/client-marketplace-metering')
await useOne()
const laterMs = []
for (let count = 0; count < COUNT; count++) {
  const startMs = performance.now()
  await useOne()
  laterMs.push(performance.now() - startMs)
}
const figures = {
  first: firstMs,
  'processor of the first': (used.user + used.system) / 1_000,
  later: medianOf(laterMs),
  slowest: Math.max(...laterMs),
}
console.log(JSON.stringify(figures))

async function useOne() {
  const sandbox = await createSandbox({ now: NOW })
  const client = new MarketplaceMeteringClient(sandbox.clientConfig)
  for (let hour = 0; hour < CALLS; hour++) await meter(client, sandbox, hour % 5)
  await sandbox.reset()
  client.destroy()
  await sandbox.close()
}

async function meter(client, { products: [product], buyers: [buyer] }, hoursAgo) {
  const usage = {
    Timestamp: new Date(Date.parse(NOW) - hoursAgo * 3_600_000),
    CustomerAWSAccountId: buyer.awsAccountId,
    Dimension: product.dimensions[0],
    Quantity: 1,
  }
  const { Results } = await client.send(
    new BatchMeterUsageCommand({ ProductCode: product.code, UsageRecords: [usage] }),
  )
  if (Results[0].Status !== 'Success') throw new Error(Results[0].Status)
}

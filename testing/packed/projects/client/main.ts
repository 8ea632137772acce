import { BatchMeterUsageRequest, MeteringClient, type Outcome } from 'marketmeter/client'

const record = {
  Timestamp: new Date(0),
  Dimension: 'requests',
  CustomerAWSAccountId: '111122223333',
}
const request = new BatchMeterUsageRequest({ ProductCode: 'code', UsageRecords: [record] })
const exceptions: string[] = request
  .check({ profile: 'aws-2026', now: new Date(86_400_000) })
  .map((breach) => breach.exception)

const client = new MeteringClient({
  config: {
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  },
})
const outcomes: readonly Outcome[] = await client.send([{ ...record, productCode: 'code' }])
client.close()

// @ts-expect-error a quantity is a number
new BatchMeterUsageRequest({ UsageRecords: [{ ...record, Quantity: '1' }] })
// @ts-expect-error nobody changes a request
if (exceptions.length > 9) request.UsageRecords = []

console.log(JSON.stringify([exceptions, outcomes.map(({ status }) => status)]))

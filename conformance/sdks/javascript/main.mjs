/**
 * Drives a metering service with the unmodified AWS SDK for JavaScript v3.
 * Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
 */
import { text } from 'node:stream/consumers'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'

const { region, steps } = JSON.parse(await text(process.stdin))

for (const step of steps) {
  const client = new MarketplaceMeteringClient({
    region,
    endpoint: step.endpoint,
    credentials: step.credentials,
  })
  console.log(JSON.stringify({ step: step.name, ...(await answerOf(client, step)) }))
  client.destroy()
}

async function answerOf(client, { operation, request }) {
  try {
    return operation === 'ResolveCustomer'
      ? await resolve(client, request)
      : await meter(client, request)
  } catch (error) {
    return {
      requestId: error.$metadata?.requestId,
      error: { code: error.name, class: error.constructor.name, message: error.message },
    }
  }
}

async function meter(client, { ProductCode, UsageRecords }) {
  const input = { ProductCode, UsageRecords: UsageRecords.map(recordOf) }
  const output = await client.send(new BatchMeterUsageCommand(input))
  return {
    requestId: output.$metadata.requestId,
    results: output.Results.map((result) => ({
      status: result.Status,
      id: result.MeteringRecordId,
      dimension: result.UsageRecord.Dimension,
      quantity: result.UsageRecord.Quantity,
      timestampMs: result.UsageRecord.Timestamp.getTime(),
    })),
    unprocessed: output.UnprocessedRecords.length,
  }
}

async function resolve(client, request) {
  const { $metadata, ...answer } = await client.send(new ResolveCustomerCommand(request))
  return { requestId: $metadata.requestId, answer }
}

function recordOf({ TimestampMs, ...record }) {
  return { ...record, Timestamp: new Date(TimestampMs) }
}

/**
 * Drives a metering service with the unmodified AWS SDK for JavaScript v3.
 * Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
 */
import { constants, verify } from 'node:crypto'
import { text } from 'node:stream/consumers'
import {
  MarketplaceEntitlementServiceClient,
  paginateGetEntitlements,
} from '@aws-sdk/client-marketplace-entitlement-service'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  MeterUsageCommand,
  RegisterUsageCommand,
  ResolveCustomerCommand,
} from '@aws-sdk/client-marketplace-metering'

const { from, region, steps } = JSON.parse(await text(process.stdin))

const OPERATIONS = {
  BatchMeterUsage: meter,
  ResolveCustomer: resolve,
  MeterUsage: report,
  RegisterUsage: register,
  GetEntitlements: entitlements,
}

for (const step of steps) {
  const Client =
    step.operation === 'GetEntitlements'
      ? MarketplaceEntitlementServiceClient
      : MarketplaceMeteringClient
  const given = { region, endpoint: step.endpoint, credentials: step.credentials }
  const client = new Client(from === 'environment' ? {} : given)
  console.log(JSON.stringify({ step: step.name, ...(await answerOf(client, step)) }))
  client.destroy()
}

async function answerOf(client, { operation, request, publicKey }) {
  try {
    return await OPERATIONS[operation](client, request, publicKey)
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

async function report(client, { TimestampMs, ...members }) {
  const input = { ...members, Timestamp: new Date(TimestampMs) }
  const { $metadata, ...answer } = await client.send(new MeterUsageCommand(input))
  return { requestId: $metadata.requestId, answer }
}

async function register(client, request, publicKey) {
  const output = await client.send(new RegisterUsageCommand(request))
  const { $metadata, Signature, PublicKeyRotationTimestamp: rotation } = output
  const answer = { Signature, PublicKeyRotationTimestampMs: rotation?.getTime() }
  return {
    requestId: $metadata.requestId,
    answer,
    verified: isSignedBy(publicKey, Signature),
  }
}

/** As a seller would in a container: PS256 is RSA-PSS with SHA-256 and a salt of 32 bytes. */
function isSignedBy(publicKey, token) {
  const [header, claims, signature] = token.split('.')
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const signed = Buffer.from(`${header}.${claims}`)
  return verify('sha256', signed, key, Buffer.from(signature, 'base64url'))
}

async function entitlements(client, { MaxResults, ...request }) {
  const found = []
  let requestId
  let pages = 0
  for await (const page of paginateGetEntitlements({ client, pageSize: MaxResults }, request)) {
    requestId = page.$metadata.requestId
    pages += 1
    found.push(...(page.Entitlements ?? []))
  }
  return { requestId, answer: { Entitlements: found.map(entitlementOf), pages } }
}

function entitlementOf({ ExpirationDate: date, ...entitlement }) {
  return { ...entitlement, ExpirationDateMs: date?.getTime() }
}

function recordOf({ TimestampMs, ...record }) {
  return { ...record, Timestamp: new Date(TimestampMs) }
}

/**
 * Drives a metering service with the unmodified AWS CLI, one process a step.
 * Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
 * The CLI shows no request id, and its class of error is the name that it prints.
 */
import { spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'

const [command] = process.argv.slice(2)
const { from, region, steps } = JSON.parse(await text(process.stdin))

const OPERATIONS = {
  BatchMeterUsage: [meterWords, resultsOf],
  ResolveCustomer: [resolveWords, (answer) => ({ answer })],
  MeterUsage: [reportWords, (answer) => ({ answer })],
  RegisterUsage: [registerWords, signatureOf],
  GetEntitlements: [entitlementWords, entitlementsOf],
}

for (const step of steps) console.log(JSON.stringify({ step: step.name, ...answerOf(step) }))

function answerOf({ endpoint, credentials, operation, request }) {
  const given = from === 'environment' ? [] : ['--endpoint-url', endpoint, '--region', region]
  const [words, read] = OPERATIONS[operation]
  const service = operation === 'GetEntitlements' ? 'marketplace-entitlement' : 'meteringmarketplace'
  const ran = spawnSync(command, [service, ...words(request), ...given, '--output', 'json'], {
    env: from === 'environment' ? process.env : environmentOf(credentials),
    encoding: 'utf8',
  })
  // It prints nothing at all where an answer has no members.
  return ran.status === 0 ? read(JSON.parse(ran.stdout || '{}')) : errorOf(ran.stderr)
}

function meterWords({ ProductCode, UsageRecords }) {
  const product = ProductCode === undefined ? [] : ['--product-code', ProductCode]
  const records = ['--usage-records', JSON.stringify(UsageRecords.map(recordOf))]
  return ['batch-meter-usage', ...product, ...records]
}

function resolveWords({ RegistrationToken }) {
  return ['resolve-customer', '--registration-token', RegistrationToken]
}

function reportWords(request) {
  const { ProductCode, TimestampMs, UsageDimension, UsageQuantity, ...more } = request
  const { DryRun, ClientToken, UsageAllocations } = more
  return [
    ...['meter-usage', '--product-code', ProductCode, '--usage-dimension', UsageDimension],
    ...['--timestamp', new Date(TimestampMs).toISOString()],
    ...['--usage-quantity', String(UsageQuantity)],
    ...(DryRun === true ? ['--dry-run'] : []),
    ...(ClientToken === undefined ? [] : ['--client-token', ClientToken]),
    ...(UsageAllocations === undefined
      ? []
      : ['--usage-allocations', JSON.stringify(UsageAllocations)]),
  ]
}

function registerWords({ ProductCode, PublicKeyVersion, Nonce }) {
  const version = ['--public-key-version', String(PublicKeyVersion)]
  const nonce = Nonce === undefined ? [] : ['--nonce', Nonce]
  return ['register-usage', '--product-code', ProductCode, ...version, ...nonce]
}

/** The CLI goes through the pages by itself, and does not say how many there were. */
function entitlementWords({ ProductCode, Filter, MaxResults }) {
  const filter = Filter === undefined ? [] : ['--filter', JSON.stringify(Filter)]
  const size = MaxResults === undefined ? [] : ['--page-size', String(MaxResults)]
  return ['get-entitlements', '--product-code', ProductCode, ...filter, ...size]
}

/** Nothing of the machine's own configuration. */
function environmentOf({ accessKeyId, secretAccessKey, sessionToken }) {
  const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
  const session = sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }
  const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  return { PATH: process.env.PATH, ...nowhere, ...key, ...session }
}

function recordOf({ TimestampMs, ...record }) {
  return { ...record, Timestamp: new Date(TimestampMs).toISOString() }
}

function resultsOf({ Results, UnprocessedRecords }) {
  const results = Results.map(({ Status, MeteringRecordId, UsageRecord }) => ({
    status: Status,
    id: MeteringRecordId,
    dimension: UsageRecord.Dimension,
    quantity: UsageRecord.Quantity,
    timestampMs: Math.round(UsageRecord.Timestamp * 1_000),
  }))
  return { results, unprocessed: UnprocessedRecords.length }
}

function signatureOf({ Signature, PublicKeyRotationTimestamp: rotation }) {
  return { answer: { Signature, PublicKeyRotationTimestampMs: rotation && rotation * 1_000 } }
}

function entitlementsOf({ Entitlements = [] }) {
  return { answer: { Entitlements: Entitlements.map(entitlementOf) } }
}

function entitlementOf({ ExpirationDate: date, ...entitlement }) {
  return { ...entitlement, ExpirationDateMs: date && Math.round(date * 1_000) }
}

function errorOf(stderr) {
  const [, code = 'none', message = stderr] =
    /An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)/s.exec(stderr) ?? []
  return { error: { code, class: code, message: message.trim() } }
}

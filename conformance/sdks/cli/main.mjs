/**
 * Drives a metering service with the unmodified AWS CLI, one process a step.
 * Reads a script of steps from stdin and prints one JSON line a step; see ../README.md.
 * The CLI shows no request id, and its class of error is the name that it prints.
 */
import { spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'

const [command] = process.argv.slice(2)
const { region, steps } = JSON.parse(await text(process.stdin))

for (const step of steps) console.log(JSON.stringify({ step: step.name, ...answerOf(step) }))

function answerOf({ endpoint, credentials, operation, request }) {
  const options = ['--endpoint-url', endpoint, '--region', region, '--output', 'json']
  const [words, read] =
    operation === 'ResolveCustomer'
      ? [resolveWords(request), (answer) => ({ answer })]
      : [meterWords(request), resultsOf]
  const ran = spawnSync(command, ['meteringmarketplace', ...words, ...options], {
    env: environmentOf(credentials),
    encoding: 'utf8',
  })
  return ran.status === 0 ? read(JSON.parse(ran.stdout)) : errorOf(ran.stderr)
}

function meterWords({ ProductCode, UsageRecords }) {
  const product = ProductCode === undefined ? [] : ['--product-code', ProductCode]
  const records = ['--usage-records', JSON.stringify(UsageRecords.map(recordOf))]
  return ['batch-meter-usage', ...product, ...records]
}

function resolveWords({ RegistrationToken }) {
  return ['resolve-customer', '--registration-token', RegistrationToken]
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

function errorOf(stderr) {
  const [, code = 'none', message = stderr] =
    /An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)/s.exec(stderr) ?? []
  return { error: { code, class: code, message: message.trim() } }
}

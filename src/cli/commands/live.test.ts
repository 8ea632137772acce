/**
 * Commands beside a running service, as processes: what they change counts without a restart.
 *
 * Leaves out  How fast: the service looks every half second; each test waits until it has.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'

const SELLER = '111122223333'
const PRODUCT = '4w1sbgfkdrl0bqj1j6gf93k2b'
const DATA = mkdtempSync(path.join(tmpdir(), 'live-'))

const CATALOG = `version: 1
sellers: [{ account: '${SELLER}' }]
products: [{ code: ${PRODUCT}, seller: '${SELLER}', dimensions: [{ name: requests }] }]
buyers: [{ account: '222233334444' }]
agreements:
  - { id: agmt-live, license: 'arn:aws:license-manager::123456789012:license:l-1', product: ${PRODUCT}, buyer: '222233334444', start: now-1d }
`

interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

describe('commands beside a running service', () => {
  let serve: ChildProcess
  let endpoint = ''

  before(async () => {
    writeFileSync(path.join(DATA, 'catalog.yaml'), CATALOG)
    await marketmeter('catalog', 'apply', path.join(DATA, 'catalog.yaml'), '--yes')
    serve = start('serve', '--json', '--port', '0', '--admin-port', '0')
    const [line] = (await once(
      createInterface({ input: serve.stdout ?? process.stdin }),
      'line',
    )) as [string]
    endpoint = (JSON.parse(line) as { endpoint: string }).endpoint
  })

  after(async () => {
    serve.kill()
    if (serve.exitCode === null) await once(serve, 'exit')
    rmSync(DATA, { recursive: true })
  })

  it('a new key is taken, and no longer once it is disabled, though it was in use', async () => {
    const key = await createKey()
    await until(() => meter(key), 'Success')
    await marketmeter('keys', 'disable', key.accessKeyId)
    await until(() => meter(key), 'UnrecognizedClientException')
    await marketmeter('keys', 'enable', key.accessKeyId)
    await until(() => meter(key), 'Success')
    await marketmeter('keys', 'disable', key.accessKeyId)
  })

  it('a temporary key works with its session token alone', async () => {
    const key = await createKey('--ttl', '1h', '--resource', 'worker')
    await until(() => meter(key), 'Success')
    const { accessKeyId, secretAccessKey } = key
    assert.equal(await meter({ accessKeyId, secretAccessKey }), 'UnrecognizedClientException')
  })

  it('the master key is rotated and not one request fails', async () => {
    const key = await createKey()
    await until(() => meter(key), 'Success')
    const answers = new Set<string>()
    const rotation = new AbortController()
    const rotated = marketmeter('keys', 'rotate-master')
      .then(() => setTimeout(1_200))
      .finally(() => rotation.abort())
    while (!rotation.signal.aborted) answers.add(await meter(key))
    await rotated
    assert.deepEqual([...answers], ['Success'])
    await marketmeter('keys', 'disable', key.accessKeyId)
  })

  it('a master key that the service was not given turns it not ready, until it can open all again', async () => {
    const key = await createKey()
    await until(() => meter(key), 'Success')
    const [ours, theirs] = [fileKeys(), randomBytes(32).toString('base64')]
    await rotateTo(`${theirs} ${ours}`)
    await until(readiness, '503 {"status":"notReady","notReady":["keys"]}')
    assert.equal(await meter(key), 'InternalServiceErrorException')
    await rotateTo(`${ours} ${theirs}`)
    await until(readiness, '200 {"status":"ready"}')
    await until(() => meter(key), 'Success')
    await marketmeter('keys', 'disable', key.accessKeyId)
  })

  it('a suspended agreement takes no new usage, and a resumed one does', async () => {
    await marketmeter('agreements', 'suspend', 'agmt-live')
    // Changes are seen in their order: once a key made after the suspension is known, so is the suspension.
    const key = await createKey()
    while ((await meter(key)) === 'UnrecognizedClientException') await setTimeout(20)
    // An hour that is not held: what is held would be answered from the ledger, and stay so.
    assert.equal(await meter(key, 60), 'CustomerNotSubscribed')
    await marketmeter('agreements', 'resume', 'agmt-live')
    await until(() => meter(key, 60), 'Success')
  })

  it('an audit shows calls as CloudTrail does: what was added, and what was refused', async () => {
    const key = await createKey()
    await until(() => meter(key, 120), 'Success')
    assert.equal(await meter(key, 120, 2), 'DuplicateRecord')
    const events = async (...filter: string[]) =>
      (await marketmeter('audit', ...filter)).split('\n').slice(0, -1)
    // Refusals are kept after the answer.
    while ((await events('--code', 'DuplicateRecord')).length === 0) await setTimeout(20)
    const [added = '{}', refused = '{}', ...others] = (await events('--from', 'now-1h')).filter(
      (line) => line.includes(key.accessKeyId),
    )
    assert.deepEqual(others, [])
    const seen = {
      eventName: 'BatchMeterUsage',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
    }
    assert.partialDeepStrictEqual(JSON.parse(added), {
      ...seen,
      requestParameters: { productCode: PRODUCT, usageRecords: [{ quantity: 1 }] },
      responseElements: { results: [{ status: 'Success' }] },
    })
    assert.partialDeepStrictEqual(JSON.parse(refused), {
      ...seen,
      requestParameters: { productCode: PRODUCT, usageRecords: [{ quantity: 2 }] },
      responseElements: { results: [{ status: 'DuplicateRecord' }] },
    })
    assert.deepEqual(await events('--before', 'now-1h'), [])
    assert.deepEqual(await events('--account', '999999999999'), [])
  })

  async function readiness(): Promise<string> {
    const response = await fetch(`${endpoint}/readyz`)
    return `${response.status} ${await response.text()}`
  }

  async function meter(credentials: Credentials, minutesAgo = 0, quantity = 1): Promise<string> {
    const client = new MarketplaceMeteringClient({
      endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    })
    const usage = {
      Timestamp: new Date(Date.now() - minutesAgo * 60_000),
      CustomerAWSAccountId: '222233334444',
      Dimension: 'requests',
      Quantity: quantity,
    }
    try {
      const command = new BatchMeterUsageCommand({ ProductCode: PRODUCT, UsageRecords: [usage] })
      const { Results = [] } = await client.send(command)
      return Results[0]?.Status ?? 'none'
    } catch (error) {
      return error instanceof Error ? error.name : String(error)
    } finally {
      client.destroy()
    }
  }
})

/** The runner's own limit ends a wait that is in vain. */
async function until(ask: () => Promise<string>, answer: string): Promise<void> {
  while ((await ask()) !== answer) await setTimeout(20)
}

async function createKey(...options: string[]): Promise<Credentials> {
  const out = await marketmeter('keys', 'create', '--account', SELLER, '--json', ...options)
  return JSON.parse(out) as Credentials
}

/** The keys in the service's own file, as one text. */
function fileKeys(): string {
  const lines = readFileSync(path.join(DATA, 'master.key'), 'utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#')).join(' ')
}

async function rotateTo(masterKeys: string): Promise<void> {
  await ended(startWith({ MARKETMETER_MASTER_KEYS: masterKeys }, 'keys', 'rotate-master'))
}

async function marketmeter(...args: string[]): Promise<string> {
  return ended(start(...args))
}

async function ended(child: ChildProcess): Promise<string> {
  const streams = [child.stdout ?? process.stdin, child.stderr ?? process.stdin]
  const [out = '', err = ''] = await Promise.all(streams.map((stream) => text(stream)))
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 0, err)
  return out
}

function start(...args: string[]): ChildProcess {
  return startWith({}, ...args)
}

function startWith(env: Readonly<Record<string, string>>, ...args: string[]): ChildProcess {
  const main = path.join(import.meta.dirname, '../main.ts')
  const flags = ['--disable-warning=ExperimentalWarning', main, ...args, '--data', DATA]
  return spawn(process.execPath, flags, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
}

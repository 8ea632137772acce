/**
 * The client against the service itself, started as a user starts it, over a real socket with real signatures.
 *
 * And the check against the service's judgement: what `check` finds first is what the service answers, under both
 * profiles, as long as the catalog has no say.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { BatchMeterUsageRequest } from './batch-meter-usage-request.ts'
import { MeteringClient } from './metering-client.ts'
import type { MeteredRecord, Outcome } from './outcome.ts'
import type { UsageRecord } from './usage-record.ts'

const MAIN = path.join(import.meta.dirname, '../cli/main.ts')
const NOW_MS = Date.now()
const hoursAgo = (hours: number) => new Date(NOW_MS - hours * 3_600_000)

/** The part of the demo's first line that is used here. */
interface Ready {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly products: readonly { readonly code: string; readonly dimensions: readonly string[] }[]
  readonly buyers: readonly Buyer[]
}

interface Buyer {
  readonly awsAccountId: string
  readonly customerIdentifier?: string
  readonly licenseArn: string
  readonly productCode: string
}

interface Demo {
  readonly child: ChildProcess
  readonly ready: Ready
}

async function startDemo(profile: string): Promise<Demo> {
  const args = ['--disable-warning=ExperimentalWarning', '--conditions=marketmeter-source', MAIN]
  const options = ['demo', '--json', '--in-memory', '--port', '0', '--admin-port', '0']
  const child = spawn(process.execPath, [...args, ...options, '--profile', profile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code]): never => {
    throw new Error(`the demo ended with ${String(code)} before it was ready`)
  })
  const ready = once(createInterface(child.stdout), 'line')
  const [line] = (await Promise.race([ready, ended])) as [string]
  return { child, ready: JSON.parse(line) as Ready }
}

async function stop({ child }: Demo): Promise<void> {
  child.kill()
  await once(child, 'exit')
}

function configOf({ endpoint, region, accessKeyId, secretAccessKey }: Ready) {
  return { endpoint, region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey } }
}

describe('send, to the service', () => {
  let demo: Demo
  let client: MeteringClient
  before(async () => {
    demo = await startDemo('aws-2025')
    client = new MeteringClient({ config: configOf(demo.ready) })
  })
  after(async () => {
    client.close()
    await stop(demo)
  })

  const statusesOf = (outcomes: readonly Outcome[]) =>
    outcomes.map((one) => (one.status === 'refused' ? one.errorName : one.status))

  function aRecord(members: Partial<MeteredRecord> = {}): MeteredRecord {
    const [product] = demo.ready.products
    const buyer = demo.ready.buyers.find(({ productCode }) => productCode === product?.code)
    return {
      productCode: product?.code,
      Timestamp: hoursAgo(2),
      Dimension: product?.dimensions[0] ?? '',
      Quantity: 1,
      CustomerAWSAccountId: buyer?.awsAccountId,
      ...members,
    }
  }

  it('each record of a mixed lot gets what it earns', async () => {
    const identifier = demo.ready.buyers.find((one) => one.customerIdentifier)?.customerIdentifier
    const licensed = demo.ready.buyers.find((one) => one.productCode !== aRecord().productCode)
    const other = demo.ready.products.find(({ code }) => code === licensed?.productCode)
    const outcomes = await client.send([
      aRecord(),
      aRecord({ Quantity: 2 }),
      aRecord({ Dimension: 'no-such-dimension' }),
      aRecord({ CustomerAWSAccountId: '999999999999' }),
      aRecord({
        CustomerAWSAccountId: undefined,
        CustomerIdentifier: identifier,
        Timestamp: hoursAgo(3),
      }),
      aRecord({ CustomerAWSAccountId: undefined, CustomerIdentifier: 'nobody' }),
      aRecord({ productCode: 'no-such-product' }),
      aRecord({ Timestamp: hoursAgo(7) }),
      aRecord({ CustomerIdentifier: identifier }),
      aRecord({
        productCode: licensed?.productCode,
        CustomerAWSAccountId: licensed?.awsAccountId,
        LicenseArn: licensed?.licenseArn,
        Dimension: other?.dimensions[0] ?? '',
      }),
      aRecord({
        Timestamp: hoursAgo(4),
        Quantity: 3,
        UsageAllocations: [
          { AllocatedUsageQuantity: 1, Tags: [{ Key: 'team', Value: 'a' }] },
          { AllocatedUsageQuantity: 2 },
        ],
      }),
    ])
    assert.deepEqual(statusesOf(outcomes), [
      'success',
      'duplicate',
      'InvalidUsageDimensionException',
      'notSubscribed',
      'success',
      'InvalidCustomerIdentifierException',
      'InvalidProductCodeException',
      'TimestampOutOfBoundsException',
      'ValidationException',
      'success',
      'success',
    ])
  })

  it('the same again has the same ids', async () => {
    const records = [1, 2, 3, 4].flatMap((hours) =>
      (demo.ready.products[0]?.dimensions ?? []).map((Dimension) =>
        aRecord({ Dimension, Timestamp: hoursAgo(hours), Quantity: 7 }),
      ),
    )
    const first = await client.send(records)
    assert.deepEqual(await client.send(records), first)
  })

  it('a wrong secret ends the call for all', async () => {
    const { credentials, ...rest } = configOf(demo.ready)
    const config = { ...rest, credentials: { ...credentials, secretAccessKey: 'wrong' } }
    using stranger = new MeteringClient({ config, callsMax: 1 })
    const outcomes = await stranger.send(Array.from({ length: 60 }, () => aRecord()))
    assert.deepEqual([...new Set(statusesOf(outcomes))], ['InvalidSignatureException'])
  })
})

const aTag = (Key: string, Value = 'v') => ({ Key, Value })

/** Requests that break rules which need no catalog, each made from a good record and its product's code. */
const BROKEN: Readonly<Record<string, (good: UsageRecord, code: string) => object>> = {
  '26 records': (good, ProductCode) => ({ ProductCode, UsageRecords: new Array(26).fill(good) }),
  'a negative quantity': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, Quantity: -1 }],
  }),
  'a fraction': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, Quantity: 0.5 }],
  }),
  'no product at all': (good) => ({ UsageRecords: [good] }),
  'two identities': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, CustomerIdentifier: 'one' }],
  }),
  'no identity': ({ Timestamp, Dimension }, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ Timestamp, Dimension }],
  }),
  'a wrong sum': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, Quantity: 2, UsageAllocations: [{ AllocatedUsageQuantity: 1 }] }],
  }),
  'a bad tag': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [
      {
        ...good,
        Quantity: 1,
        UsageAllocations: [{ AllocatedUsageQuantity: 1, Tags: [aTag('ü')] }],
      },
    ],
  }),
  'six tags': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [
      {
        ...good,
        UsageAllocations: [
          { AllocatedUsageQuantity: 0, Tags: Array.from('abcdef').map((key) => aTag(key)) },
        ],
      },
    ],
  }),
  'an old record, and a wrong sum before it': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [
      { ...good, Timestamp: hoursAgo(800) },
      { ...good, UsageAllocations: [{ AllocatedUsageQuantity: 1 }] },
    ],
  }),
  'an old record': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, Timestamp: hoursAgo(800) }],
  }),
  'a record of tomorrow': (good, ProductCode) => ({
    ProductCode,
    UsageRecords: [{ ...good, Timestamp: hoursAgo(-24) }],
  }),
}

for (const profile of ['aws-2025', 'aws-2026'] as const) {
  describe(`check foretells the service under ${profile}:`, () => {
    let demo: Demo
    let sdk: MarketplaceMeteringClient
    before(async () => {
      demo = await startDemo(profile)
      sdk = new MarketplaceMeteringClient(configOf(demo.ready))
    })
    after(async () => {
      sdk.destroy()
      await stop(demo)
    })

    const answerOf = async (request: BatchMeterUsageRequest): Promise<string> => {
      try {
        await sdk.send(new BatchMeterUsageCommand(request.toCommandInput()))
        return 'taken'
      } catch (error) {
        return error instanceof Error ? error.name : 'no error'
      }
    }

    const goodOf = ({ products, buyers }: Ready): [UsageRecord, string] => {
      const [product] = products
      const buyer = buyers.find(({ productCode }) => productCode === product?.code)
      const Dimension = product?.dimensions[0] ?? ''
      const CustomerAWSAccountId = buyer?.awsAccountId
      return [{ Timestamp: hoursAgo(1), Dimension, CustomerAWSAccountId }, product?.code ?? '']
    }

    it('a good request is taken', async () => {
      const [good, ProductCode] = goodOf(demo.ready)
      const request = new BatchMeterUsageRequest({ ProductCode, UsageRecords: [good] })
      assert.deepEqual(request.check({ profile, now: new Date() }), [])
      assert.equal(await answerOf(request), 'taken')
    })

    for (const [what, broken] of Object.entries(BROKEN)) {
      it(what, async () => {
        const members = broken(...goodOf(demo.ready)) as ConstructorParameters<
          typeof BatchMeterUsageRequest
        >[0]
        const request = new BatchMeterUsageRequest(members)
        const [first] = request.check({ profile, now: new Date() })
        assert.equal(first?.exception, await answerOf(request))
      })
    }
  })
}

/** The demo on PostgreSQL, as scripts start it: on an empty database, twice at once, and never on a real ledger. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { server, skip } from '../store/postgres/server.spec.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from './program.spec.ts'

const FIRST_STARTS = 3
const PORTS = ['--port', '0', '--admin-port', '0']
const KEYS = { MARKETMETER_MASTER_KEYS: Buffer.alloc(32, 7).toString('base64') }

interface Ready {
  readonly endpoint: string
  readonly ledger: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly products: readonly { readonly code: string; readonly dimensions: readonly string[] }[]
  readonly buyers: readonly { readonly awsAccountId: string }[]
}

describe('the demo on PostgreSQL', { skip }, () => {
  it('makes schema and catalog by itself, once, though two start at once', async () => {
    for (let round = 0; round < FIRST_STARTS; round++) {
      const url = await emptyDatabase()
      const demos = [startDemo(url), startDemo(url)]
      const ready = await Promise.all(demos.map(readyLine))
      const { host, pathname } = new URL(url)
      for (const one of ready) {
        assert.equal(one.ledger, `${host}${pathname} (postgres)`)
        assert.deepEqual(one.products, ready[1]?.products)
      }
      const at = Math.floor(Date.now() / 1_000)
      const ids = await Promise.all(ready.map((one) => meter(one, at)))
      assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/)
      assert.equal(ids[0], ids[1])
      for (const demo of demos) assert.equal(await stopped(demo), 0)
      const log = await runToEnd(['catalog', 'log', '--json', '--ledger', url])
      const summaries = log.out.trim().split('\n')
      assert.equal(summaries.length, 3, log.out)
    }
  })

  it('finds all there when it starts again, and its keys are there for commands', async () => {
    const url = await emptyDatabase()
    assert.equal(await stopped(startDemo(url), { after: readyLine }), 0)
    assert.equal(await stopped(startDemo(url), { after: readyLine }), 0)
    const log = await runToEnd(['catalog', 'log', '--json', '--ledger', url])
    assert.equal(log.out.trim().split('\n').length, 3)
    const words = ['keys', 'create', '--account', '111122223333', '--json', '--ledger', url]
    const made = await runToEnd(words)
    assert.equal(made.code, 0, made.err)
  })

  it('is refused by serve, and a ledger of serve by the demo, which leaves its schema alone', async () => {
    const [demo, production] = [await emptyDatabase(), await emptyDatabase()]
    await stopped(startDemo(demo), { after: readyLine })
    const served = await runToEnd(['serve', '--ledger', demo, ...PORTS], { env: KEYS })
    assert.equal(served.code, 3)
    assert.match(
      served.err,
      /^marketmeter: The ledger \S+ \(postgres\): this is a demo ledger for ever; .* empty database/,
    )
    const migrated = await runToEnd(['migrate', '--ledger', production])
    assert.equal(migrated.code, 0, migrated.err)
    const real = startProgram(['serve', '--json', '--ledger', production, ...PORTS], { env: KEYS })
    await stopped(real, { after: readyLine })
    const refused = await runToEnd(['demo', '--ledger', production, ...PORTS])
    assert.equal(refused.code, 3)
    assert.match(
      refused.err,
      /^marketmeter: The ledger \S+ \(postgres\): this is a production ledger for ever/,
    )
  })

  for (const which of ['--port', '--admin-port'] as const) {
    it(`leaves the ledger free for serve when its ${which} was taken`, async () => {
      const url = await emptyDatabase()
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address() as AddressInfo
      const failed = await runToEnd(['demo', '--ledger', url, ...PORTS, which, String(port)])
      taken.close()
      assert.equal(failed.code, 3)
      assert.match(failed.err, /is taken by another process/)
      const serve = ['serve', '--json', '--ledger', url, ...PORTS]
      assert.equal(await stopped(startProgram(serve, { env: KEYS }), { after: readyLine }), 0)
    })
  }

  it('finds the ledger free when a serve failed for want of a master key', async () => {
    const url = await emptyDatabase()
    assert.equal((await runToEnd(['migrate', '--ledger', url])).code, 0)
    const failed = await runToEnd(['serve', '--ledger', url, ...PORTS])
    assert.equal(failed.code, 3)
    assert.match(failed.err, /master key/)
    assert.equal(await stopped(startDemo(url), { after: readyLine }), 0)
  })
})

function startDemo(url: string): Program {
  return startProgram(['demo', '--json', '--ledger', url, ...PORTS])
}

async function readyLine(program: Program): Promise<Ready> {
  return JSON.parse(await firstLineOf(program)) as Ready
}

async function stopped(
  program: Program,
  { after }: { readonly after?: (program: Program) => Promise<unknown> } = {},
): Promise<number | null> {
  await after?.(program)
  program.kill('SIGTERM')
  return (await endOf(program)).code
}

async function meter(ready: Ready, atSeconds: number): Promise<string | undefined> {
  const { accessKeyId, secretAccessKey, endpoint, products, buyers } = ready
  const credentials = { accessKeyId, secretAccessKey }
  const client = new MarketplaceMeteringClient({ endpoint, region: 'us-east-1', credentials })
  const usage = {
    Timestamp: new Date(atSeconds * 1_000),
    CustomerAWSAccountId: buyers[0]?.awsAccountId,
    Dimension: products[0]?.dimensions[0],
    Quantity: 5,
  }
  const { Results = [] } = await client.send(
    new BatchMeterUsageCommand({ ProductCode: products[0]?.code, UsageRecords: [usage] }),
  )
  client.destroy()
  assert.equal(Results[0]?.Status, 'Success')
  return Results[0].MeteringRecordId
}

async function emptyDatabase(): Promise<string> {
  return server().urlOf(await server().createDatabase())
}

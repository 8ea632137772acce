/** `marketmeter sandbox` on each Node that sellers have, and what the others say there. */
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { NODES, type Node } from './nodes.ts'
import { projectOf } from './project.ts'

interface Ready {
  readonly endpoint: string
  readonly controlEndpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly products: readonly { readonly code: string; readonly dimensions: readonly string[] }[]
  readonly buyers: readonly { readonly awsAccountId: string }[]
}

describe('the command, packed', async () => {
  const project = await projectOf('testing/packed/projects/client')
  const main = path.join(project, 'node_modules/marketmeter/dist/cli/main.js')

  for (const node of NODES) {
    it(
      `answers Success on ${node.name}, shows its page, and ends when told to`,
      { skip: node.skip },
      async (t) => {
        const { ready, stop } = await start(t, node, main)
        assert.deepEqual(await meter(ready), ['Success'])
        const page = await fetch(ready.controlEndpoint)
        assert.match(await page.text(), /^<!doctype html>/i)
        assert.equal(await stop(), 0)
      },
    )

    it(
      `refuses a seed that is not there, in a sentence, on ${node.name}`,
      { skip: node.skip },
      () => {
        const { status, stderr } = spawnSync(node.program, [main, 'sandbox', '--seed', 'none'], {
          encoding: 'utf8',
        })
        assert.equal(status, 2)
        assert.match(stderr, /^marketmeter: .*saas-subscription.*\n$/)
      },
    )
  }

  for (const node of NODES.slice(0, -1)) {
    it(`says what \`serve\` needs, on ${node.name}`, { skip: node.skip }, () => {
      const { status, stderr } = spawnSync(node.program, [main, 'serve'], { encoding: 'utf8' })
      assert.equal(status, 3)
      assert.match(
        stderr,
        /^marketmeter: `serve` needs Node 24\.15 or later, and this is v2\d\..*\n$/,
      )
      const list = spawnSync(node.program, [main, 'help'], { encoding: 'utf8' })
      assert.equal(list.status, 0)
      assert.match(list.stdout, /\nAll other commands need Node 24\.15 or later/)
      const typo = spawnSync(node.program, [main, 'sandboxes'], { encoding: 'utf8' })
      assert.equal(typo.status, 2)
      assert.match(typo.stderr, /unknown command 'sandboxes'\n\(Did you mean sandbox\?\)/)
    })
  }
})

async function start(t: TestContext, { program, withoutSqlite }: Node, main: string) {
  const command = spawn(program, [main, 'sandbox', '--json', '--port', '0'], {
    env: { NODE_OPTIONS: withoutSqlite },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => command.kill('SIGKILL'))
  const [line] = (await once(createInterface(command.stdout), 'line')) as [string]
  const stop = async () => {
    command.kill('SIGTERM')
    const [code] = (await once(command, 'exit')) as [number | null]
    return code
  }
  return { ready: JSON.parse(line) as Ready, stop }
}

async function meter(ready: Ready): Promise<readonly (string | undefined)[]> {
  const { endpoint, region, accessKeyId, secretAccessKey, products, buyers } = ready
  const client = new MarketplaceMeteringClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
  })
  const usage = {
    Timestamp: new Date(),
    CustomerAWSAccountId: buyers[0]?.awsAccountId,
    Dimension: products[0]?.dimensions[0],
    Quantity: 1,
  }
  const { Results = [] } = await client.send(
    new BatchMeterUsageCommand({ ProductCode: products[0]?.code, UsageRecords: [usage] }),
  )
  client.destroy()
  return Results.map(({ Status }) => Status)
}

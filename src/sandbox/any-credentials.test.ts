/** Whose signature counts: the documented keys with full verification, or, where the sandbox is told so, whatever an SDK signs with. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  MeterUsageCommand,
  RegisterUsageCommand,
} from '@aws-sdk/client-marketplace-metering'
import { createSandbox, type SandboxOptions } from './index.ts'

const NOON = '2026-08-23T12:00:00Z'
const STRANGER = { accessKeyId: 'AKIANOBODYSKEY000001', secretAccessKey: 'x' }

async function opened(test: TestContext, options: SandboxOptions) {
  const sandbox = await createSandbox({ now: NOON, ...options })
  const clients: MarketplaceMeteringClient[] = []
  test.after(async () => {
    for (const client of clients) client.destroy()
    await sandbox.close()
  })
  const signedBy = (credentials: object, systemClockOffset = 0) => {
    const client = new MarketplaceMeteringClient({
      ...sandbox.clientConfig,
      ...{ credentials: { ...sandbox.clientConfig.credentials, ...credentials } },
      maxAttempts: 1,
      systemClockOffset,
    })
    clients.push(client)
    return client
  }
  const [product] = sandbox.products
  const [buyer] = sandbox.buyers
  const batch = new BatchMeterUsageCommand({
    ProductCode: product?.code,
    UsageRecords: [
      {
        Timestamp: new Date(sandbox.clock.now()),
        Dimension: product?.dimensions[0],
        CustomerAWSAccountId: buyer?.awsAccountId,
        Quantity: 1,
      },
    ],
  })
  return { sandbox, signedBy, batch }
}

async function outcomeOf(ask: () => Promise<string | undefined>): Promise<string> {
  try {
    return (await ask()) ?? 'nothing'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

// Read each row as: signed so, with full verification the answer is this, and with any credentials that.
const ROWS: readonly (readonly [string, object, number, string, string])[] = [
  ['the seed’s key', {}, 0, 'Success', 'Success'],
  ['another secret', { secretAccessKey: 'x' }, 0, 'InvalidSignatureException', 'Success'],
  ['a key of nobody', STRANGER, 0, 'UnrecognizedClientException', 'Success'],
  ['a session token', { sessionToken: 't' }, 0, 'UnrecognizedClientException', 'Success'],
  ['a clock a year away', {}, 365 * 86_400_000, 'InvalidSignatureException', 'Success'],
]

describe('a request that is signed with', () => {
  for (const [what, credentials, offset, verified, any] of ROWS) {
    for (const [anyCredentials, expected] of [
      [false, verified],
      [true, any],
    ] as const) {
      it(`${what}: ${expected}, ${anyCredentials ? 'with any credentials' : 'by default'}`, async (t) => {
        const { signedBy, batch } = await opened(t, { anyCredentials })
        const client = signedBy(credentials, offset)
        const outcome = await outcomeOf(async () => (await client.send(batch)).Results?.[0]?.Status)
        assert.equal(outcome, expected)
      })
    }
  }
})

describe('with any credentials', () => {
  it('nobody’s key acts as the seller, and a known key as its account', async (t) => {
    const { sandbox, signedBy, batch } = await opened(t, { anyCredentials: true })
    await signedBy(STRANGER).send(batch)
    const [record] = await sandbox.records()
    assert.equal(record?.call.account, '111122223333')
    assert.equal(record.call.accessKeyId, STRANGER.accessKeyId)
    const buyers = { seed: 'ami-container-metering', anyCredentials: true }
    const other = await opened(t, buyers)
    const [key] = other.sandbox.credentials()
    assert.equal(key?.role, 'buyer')
    const asBuyer = await outcomeOf(async () => {
      return (await other.signedBy({ secretAccessKey: 'x' }).send(other.batch)).Results?.[0]?.Status
    })
    assert.equal(asBuyer, 'InvalidProductCodeException', 'a buyer has no products')
  })

  it('nobody’s key acts as a buyer where buyers sign, on a resource of its own', async (t) => {
    const options = { seed: 'ami-container-metering', anyCredentials: true }
    const { sandbox, signedBy } = await opened(t, options)
    const [, fleet] = sandbox.products
    const ProductCode = fleet?.code
    for (const number of [1, 2]) {
      const client = signedBy({ ...STRANGER, accessKeyId: `AKIANOBODYSKEY00000${number}` })
      await client.send(
        new MeterUsageCommand({
          ProductCode,
          Timestamp: new Date(sandbox.clock.now()),
          UsageDimension: fleet?.dimensions[0],
          UsageQuantity: 1,
        }),
      )
      await client.send(new RegisterUsageCommand({ ProductCode, PublicKeyVersion: 1 }))
    }
    const records = await sandbox.records()
    assert.deepEqual(
      records.map(({ buyer, resource }) => [buyer, resource]),
      [
        ['222233334444', 'AKIANOBODYSKEY000001'],
        ['222233334444', 'AKIANOBODYSKEY000002'],
      ],
    )
  })

  it('what is signed by nobody is refused all the same, and so is a disabled key', async (t) => {
    const { sandbox, signedBy, batch } = await opened(t, { anyCredentials: true })
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage',
    }
    const unsigned = await fetch(sandbox.endpoint, { method: 'POST', headers, body: '{}' })
    assert.match(await unsigned.text(), /MissingAuthenticationToken/)
    await sandbox.apply({ accessKeys: [{ id: 'AKIASANDBOXSELLER001', status: 'disabled' }] })
    const outcome = await outcomeOf(
      async () => (await signedBy({}).send(batch)).Results?.[0]?.Status,
    )
    assert.equal(outcome, 'UnrecognizedClientException')
  })
})

const SOURCE = path.join(import.meta.dirname, '..')

/** Every file that a file reaches, whatever way it is imported; what only a type comes from is gone at run time. */
function reachedFrom(file: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(file)) return reached
  reached.add(file)
  const text = readFileSync(file, 'utf8')
  const specifiers = text.matchAll(
    /(?:^|\n)(?:import|export)\s(?!type\s)[^'"]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)(?!\.)/g,
  )
  for (const [, statically, lazily] of specifiers) {
    reachedFrom(path.join(path.dirname(file), statically ?? lazily ?? ''), reached)
  }
  return reached
}

describe('a service that is no sandbox', () => {
  it('has no way to it: nothing that `serve` and the demo reach is of the sandbox', () => {
    for (const command of ['serve', 'demo']) {
      const reached = reachedFrom(path.join(SOURCE, `cli/commands/${command}.ts`))
      const host = path.join(SOURCE, 'server/authenticate.ts')
      assert.ok(reached.has(host), 'the walk gets as far as the step that verifies')
      const ofSandbox = [...reached].filter((file) =>
        file.startsWith(path.join(SOURCE, 'sandbox/')),
      )
      assert.deepEqual(ofSandbox, [])
    }
  })

  it('is made with the verification, and with no part that says otherwise', () => {
    const wiring = readFileSync(path.join(SOURCE, 'server/create-service.ts'), 'utf8')
    assert.match(wiring, /authenticate: verifyingWith\(/)
    const makers = [...reachedFrom(path.join(SOURCE, 'cli/main.ts'))].filter((file) =>
      /authenticate: (?!verifyingWith\()/.test(readFileSync(file, 'utf8')),
    )
    assert.deepEqual(
      makers.map((file) => path.relative(SOURCE, file)),
      [],
    )
  })
})

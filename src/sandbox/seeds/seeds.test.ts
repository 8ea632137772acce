/** Each seed that ships: that it is a seed file, that it can be planted, and that what it is for answers, to the AWS SDK. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
  MeterUsageCommand,
  RegisterUsageCommand,
  type UsageRecord,
} from '@aws-sdk/client-marketplace-metering'
import { importSPKI, jwtVerify } from 'jose'
import { BUILT_IN_PROFILES } from '../../core/profile.ts'
import { signPost } from '../../wire/sigv4/index.ts'
import { type ClientConfig, createSandbox, type Sandbox, type SandboxOptions } from '../index.ts'
import { checkSeed } from '../user-seed.ts'
import { SEED_NAMES, SEEDS, type SeedName } from './index.ts'

const NOON = '2026-08-23T12:00:00Z'
const HOUR_MS = 3_600_000

async function opened(test: TestContext, options: SandboxOptions) {
  const sandbox = await createSandbox({ now: NOON, ...options })
  const clients: MarketplaceMeteringClient[] = []
  test.after(async () => {
    for (const client of clients) client.destroy()
    await sandbox.close()
  })
  const clientOf = (config: ClientConfig = sandbox.clientConfig) => {
    const client = new MarketplaceMeteringClient({ ...config, maxAttempts: 1 })
    clients.push(client)
    return client
  }
  return { sandbox, clientOf, meter: (usage: Usage) => meter(clientOf(), sandbox, usage) }
}

type Usage = Partial<UsageRecord> & { readonly hoursAgo?: number; readonly product?: string }

/** The status of one record, or the name of the error. */
async function meter(
  client: MarketplaceMeteringClient,
  sandbox: Sandbox,
  { hoursAgo = 0, product = sandbox.products[0]?.code, ...usage }: Usage,
): Promise<string> {
  const record = {
    Timestamp: new Date(sandbox.clock.now() - hoursAgo * HOUR_MS),
    Dimension: sandbox.products[0]?.dimensions[0] ?? '',
    Quantity: 5,
    ...usage,
  }
  const byProduct = usage.LicenseArn === undefined && { ProductCode: product }
  const command = new BatchMeterUsageCommand({ ...byProduct, UsageRecords: [record] })
  return outcomeOf(async () => (await client.send(command)).Results?.[0]?.Status)
}

async function outcomeOf(ask: () => Promise<string | undefined>): Promise<string> {
  try {
    return (await ask()) ?? 'nothing'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

/** By a request that we sign ourselves: the client of this service is another package. */
async function entitlementsOf(sandbox: Sandbox, account: string): Promise<unknown> {
  const { endpoint, region, credentials } = sandbox.clientConfig
  const body = JSON.stringify({
    ProductCode: sandbox.products[0]?.code,
    Filter: { CUSTOMER_AWS_ACCOUNT_ID: [account] },
  })
  const target = 'AWSMPEntitlementService.GetEntitlements'
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const url = new URL(endpoint)
  const scope = { region, service: 'aws-marketplace' }
  const signed = signPost({ url, headers, body }, credentials, scope, Date.now())
  const answer = await fetch(url, { method: 'POST', headers: signed, body })
  const { Entitlements = [] } = (await answer.json()) as {
    readonly Entitlements?: readonly { readonly Dimension: string; readonly Value: object }[]
  }
  return Object.fromEntries(Entitlements.map(({ Dimension, Value }) => [Dimension, Value]))
}

describe('every seed that ships', () => {
  for (const name of SEED_NAMES) {
    it(`is a seed file: ${name}`, () => {
      assert.deepEqual(checkSeed(SEEDS[name]), { ok: true, file: SEEDS[name] })
    })

    for (const { name: profile } of BUILT_IN_PROFILES) {
      it(`can be planted under ${profile}: ${name}`, async (t) => {
        const { sandbox, clientOf } = await opened(t, { seed: name, profile })
        const [key] = sandbox.credentials()
        assert.deepEqual(sandbox.clientConfig.credentials, {
          accessKeyId: key?.accessKeyId,
          secretAccessKey: key?.secretAccessKey,
        })
        assert.ok(sandbox.products.length > 0)
        // Whoever it is, it is known.
        const asked = new BatchMeterUsageCommand({ ProductCode: 'none', UsageRecords: [] })
        const outcome = await outcomeOf(
          async () => (await clientOf().send(asked)).Results?.[0]?.Status,
        )
        assert.equal(outcome, 'InvalidProductCodeException')
      })
    }
  }

  it('has the seller’s key, the same in all of them', async () => {
    for (const name of SEED_NAMES) {
      const ids = SEEDS[name].accessKeys?.map(({ id }) => id)
      assert.ok(ids?.includes('AKIASANDBOXSELLER001'), name)
    }
  })
})

// Read each row as: with this seed, usage of this buyer has this outcome.
const METERED: readonly (readonly [SeedName, string, Usage, string])[] = [
  ['saas-subscription', 'active', { CustomerAWSAccountId: '222233334444' }, 'Success'],
  [
    'saas-subscription',
    'suspended',
    { CustomerAWSAccountId: '222233335555' },
    'CustomerNotSubscribed',
  ],
  ['saas-subscription', 'left', { CustomerAWSAccountId: '222233336666' }, 'CustomerNotSubscribed'],
  ['saas-contract', 'above the plan', { CustomerAWSAccountId: '222233334444' }, 'Success'],
  ['saas-contract', 'ran out', { CustomerAWSAccountId: '222233336666' }, 'CustomerNotSubscribed'],
  ['legacy-customer-identifiers', 'one name', { CustomerIdentifier: 'X21SANDBOXON' }, 'Success'],
  [
    'legacy-customer-identifiers',
    'a second name',
    { CustomerIdentifier: 'X23SANDBOXTW' },
    'Success',
  ],
  [
    'legacy-customer-identifiers',
    'no agreement',
    { CustomerIdentifier: 'X24SANDBOXNO' },
    'CustomerNotSubscribed',
  ],
  [
    'legacy-customer-identifiers',
    'another seller’s',
    { CustomerIdentifier: 'X25SANDBOXEL' },
    'InvalidCustomerIdentifierException',
  ],
  [
    'last-hour',
    'cancelled, usage of before',
    { CustomerAWSAccountId: '222233334444', hoursAgo: 1 },
    'Success',
  ],
  [
    'last-hour',
    'cancelled, usage of now',
    { CustomerAWSAccountId: '222233334444' },
    'CustomerNotSubscribed',
  ],
  [
    'last-hour',
    'cancelled too long ago',
    { CustomerAWSAccountId: '222233335555', hoursAgo: 3 },
    'CustomerNotSubscribed',
  ],
  ['last-hour', 'about to end', { CustomerAWSAccountId: '222233336666' }, 'Success'],
  [
    'large-catalog',
    'first buyer, first product',
    { CustomerAWSAccountId: '222255550001' },
    'Success',
  ],
  [
    'large-catalog',
    'last buyer, last product',
    { CustomerAWSAccountId: '222255550500', product: '2b9lsandboxlargepr0duct200' },
    'Success',
  ],
  [
    'large-catalog',
    'no agreement',
    { CustomerAWSAccountId: '222255550002' },
    'CustomerNotSubscribed',
  ],
]

describe('what a seed is for', () => {
  for (const [seed, buyer, usage, outcome] of METERED) {
    it(`${seed}: ${buyer}: ${outcome}`, async (t) => {
      const { meter } = await opened(t, { seed })
      assert.equal(await meter(usage), outcome)
    })
  }

  it('last-hour: half an hour later the last hour of the cancelled buyer is over', async (t) => {
    const { sandbox, meter } = await opened(t, { seed: 'last-hour' })
    const usage = { CustomerAWSAccountId: '222233334444', hoursAgo: 1.5 }
    sandbox.clock.advance({ minutes: 30 })
    assert.equal(await meter(usage), 'CustomerNotSubscribed')
  })

  it('saas-contract: entitlements of each buyer', async (t) => {
    const { sandbox } = await opened(t, { seed: 'saas-contract' })
    assert.deepEqual(await entitlementsOf(sandbox, '222233334444'), {
      plan: { StringValue: 'team' },
      seats: { IntegerValue: 25 },
    })
    assert.deepEqual(await entitlementsOf(sandbox, '222233335555'), {
      plan: { StringValue: 'enterprise' },
      seats: { IntegerValue: 400 },
      sso: { BooleanValue: true },
    })
    assert.deepEqual(await entitlementsOf(sandbox, '222233336666'), {})
  })

  it('legacy-customer-identifiers: two names of one buyer are one fact', async (t) => {
    const { sandbox, meter } = await opened(t, { seed: 'legacy-customer-identifiers' })
    for (const CustomerIdentifier of ['X22SANDBOXTW', 'X23SANDBOXTW']) {
      assert.equal(await meter({ CustomerIdentifier }), 'Success')
    }
    assert.equal((await sandbox.records()).length, 1)
  })

  it('concurrent-agreements: each license is billed by itself, and none means none', async (t) => {
    const { sandbox, meter } = await opened(t, { seed: 'concurrent-agreements' })
    const both = sandbox.buyers.filter(({ awsAccountId }) => awsAccountId === '222233334444')
    assert.equal(both.length, 2)
    for (const [index, { awsAccountId, licenseArn }] of both.entries()) {
      const named = { CustomerAWSAccountId: awsAccountId, LicenseArn: licenseArn }
      assert.equal(await meter({ ...named, Quantity: index, hoursAgo: 20 }), 'Success')
    }
    assert.equal((await sandbox.records()).length, 2)
    const unnamed = { CustomerAWSAccountId: '222233334444' }
    assert.equal(await meter(unnamed), 'InvalidLicenseException')
  })
})

describe('ami-container-metering', () => {
  const [single, fleet] = (SEEDS['ami-container-metering'].products ?? []).map(({ code }) => code)
  const buyer = '222233334444'

  async function reported(client: MarketplaceMeteringClient, sandbox: Sandbox, product: object) {
    const report = { UsageDimension: 'tasks', UsageQuantity: 3, ...product }
    const Timestamp = new Date(sandbox.clock.now())
    const command = new MeterUsageCommand({ ProductCode: fleet, Timestamp, ...report })
    return outcomeOf(async () => (await client.send(command)).MeteringRecordId && 'held')
  }

  it('takes reports of the first key, for the product that runs on one resource', async (t) => {
    const { sandbox, clientOf } = await opened(t, { seed: 'ami-container-metering' })
    const appliance = { ProductCode: single, UsageDimension: 'hosts' }
    assert.equal(await reported(clientOf(), sandbox, appliance), 'held')
    assert.equal(await reported(clientOf(), sandbox, {}), 'AccessDeniedException')
  })

  it('keeps the hours of two tasks apart, by their temporary keys', async (t) => {
    const { sandbox, clientOf } = await opened(t, { seed: 'ami-container-metering' })
    for (const task of ['task-1', 'task-2']) {
      const client = clientOf(sandbox.clientConfigFor(buyer, task))
      assert.equal(await reported(client, sandbox, {}), 'held')
    }
    const records = await sandbox.records()
    assert.deepEqual(
      records.map(({ resource, quantity }) => [resource, quantity]),
      [
        ['task-1', 3],
        ['task-2', 3],
      ],
    )
  })

  for (const now of ['2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z']) {
    it(`knows its temporary keys years from now: ${now}`, async (t) => {
      const { sandbox, clientOf } = await opened(t, { seed: 'ami-container-metering', now })
      const client = clientOf(sandbox.clientConfigFor(buyer, 'task-1'))
      assert.equal(await reported(client, sandbox, {}), 'held')
      await sandbox.reset()
      assert.equal(await reported(client, sandbox, {}), 'held')
    })
  }

  it('lets a container run, with a signature that its public key proves', async (t) => {
    const { sandbox, clientOf } = await opened(t, { seed: 'ami-container-metering' })
    const asked = { ProductCode: fleet, PublicKeyVersion: 1, Nonce: 'once' }
    const command = new RegisterUsageCommand(asked)
    const { Signature = '' } = await clientOf().send(command)
    const shown = sandbox.publicKeys.find(({ product }) => product === fleet)
    const key = await importSPKI(shown?.publicKey ?? '', 'PS256')
    const { payload } = await jwtVerify(Signature, key)
    assert.deepEqual([payload['productCode'], payload['nonce']], [fleet, 'once'])
    const stranger = clientOf(sandbox.clientConfigFor('222233335555'))
    const outcome = await outcomeOf(async () => (await stranger.send(command)).Signature)
    assert.equal(outcome, 'CustomerNotEntitledException')
  })

  it('names the keys that there are', async (t) => {
    const { sandbox } = await opened(t, { seed: 'ami-container-metering' })
    assert.throws(() => sandbox.clientConfigFor(buyer, 'task-9'), {
      message: /no key of 222233334444 on task-9.*222233334444 on task-1, 222233334444 on task-2/,
    })
  })
})

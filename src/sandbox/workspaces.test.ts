/** Workspaces by their keys: many in one process, each as if it were alone. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  BatchMeterUsageCommand,
  MarketplaceMeteringClient,
} from '@aws-sdk/client-marketplace-metering'
import { AWS_2025 } from '../core/profile.ts'
import { buyersOf, productsOf } from './facts.ts'
import { openWirePort } from './port.ts'
import { prepared, SeedRefused } from './seed.ts'
import { SEEDS } from './seeds/index.ts'
import type { Workspace, WorkspaceSettings } from './workspace.ts'
import { DEFAULT_WORKSPACE, Workspaces } from './workspaces.ts'

const NOON_MS = Date.parse('2026-08-23T12:00:00Z')
const SETTINGS: WorkspaceSettings = {
  seed: await prepared(SEEDS['saas-subscription']),
  profile: AWS_2025,
  regions: ['us-east-1'],
  clock: { nowMs: NOON_MS, isFrozen: true },
  quotas: false,
}

async function opened(test: TestContext, workspaces = new Workspaces()) {
  await workspaces.openDefault(SETTINGS)
  const port = await openWirePort(workspaces.handle, { host: '127.0.0.1', port: 0 })
  test.after(() => port.close())
  const meter = async (workspace: Workspace, Quantity: number) => {
    const { seed } = workspace.settings
    const [key] = seed.accessKeys ?? []
    const client = new MarketplaceMeteringClient({
      endpoint: port.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: key?.id ?? '', secretAccessKey: key?.secret ?? '' },
      maxAttempts: 1,
    })
    const [product] = productsOf(workspace.world.catalog, seed)
    const [buyer] = buyersOf(workspace.world.catalog, workspace.clock.nowMs)
    const record = {
      Timestamp: new Date(workspace.clock.nowMs),
      Dimension: product?.dimensions[0] ?? '',
      CustomerAWSAccountId: buyer?.awsAccountId,
      Quantity,
    }
    const command = new BatchMeterUsageCommand({
      ProductCode: product?.code,
      UsageRecords: [record],
    })
    const answer = await client.send(command)
    client.destroy()
    return answer.Results?.[0]?.Status
  }
  return { workspaces, meter }
}

describe('workspaces', () => {
  it('see nothing of one another, two hundred at once', async (t) => {
    const { workspaces, meter } = await opened(t)
    const made = await Promise.all(Array.from({ length: 200 }, () => workspaces.create(SETTINGS)))
    for (const [days, { workspace }] of made.entries()) workspace.clock.advance(days * 86_400_000)
    const statuses = await Promise.all(made.map(({ workspace }, index) => meter(workspace, index)))
    assert.deepEqual(new Set(statuses), new Set(['Success']))
    const held = await Promise.all(
      made.map(({ workspace }) => workspace.world.ledger.read({ countMax: 10 })),
    )
    assert.deepEqual(
      held.map(({ records }) =>
        records.map(({ quantity, timestampMs }) => [quantity, timestampMs]),
      ),
      made.map((_, index) => [[index, NOON_MS + index * 86_400_000]]),
    )
    assert.deepEqual(workspaces.get(DEFAULT_WORKSPACE).journal.after(0), [])
  })

  it('have keys that no other has, also where two are given the same one at the same time', async (t) => {
    const { workspaces } = await opened(t)
    const [one, other] = [await workspaces.create(SETTINGS), await workspaces.create(SETTINGS)]
    const account = SETTINGS.seed.sellers?.[0]?.account ?? ''
    const part = (id: string) => ({
      accessKeys: [{ id, account, secret: 'a-secret-of-sixteen-characters' }],
    })
    const shared = part('AKIATESTSHAREDKEY001')
    const tried = await Promise.allSettled([
      workspaces.apply(one.id, shared),
      workspaces.apply(other.id, shared),
    ])
    assert.deepEqual(
      tried.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await workspaces.apply(one.id, shared)
    await one.workspace.reset()
    const othersKeys = /AKIATESTSHAREDKEY001.*another workspace’s/
    await assert.rejects(workspaces.apply(other.id, shared), othersKeys)
    const defaultsKey = SETTINGS.seed.accessKeys?.[0]?.id ?? ''
    await assert.rejects(workspaces.apply(one.id, part(defaultsKey)), /another workspace’s/)
    workspaces.end(one.id)
    await workspaces.apply(other.id, shared)
  })

  it('claim no key by what was refused', async (t) => {
    const { workspaces } = await opened(t)
    const { id } = await workspaces.create(SETTINGS)
    const wrong = { id: 'AKIATESTSHAREDKEY001', account: '999999999999', secret: 'x'.repeat(16) }
    await assert.rejects(workspaces.apply(id, { accessKeys: [wrong] }), SeedRefused)
    const account = SETTINGS.seed.sellers?.[0]?.account ?? ''
    await workspaces.apply(DEFAULT_WORKSPACE, { accessKeys: [{ ...wrong, account }] })
  })

  it('that end while their catalog changes leave no key behind', async () => {
    const workspaces = new Workspaces()
    await workspaces.openDefault(SETTINGS)
    const [one, other] = [await workspaces.create(SETTINGS), await workspaces.create(SETTINGS)]
    const accessKeys = [
      { id: 'AKIATESTLATEKEY00001', account: '111122223333', secret: 'x'.repeat(16) },
    ]
    const changed = workspaces.apply(one.id, { accessKeys })
    workspaces.end(one.id)
    await assert.rejects(changed, /There is no workspace/)
    await workspaces.apply(other.id, { accessKeys })
  })

  it('are named where one is asked for that is not there', async (t) => {
    const { workspaces } = await opened(t)
    const made = await Promise.all(Array.from({ length: 11 }, () => workspaces.create(SETTINGS)))
    const listed = [DEFAULT_WORKSPACE, ...made.map(({ id }) => id)].slice(0, 10).join(', ')
    assert.throws(() => workspaces.get('nope'), {
      message: `There is no workspace "nope". There are: ${listed}, and 2 more. One ends when nobody has used it for an hour; make another: marketmeter sandbox add-workspace, or POST /workspaces.`,
    })
  })

  it('end when nobody has used them for an hour, but for the default one', async (t) => {
    const machine = { nowMs: 0 }
    const { workspaces, meter } = await opened(t, new Workspaces({ nowMs: () => machine.nowMs }))
    const idle = await workspaces.create(SETTINGS)
    const used = await workspaces.create(SETTINGS)
    machine.nowMs += 3_599_999
    await meter(used.workspace, 1)
    assert.equal(workspaces.list().length, 3)
    machine.nowMs += 1
    assert.deepEqual(
      workspaces.list().map(({ id }) => id),
      [DEFAULT_WORKSPACE, used.id],
    )
    assert.throws(() => workspaces.get(idle.id), /no workspace.*hour.*POST \/workspaces/)
    await assert.rejects(meter(idle.workspace, 1), { name: 'UnrecognizedClientException' })
  })

  it('do not end while somebody watches them', async (t) => {
    const machine = { nowMs: 0 }
    const { workspaces } = await opened(t, new Workspaces({ nowMs: () => machine.nowMs }))
    const { id, workspace } = await workspaces.create(SETTINGS)
    const leave = workspace.journal.watch(() => undefined)
    machine.nowMs += 7_200_000
    assert.equal(workspaces.get(id), workspace)
    leave()
    machine.nowMs += 3_600_000
    assert.throws(() => workspaces.get(id), /no workspace/)
    assert.equal(workspace.journal.isClosed, true)
  })

  it('are so many at most', async (t) => {
    const { workspaces } = await opened(t, new Workspaces({ countMax: 2 }))
    const made = await Promise.allSettled([1, 2, 3].map(() => workspaces.create(SETTINGS)))
    assert.deepEqual(
      made.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    )
    const first = made[0]
    if (first?.status === 'fulfilled') workspaces.end(first.value.id)
    await workspaces.create(SETTINGS)
    await assert.rejects(workspaces.create(SETTINGS), /2 workspaces.*DELETE \/workspaces\/ID/)
    assert.throws(() => {
      workspaces.end(DEFAULT_WORKSPACE)
    }, /default workspace does not end/)
  })
})

/** The profile's quotas in a sandbox: for each account, Region and operation, by the machine's clock, which no test can fake. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { AWS_2025 } from '../core/profile.ts'
import { MASTER_KEY_BYTES, masterKeyOf, ringOf } from '../server/keys/master-keys.ts'
import { signRequest } from '../wire/sigv4/signer.spec.ts'
import { plant } from './plant.ts'
import { QUIET } from './quiet.ts'
import { saasSubscription as seed } from './seeds/saas-subscription.ts'
import { World, type WorldParts } from './world.ts'

const NOW_MS = Date.parse('2026-08-23T12:00:00Z')

/** A world whose machine stands still until it is told otherwise. */
async function opened(quotas: boolean) {
  let machineMs = NOW_MS
  const parts: WorldParts = {
    profile: AWS_2025,
    regions: ['us-east-1', 'eu-west-1'],
    quotas,
    masterKeys: ringOf([masterKeyOf(randomBytes(MASTER_KEY_BYTES))]),
    nowMs: () => NOW_MS,
    machineNowMs: () => machineMs,
    movedNowMs: () => machineMs,
    observer: QUIET,
    around: (operation) => operation,
  }
  const world = await World.open(parts)
  await plant(seed, world, parts)
  const [key] = seed.accessKeys ?? []
  const ask = async (region = 'us-east-1', operation = 'BatchMeterUsage') => {
    const amzTarget = `AWSMPMeteringService.${operation}`
    const contentType = 'application/x-amz-json-1.1'
    const request = signRequest({
      at: '20260823T120000Z',
      region,
      headers: { 'content-type': contentType, 'x-amz-target': amzTarget },
      accessKeyId: key?.id ?? '',
      secretAccessKey: key?.secret ?? '',
      body: '{}',
    })
    const more = { amzTarget, contentType, address: '', userAgent: '' }
    const { errorCode } = await world.handle({ ...request, ...more }, { requestId: 'r' })
    return errorCode
  }
  const pass = (ms: number) => {
    machineMs += ms
  }
  return { ask, pass }
}

/** What so many empty calls are answered with: the quota comes before the constraints. */
async function asked(count: number, ask: () => Promise<string | undefined>): Promise<string[]> {
  const codes: string[] = []
  for (let call = 0; call < count; call++) codes.push((await ask()) ?? 'none')
  return [...new Set(codes)]
}

describe('quotas of a sandbox', () => {
  it('let ten calls of BatchMeterUsage a second through, and no more', async () => {
    const { ask, pass } = await opened(true)
    assert.deepEqual(await asked(10, ask), ['ValidationException'])
    assert.deepEqual(await asked(2, ask), ['ThrottlingException'])
    pass(100)
    assert.deepEqual(await asked(1, ask), ['ValidationException'])
    assert.deepEqual(await asked(1, ask), ['ThrottlingException'])
  })

  it('keep Regions and operations apart, and five is RegisterUsage’s', async () => {
    const { ask } = await opened(true)
    await asked(11, ask)
    assert.deepEqual(await asked(10, () => ask('eu-west-1')), ['ValidationException'])
    const register = () => ask('us-east-1', 'RegisterUsage')
    assert.deepEqual(await asked(5, register), ['ValidationException'])
    assert.deepEqual(await asked(1, register), ['ThrottlingException'])
  })

  it('are off unless they are turned on', async () => {
    const { ask } = await opened(false)
    assert.deepEqual(await asked(50, ask), ['ValidationException'])
  })
})

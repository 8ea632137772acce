/**
 * The demo in this process, with a domain clock that a test moves: everything over real sockets, as `npm start` has it, but
 * in memory.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { MarketplaceMeteringClient } from '@aws-sdk/client-marketplace-metering'
import { AWS_2025 } from '../core/profile.ts'
import { demoSettings } from './commands/demo.ts'
import { DEMO_ADMIN_TOKEN, demoFacts, seedDemo } from './demo-seed.ts'
import { openHost } from './host.ts'
import { readLedgerSettings } from './ledger-settings.ts'

/** Stands still until it is told to go on. */
export interface DomainTime {
  readonly nowMs: number
  /** Backwards too. */
  goOn(byMs: number): void
}

/** It begins at the machine's time, for tokens and keys of the demo are made by that. */
export function aDomainClock(): DomainTime {
  let nowMs = Date.now()
  return {
    get nowMs() {
      return nowMs
    },
    goOn: (byMs) => {
      nowMs += byMs
    },
  }
}

export interface DemoMarket {
  readonly endpoint: string
  readonly adminEndpoint: string
  readonly purchaseEndpoint: string
  readonly adminToken: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export async function startDemo(test: TestContext, clock: DomainTime): Promise<DemoMarket> {
  const ledger = readLedgerSettings({ options: {}, env: {} }, [])
  const storage = { ...ledger, place: { kind: 'memory' } } as const
  const host = await openHost({
    ...demoSettings(storage, AWS_2025, { port: 0 }),
    nowMs: () => clock.nowMs,
  })
  test.after(() => host.close())
  await seedDemo(host)
  const { purchaseEndpoint = '', ...endpoints } = await host.listen()
  const { accessKeyId, secretAccessKey } = demoFacts(host)
  const credentials = { adminToken: DEMO_ADMIN_TOKEN, accessKeyId, secretAccessKey }
  return { ...endpoints, purchaseEndpoint, ...credentials }
}

/** The real SDK, with a key of the demo's first seller unless another is given. */
export function clientOf(
  test: TestContext,
  { endpoint, ...market }: DemoMarket,
  { accessKeyId, secretAccessKey }: Pick<DemoMarket, 'accessKeyId' | 'secretAccessKey'> = market,
): MarketplaceMeteringClient {
  const credentials = { accessKeyId, secretAccessKey }
  const client = new MarketplaceMeteringClient({ endpoint, region: 'us-east-1', credentials })
  test.after(() => client.destroy())
  return client
}

/** What the admin API answers, which is that it did so. */
export async function admin(
  { adminEndpoint, adminToken }: DemoMarket,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${adminEndpoint}/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const said: unknown = await answer.json()
  assert.ok(answer.ok, JSON.stringify(said))
  return said
}

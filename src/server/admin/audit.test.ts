/** The audit over the admin API: pages that miss and repeat nothing, JSON Lines that are the same, and what a seller sees. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { CloudTrailRecord } from '../audit/cloudtrail.ts'
import type { RefusedRecord } from '../../core/refused-record.ts'
import type { AccountId, InstantMs } from '../../core/usage.ts'
import { aCall, aRecord, NOON_US } from '../../store/builders.spec.ts'
import type { Ledger, LedgerQuery } from '../../store/ledger.ts'
import type { ControlStore } from '../../store/control.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import { MemoryLedger } from '../../store/memory.ts'
import { emptyLedger, openLedger, skip } from '../../store/postgres/server.spec.ts'
import { openControl } from '../../store/postgres-control/control-server.spec.ts'
import {
  type AdminServer,
  BUYER,
  openAdmin,
  OTHER,
  OWN,
  type TokenName,
} from './admin-server.spec.ts'
import { endedIfStalled } from './stalled.ts'

const CALL_COUNT = 12
const FIRST_MS = NOON_US / 1_000

interface Stores {
  readonly ledger: Pick<Ledger, 'hold' | 'read'>
  readonly controlStore: ControlStore
}

type OpenStores = () => Promise<Stores>

const recordedAtUs = (): number => NOON_US + 600_000_000

const inMemory: OpenStores = async () => {
  return { ledger: new MemoryLedger(recordedAtUs), controlStore: new MemoryControlStore() }
}

/** Its records stand by buckets, and what one call held has several instants. */
const onPostgres: OpenStores = async () => {
  const url = await emptyLedger()
  const ledger = await openLedger(url, { nowUs: recordedAtUs, soleWriter: true })
  return { ledger, controlStore: await openControl(url) }
}

/** A call a second, every third of them another seller's; each second one was refused something too, and one was a buyer's. */
async function openAudited(test: TestContext, open: OpenStores): Promise<AdminServer> {
  const { ledger, controlStore } = await open()
  const server = await openAdmin(test, { ledger, controlStore })
  for (let index = 0; index < CALL_COUNT; index++) {
    const call = callOf(index)
    const seller = sellerOf(index)
    const records = [1, 2].map((part) => ({
      ...aRecord({ buyer: index * 2 + part, quantity: index }),
      seller,
    }))
    await ledger.hold(call, records)
    if (index % 2 === 0) await controlStore.appendRefusals([refusalOf(index)])
  }
  await controlStore.appendRefusals([{ ...refusalOf(100), atMs: (FIRST_MS + 2_500) as InstantMs }])
  return server
}

function sellerOf(index: number): AccountId {
  return (index % 3 === 2 ? OTHER : OWN) as AccountId
}

function requestIdOf(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
}

function callOf(index: number) {
  const receivedAtMs = (FIRST_MS + index * 1_000) as InstantMs
  const account = index === 1 ? (BUYER as AccountId) : sellerOf(index)
  return { ...aCall(), requestId: requestIdOf(index), receivedAtMs, account }
}

function refusalOf(index: number): RefusedRecord {
  return {
    seller: sellerOf(index),
    atMs: (FIRST_MS + index * 1_000) as InstantMs,
    code: 'DuplicateRecord',
    reason: 'the hour is held',
    requestId: requestIdOf(index),
    accessKeyId: 'AKIAOWNOWNOWNOWN',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: `product-${index}`,
  }
}

const ALL = [0, 1, 2, 100, ...Array.from({ length: CALL_COUNT - 3 }, (_, index) => index + 3)]
const OWNS = ALL.filter((index) => sellerOf(index) === OWN)

async function pagesAs({ ask }: AdminServer, as: TokenName, limit: number) {
  const all: CloudTrailRecord[] = []
  let next: string | undefined = ''
  while (next !== undefined) {
    const cursor = next && `&cursor=${encodeURIComponent(next)}`
    const { json, status, text } = await ask({ path: `/v1/audit?limit=${limit}${cursor}`, as })
    assert.equal(status, 200, text)
    const page = json as { calls: CloudTrailRecord[]; next?: string }
    assert.ok(page.calls.length <= limit)
    all.push(...page.calls)
    next = page.next
  }
  return all
}

async function exportAs({ ask }: AdminServer, as: TokenName, query = '') {
  const { status, text, headers } = await ask({ path: `/v1/audit/export${query}`, as })
  assert.equal(status, 200, text)
  assert.equal(headers.get('content-type'), 'application/x-ndjson')
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as CloudTrailRecord)
}

function indexesOf(calls: readonly CloudTrailRecord[]): readonly number[] {
  return calls.map(({ requestID }) => Number(requestID.slice(-12)))
}

const STORES: readonly (readonly [string, OpenStores, string | false])[] = [
  ['in memory', inMemory, false],
  ['on PostgreSQL', onPostgres, skip],
]

for (const [where, open, whyNot] of STORES)
  describe(`the audit ${where} over the admin API`, { skip: whyNot }, () => {
    for (const limit of [1, 2, 5, 1_000]) {
      it(`has every call once, in the order of receipt, in pages of ${limit}`, async (test) => {
        const server = await openAudited(test, open)
        assert.deepEqual(indexesOf(await pagesAs(server, 'operator', limit)), ALL)
        assert.deepEqual(indexesOf(await pagesAs(server, 'own', limit)), OWNS)
      })
    }

    it('exports the same as lines', async (test) => {
      const server = await openAudited(test, open)
      assert.deepEqual(await exportAs(server, 'operator'), await pagesAs(server, 'operator', 1_000))
      assert.deepEqual(await exportAs(server, 'own'), await pagesAs(server, 'own', 1_000))
    })

    const rows: readonly (readonly [string, readonly number[]])[] = [
      ['?from=2026-11-23T12:00:03Z&before=2026-11-23T12:00:05Z', [3, 4]],
      [`?requestId=${requestIdOf(7)}`, [7]],
      [`?account=${BUYER}`, [1]],
      [`?seller=${OTHER}`, [2, 5, 8, 11]],
      ['?product=product-100', [100]],
      ['?operation=MeterUsage', []],
      ['?code=DuplicateRecord', [0, 2, 100, 4, 6, 8, 10]],
    ]
    for (const [query, expected] of rows) {
      it(`narrows by ${query}`, async (test) => {
        const server = await openAudited(test, open)
        const day = new Date(FIRST_MS).toISOString().slice(0, 10)
        const dated = query.replaceAll('2026-11-23', day)
        assert.deepEqual(indexesOf(await exportAs(server, 'operator', dated)), expected)
      })
    }

    it('does not show a seller from where a buyer reported usage', async (test) => {
      const server = await openAudited(test, open)
      const query = `?account=${BUYER}`
      const [seen] = await exportAs(server, 'own', query)
      const [whole] = await exportAs(server, 'operator', query)
      assert.ok(seen && whole)
      assert.equal(seen.userIdentity['accountId'], BUYER)
      const hidden = [seen.userIdentity['accessKeyId'], seen.sourceIPAddress, seen.userAgent]
      assert.deepEqual(hidden, [undefined, undefined, undefined])
      assert.ok(whole.userIdentity['accessKeyId'] && whole.sourceIPAddress && whole.userAgent)
    })
  })

describe('exports of the audit', () => {
  it('are two at a time: a third is refused, and taken when they have ended', async (test) => {
    const gate = Promise.withResolvers<undefined>()
    const ledger = new MemoryLedger(() => NOON_US)
    let readCount = 0
    const gated = {
      read: async (query: LedgerQuery) => {
        readCount += 1
        await gate.promise
        return ledger.read(query)
      },
    }
    const { ask } = await openAdmin(test, { ledger: gated })
    const asked = { path: '/v1/audit/export', as: 'operator' } as const
    const first = [ask(asked), ask(asked)]
    while (readCount < 2) await setTimeout(5)
    assert.equal((await ask(asked)).status, 503)
    gate.resolve(undefined)
    for (const answer of await Promise.all(first)) assert.equal(answer.status, 200)
    assert.equal((await ask(asked)).status, 200)
  })
})

it('an answer that nobody reads is ended, and one that is read is not', async () => {
  const ended = Promise.withResolvers<boolean>()
  const response = {
    destroy() {
      ended.resolve(true)
    },
  }
  const texts = endedIfStalled(of('a', 'b'), response, 20)
  assert.equal((await texts.next()).value, 'a')
  assert.equal((await texts.next()).value, 'b')
  assert.equal(await Promise.race([ended.promise, Promise.resolve(false)]), false)
  assert.equal(await ended.promise, true)
})

async function* of(...texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

/** What a caller sees, and what is kept, when the way to PostgreSQL or PostgreSQL itself fails. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { bucketOf } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type { InstantMs } from '../../core/usage.ts'
import { aCall, aRecord, heldAgain, reached } from '../builders.spec.ts'
import type { Held, Ledger } from '../ledger.ts'
import { CuttingProxy } from './cutting-proxy.spec.ts'
import { migrate } from './migrate.ts'
import { READING_MS_MAX } from './reader.ts'
import { emptyLedger, nowUs, openLedger, ownServer, skip, skipOwn } from './server.spec.ts'

const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour
const QUICK = { retryMsMax: 300, connectMsMax: 500, heartbeatMs: 50 }

describe('buckets that cannot be reached', { skip }, () => {
  it('are unavailable, the others are held and found, and all work again afterwards', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const ledger = await openLedger(proxy.urlOf(url), { retryMsMax: 2_000 })
    const records = Array.from({ length: 200 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    const isCut = ({ billingLine }: NewRecord) => proxy.cut.has(bucketOf(billingLine))
    for (let bucket = 0; bucket < 64; bucket += 2) proxy.cut.add(bucket)

    const held = await ledger.hold(aCall(), records)
    assert(records.some(isCut) && !records.every(isCut))
    for (const [index, record] of records.entries()) {
      assert.equal(
        held[index] === 'unavailable',
        isCut(record),
        `bucket ${bucketOf(record.billingLine)}`,
      )
    }
    const found = await ledger.find(records)
    for (const [index, record] of records.entries()) {
      assert.equal(found[index] === 'unavailable', isCut(record))
    }
    const lost = records.filter(isCut)
    await assert.rejects(ledger.hold(aCall(), lost), /: No PostgreSQL answers at/)
    await assert.rejects(ledger.find(lost), /: No PostgreSQL answers at/)
    assert(proxy.cutCount > 0)

    proxy.cut.clear()
    const again = await heldAgain(ledger, lost)
    assert(again.every(({ added }) => added))
    const repeated = (await ledger.hold(aCall(), records)).map(reached)
    assert(repeated.every(({ added }) => !added))
    await ledger.close()
    await proxy.close()
  })

  it('leave the others their connections while they say nothing at all', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    // So long that nothing here is given up: what is silent hangs until it is let go.
    const bounds = { statementMsMax: 200, retryMsMax: 60_000, connectionsMax: 3 }
    const ledger = await openLedger(proxy.urlOf(url), bounds)
    const records = Array.from({ length: 200 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    const [silent, others] = [true, false].map((mute) =>
      records.filter(({ billingLine }) => (bucketOf(billingLine) % 8 === 0) === mute),
    )
    assert(silent && others)
    for (let bucket = 0; bucket < 64; bucket += 8) proxy.mute.add(bucket)

    let isLetGo = false
    const hanging = ledger.hold(aCall(), silent).finally(() => {
      assert(isLetGo, 'what is silent was answered')
    })
    while ((ledger.health().figures['statement_retries'] ?? 0) < 8) await sleep(5)
    const held = await ledger.hold(aCall(), others)
    assert(held.every((one) => reached(one).added))

    isLetGo = true
    proxy.mute.clear()
    proxy.cutAll()
    const late = await hanging
    assert(late.every((one) => reached(one).added))
    await ledger.close()
    await proxy.close()
  })

  it('are told as such once nobody tries for them any longer, and held when they speak again', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const bounds = { statementMsMax: 200, retryMsMax: 500, connectionsMax: 3 }
    const ledger = await openLedger(proxy.urlOf(url), bounds)
    const records = Array.from({ length: 25 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    for (let bucket = 0; bucket < 64; bucket++) proxy.mute.add(bucket)
    await assert.rejects(ledger.hold(aCall(), records), /: No PostgreSQL answers at/)
    await assert.rejects(ledger.hold(aCall(), records), /: No PostgreSQL answers at/)
    proxy.mute.clear()
    proxy.cutAll()
    const again = await heldAgain(ledger, records)
    assert(again.every(({ added }) => added))
    await ledger.close()
    await proxy.close()
  })
})

describe('a server that says nothing at all', { skip }, () => {
  it('keeps a call no longer than its last attempt may take, however many buckets it has and calls wait', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const bounds = { statementMsMax: 200, retryMsMax: 300, connectMsMax: 500, connectionsMax: 1 }
    const ledger = await openLedger(proxy.urlOf(url), bounds)
    const records = Array.from({ length: 400 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    proxy.silent = true
    const silentMs = performance.now()
    const one = Array.from({ length: 2_500 }, (_, nth) => ({
      ...aRecord({ buyer: 1, hour: HOUR }),
      resource: `r-${nth}`,
    }))
    const calls = [ledger.hold(aCall(), records), ledger.hold(aCall(), one), ledger.find(records)]
    await Promise.all(calls.map((call) => assert.rejects(call, /: No PostgreSQL answers at/)))
    // One bucket after the other would take a minute.
    assert(performance.now() - silentMs < 10_000)
    proxy.silent = false
    proxy.cutAll()
    await heldAgain(ledger, records)
    await ledger.close()
    await proxy.close()
  })
})

describe('connections that are cut', { skip }, () => {
  it('cost a retry that nobody sees, and a record whose answer was lost is still added once', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const ledger = await openLedger(proxy.urlOf(url), { connectMsMax: 500 })
    const records = Array.from({ length: 600 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    const held: (Held | 'unavailable')[] = []
    for (let from = 0; from < records.length; from += 20) {
      const holding = ledger.hold(aCall(), records.slice(from, from + 20))
      // Once while each call is on its way, at any point of it.
      await sleep(from % 50)
      proxy.cutAll()
      held.push(...(await holding))
    }
    const added = held.map((one) => one === 'unavailable' || one.added)
    assert.deepEqual(
      added,
      records.map(() => true),
    )
    assert((ledger.health().figures['statement_retries'] ?? 0) > 0)
    await ledger.close()
    await proxy.close()
  })

  it('turn readiness red while no new one can be made, and green when it can', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const ledger = await openLedger(proxy.urlOf(url), QUICK)
    assert.equal(ledger.health().ready, true)
    proxy.closed = true
    proxy.cutAll()
    await becomes(ledger, false)
    assert.match(ledger.health().note ?? '', /^No PostgreSQL answers at .* Check that it runs/)
    await assert.rejects(ledger.read({ countMax: 10 }), /: No PostgreSQL answers at/)
    proxy.closed = false
    await becomes(ledger, true)
    await ledger.close()
    await proxy.close()
  })
})

describe('readiness', { skip }, () => {
  it('turns red while a network says nothing, long before a page would be given up, and green again', async () => {
    const url = await emptyLedger(nowUs())
    const proxy = await CuttingProxy.open(url)
    const ledger = await openLedger(proxy.urlOf(url), { ...QUICK, statementMsMax: 200 })
    proxy.silent = true
    const silentMs = performance.now()
    await becomes(ledger, false)
    assert(performance.now() - silentMs < READING_MS_MAX / 2)
    proxy.silent = false
    await becomes(ledger, true)
    await ledger.close()
    await proxy.close()
  })

  it('has its own connection: pages that take long, however many, leave it green', async () => {
    const url = await emptyLedger(nowUs())
    const ledger = await openLedger(url, QUICK)
    const locker = new Client({ connectionString: url })
    await locker.connect()
    await locker.query('begin; lock table marketmeter.agreement')
    const pages = Array.from({ length: 4 }, () => ledger.read({ countMax: 10 }))
    // Longer than a connection may take: whoever waits for a turn is not taken for one who cannot reach the server.
    for (let beat = 0; beat < 20; beat++) {
      await sleep(QUICK.heartbeatMs)
      assert.equal(ledger.health().ready, true)
    }
    await locker.end()
    for (const { records } of await Promise.all(pages)) assert.deepEqual(records, [])
    await ledger.close()
  })
})

describe('a PostgreSQL that is killed under load', { skip: skipOwn }, () => {
  it('keeps every record that was acknowledged, once; the ledger recovers by itself', async () => {
    const server = await ownServer()
    const url = server.urlOf(await server.createDatabase())
    await migrate(url, Date.now() as InstantMs)
    const ledger = await openLedger(url, { ...QUICK, retryMsMax: 1_000 })
    const acknowledged = new Map<string, NewRecord>()
    const load = { running: true }
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let buyer = caller * 100_000; load.running; buyer += 5) {
        const records = [0, 1, 2, 3, 4].map((next) => aRecord({ buyer: buyer + next, hour: HOUR }))
        try {
          for (const [index, held] of (await ledger.hold(aCall(), records)).entries()) {
            const record = records[index]
            if (held !== 'unavailable' && record) acknowledged.set(held.id, record)
          }
        } catch {
          // Told to try again, which is what the next round does with other records.
        }
      }
    })
    for (let round = 0; round < 3; round++) {
      await grows(acknowledged, 200)
      await server.kill()
      await sleep(200)
      await server.start()
      const backMs = performance.now()
      await grows(acknowledged, 1)
      assert(performance.now() - backMs < 10_000, 'within ten seconds of the database')
    }
    load.running = false
    await Promise.all(callers)
    const records = [...acknowledged.values()]
    const found = await ledger.find(records)
    const ids = found.map((held) => held !== undefined && held !== 'unavailable' && held.id)
    assert.deepEqual(ids, [...acknowledged.keys()])
    await becomes(ledger, true)
    await ledger.close()
  })
})

async function grows(map: ReadonlyMap<string, unknown>, by: number): Promise<void> {
  const wanted = map.size + by
  while (map.size < wanted) await sleep(5)
}

async function becomes(ledger: Ledger, ready: boolean): Promise<void> {
  while (ledger.health().ready !== ready) await sleep(5)
}

/** A worker of a real Citus is killed: what callers see meanwhile, and what is kept. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bucketOf } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { NewRecord } from '../../core/metering-record.ts'
import type { InstantMs } from '../../core/usage.ts'
import { aCall, aRecord, heldAgain } from '../builders.spec.ts'
import { type Cluster, followPage, nodesOfBuckets, skip } from './citus.spec.ts'
import { PostgresLedger } from './postgres-ledger.ts'

const nowUs = () => Math.floor((performance.timeOrigin + performance.now()) * 1_000)
const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour

describe('a worker of Citus that is killed', { skip }, () => {
  let cluster: Cluster
  let nodes: ReadonlyMap<number, number>
  let ledger: PostgresLedger

  before(async () => {
    cluster = await followPage(Date.now() as InstantMs)
    nodes = await nodesOfBuckets(cluster)
    ledger = await PostgresLedger.open({ url: cluster.url, nowUs, retryMsMax: 1_000 })
  })
  after(() => ledger.close())

  const isOn = (port: number) => (record: NewRecord) =>
    nodes.get(bucketOf(record.billingLine)) === port

  it('makes its buckets unavailable and no others, until it is back', async () => {
    const [, worker] = cluster.workers
    const isLost = isOn(worker.port)
    const records = Array.from({ length: 200 }, (_, buyer) => aRecord({ buyer, hour: HOUR }))
    const earlier = records.slice(0, 100)
    await ledger.hold(aCall(), earlier)

    await worker.kill()
    const held = await ledger.hold(aCall(), records)
    const found = await ledger.find(records)
    for (const [index, record] of records.entries()) {
      assert.equal(held[index] === 'unavailable', isLost(record))
      assert.equal(found[index] === 'unavailable', isLost(record))
    }
    assert.equal(ledger.health().ready, true)
    const sentence = new RegExp(`the node 127.0.0.1:${worker.port} does not answer`)
    await assert.rejects(ledger.read({ countMax: 10 }), sentence)

    await worker.start()
    const again = await heldAgain(ledger, records)
    for (const [index, record] of records.entries()) {
      assert.equal(again[index]?.added, isLost(record) && !earlier.includes(record))
    }
    await ledger.read({ countMax: 10 })
  })

  it('loses nothing that was acknowledged, whenever it is killed', async () => {
    const acknowledged = new Map<string, NewRecord>()
    const load = { running: true }
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let buyer = (caller + 1) * 100_000; load.running; buyer += 5) {
        const records = [0, 1, 2, 3, 4].map((next) => aRecord({ buyer: buyer + next, hour: HOUR }))
        try {
          for (const [index, held] of (await ledger.hold(aCall(), records)).entries()) {
            const record = records[index]
            if (held !== 'unavailable' && record) acknowledged.set(held.id, record)
          }
        } catch {
          // All of the call was out of reach; the next round has other records.
        }
      }
    })
    for (const worker of [...cluster.workers, ...cluster.workers]) {
      await grows(acknowledged, 300)
      await worker.kill()
      await sleep(200)
      await worker.start()
    }
    await grows(acknowledged, 300)
    load.running = false
    await Promise.all(callers)
    const found = await ledger.find([...acknowledged.values()])
    const ids = found.map((held) => held !== undefined && held !== 'unavailable' && held.id)
    assert.deepEqual(ids, [...acknowledged.keys()])
  })
})

async function grows(map: ReadonlyMap<string, unknown>, by: number): Promise<void> {
  const wanted = map.size + by
  while (map.size < wanted) await sleep(5)
}

/** Two replicas over one database: whatever they race for has one record, and both tell its one id. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { UsageHour } from '../../core/hour.ts'
import { type NewRecord, outcomeOf } from '../../core/metering-record.ts'
import type { InstantMs, Quantity } from '../../core/usage.ts'
import { aCall, aRecord, reached, readAll } from '../builders.spec.ts'
import type { Held, Ledger } from '../ledger.ts'
import { recordIdOf } from '../record-id.ts'
import { emptyLedger, nowUs, openLedger, skip } from './server.spec.ts'

const RECORDS = 10_000
const PER_CALL = 25
const PER_WAVE = 500

/** The present, because replicas compare their clocks with the server's. */
const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour

describe('two replicas over one database', { skip }, () => {
  it('hold 10,000 keys that both are sent at once once each, in both answers with one id', async () => {
    const [left, right, close] = await twoReplicas()
    const records = Array.from({ length: RECORDS }, (_, buyer) =>
      aRecord({ buyer, hour: HOUR, quantity: buyer % 7 }),
    )
    // Every third key comes with another quantity to the second replica.
    const others = records.map((record, index) =>
      index % 3 === 0 ? { ...record, quantity: (record.quantity + 1) as Quantity } : record,
    )
    const first: Held[] = []
    const second: Held[] = []
    for (let from = 0; from < RECORDS; from += PER_WAVE) {
      const [one, other] = [records, others].map((all) => all.slice(from, from + PER_WAVE))
      assert(one && other)
      // Who comes first changes, so that both win some.
      const leftFirst = (from / PER_WAVE) % 2 === 0
      const earlier = holdInCalls(leftFirst ? left : right, leftFirst ? one : other)
      const later = holdInCalls(leftFirst ? right : left, leftFirst ? other : one)
      const [early, late] = await Promise.all([earlier, later])
      first.push(...(leftFirst ? early : late))
      second.push(...(leftFirst ? late : early))
    }
    const addedCounts = new Map<number, number>()
    for (const [index, record] of records.entries()) {
      const [one, other] = [at(first, index), at(second, index)]
      assert.equal(one.id, recordIdOf(record))
      assert.equal(other.id, one.id)
      assert.equal(other.quantity, one.quantity)
      assert.equal(Number(one.added) + Number(other.added), 1, 'exactly one of them added it')
      const outcomes = [outcomeOf(record, one), outcomeOf(at(others, index), other)].sort()
      assert.deepEqual(outcomes, ['added', index % 3 === 0 ? 'conflicting' : 'repeated'])
      const winner = one.added ? 0 : 1
      addedCounts.set(winner, (addedCounts.get(winner) ?? 0) + 1)
    }
    assert.equal(addedCounts.size, 2, 'both replicas won some: it was a race')
    const found = await left.find(records.slice(0, 100))
    assert.deepEqual(
      found.map((held) => held !== undefined && held !== 'unavailable' && held.id),
      records.slice(0, 100).map(recordIdOf),
    )
    await close()
  })

  it('settle whole calls in opposite orders without a deadlock', async () => {
    const [left, right, close] = await twoReplicas()
    const records = Array.from({ length: 500 }, (_, number) => ({
      ...aRecord({ buyer: 1, hour: HOUR }),
      resource: `i-${number}`,
    }))
    const [first, second] = await Promise.all([
      left.hold(aCall(), records),
      right.hold(aCall(), records.toReversed()),
    ])
    const added = [...first, ...second].map(reached).filter(({ added }) => added)
    assert.equal(added.length, records.length)
    await close()
  })

  it('take a series that the other made first, and keep the agreement that each record names', async () => {
    const [left, right, close] = await twoReplicas({ settleMarginMs: 0, skewMsMax: 1_000 })
    const one = aRecord({ hour: HOUR })
    const other = {
      ...aRecord({ hour: HOUR - 1 }),
      agreement: 'agmt-renewed',
      licenseArn: 'arn:renewed',
    } as NewRecord
    await left.hold(aCall(), [one])
    await right.hold(aCall(), [other])
    await right.hold(aCall(), [aRecord({ hour: HOUR - 2 })])
    await passed(left, 3)
    const agreements = (await readAll(left)).map(({ agreement }) => agreement)
    assert.deepEqual(agreements, ['agmt-1', 'agmt-renewed', 'agmt-1'])
    await close()
  })
})

async function twoReplicas(
  settings: Parameters<typeof openLedger>[1] = {},
): Promise<[Ledger, Ledger, () => Promise<void>]> {
  const url = await emptyLedger(nowUs())
  const [left, right] = await Promise.all([openLedger(url, settings), openLedger(url, settings)])
  return [
    left,
    right,
    async () => {
      await Promise.all([left.close(), right.close()])
    },
  ]
}

async function holdInCalls(ledger: Ledger, records: readonly NewRecord[]): Promise<Held[]> {
  const calls = Array.from({ length: records.length / PER_CALL }, (_, call) =>
    ledger.hold(
      { ...aCall(), receivedAtMs: Date.now() as InstantMs },
      records.slice(call * PER_CALL, (call + 1) * PER_CALL),
    ),
  )
  return (await Promise.all(calls)).flat().map(reached)
}

/** Reads until so many records have come within the horizon. */
async function passed(ledger: Ledger, count: number): Promise<void> {
  while ((await readAll(ledger)).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  assert(item !== undefined)
  return item
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { Dimension, InstantMs } from '../../core/usage.ts'
import { BUYER, NOON, SELLER } from '../../testing/builders.ts'
import { aMeteringRecord, aRefusal } from './builders.spec.ts'
import { auditedCalls } from './calls.ts'
import type { AuditedCall } from './cloudtrail.ts'

const MINUTE_MS = 60_000

/** A record of a call, received and recorded some minutes after noon. */
function added(requestId: string, minutes: number, dimension = 'requests'): MeteringRecord {
  const receivedAtMs = (NOON + minutes * MINUTE_MS) as InstantMs
  return aMeteringRecord({
    dimension: dimension as Dimension,
    recordedAtUs: receivedAtMs * 1_000,
    call: { requestId, receivedAtMs },
  })
}

function refused(requestId: string, minutes: number): KeptRefusal {
  return aRefusal({ requestId, atMs: (NOON + minutes * MINUTE_MS) as InstantMs })
}

async function callsOf(
  pages: readonly (readonly MeteringRecord[])[],
  refusals: readonly KeptRefusal[] = [],
): Promise<readonly AuditedCall[]> {
  const all: AuditedCall[] = []
  for await (const calls of auditedCalls(pagesFrom(pages), refusals)) all.push(...calls)
  return all
}

async function* pagesFrom(
  pages: readonly (readonly MeteringRecord[])[],
): AsyncGenerator<readonly MeteringRecord[]> {
  yield* pages
}

const shown = (calls: readonly AuditedCall[]) =>
  calls.map((call) => `${call.requestId} ${call.added.length}+${call.refused.length}`)

test('records of one call are one call, also where others stand between and pages end', async () => {
  const pages = [
    [added('a', 0), added('b', 0), added('a', 0.5, 'users')],
    [added('a', 1, 'storage'), added('c', 1)],
  ]
  assert.deepEqual(shown(await callsOf(pages)), ['a 3+0', 'b 1+0', 'c 1+0'])
})

test('a call is given out once the reading is a minute past its first record', async () => {
  const seen: string[][] = []
  const pages = [[added('a', 0)], [added('b', 1)], [added('c', 1.5)]]
  for await (const calls of auditedCalls(pagesFrom(pages), [])) {
    seen.push(calls.map(({ requestId }) => requestId))
  }
  assert.deepEqual(seen, [[], ['a'], [], ['b', 'c']])
})

test('refusals of a call join it, and others come in their turn', async () => {
  const refusals = [refused('b', 4), refused('z', 9), refused('b', 4), refused('y', 2)]
  const calls = await callsOf([[added('a', 0)], [added('b', 4)], [added('c', 8)]], refusals)
  assert.deepEqual(shown(calls), ['a 1+0', 'y 0+1', 'b 1+2', 'c 1+0', 'z 0+1'])
})

test('usage that a buyer signed for is of the buyer, and of the seller whose product it is', async () => {
  const signed = aRefusal({ requestId: 'a', operation: 'MeterUsage', signer: BUYER })
  const [call] = await callsOf([], [signed, refused('b', 1)])
  assert.deepEqual([call?.account, call?.seller], [BUYER, SELLER])
  const [, other] = await callsOf([], [signed, refused('b', 1)])
  assert.deepEqual([other?.account, other?.seller], [SELLER, SELLER])
})

test('a ledger without records shows what was refused, the oldest first', async () => {
  const refusals = [refused('b', 4), refused('a', 2)]
  assert.deepEqual(shown(await callsOf([[]], refusals)), ['a 0+1', 'b 0+1'])
})

test('every record and every refusal is shown once, in one call a request', async () => {
  const request = fc.integer({ min: 0, max: 20 })
  const minutes = fc.double({ min: 0, max: 10, noNaN: true })
  const kinds = fc.record({ request, minutes, isRefused: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 60 }), async (entries) => {
      // All of a request within half a minute of its first entry, as a service keeps them.
      const minuteOf = new Map<number, number>()
      for (const entry of entries) {
        if (!minuteOf.has(entry.request)) minuteOf.set(entry.request, entry.minutes)
      }
      const at = (entry: (typeof entries)[number]) => minuteOf.get(entry.request) ?? 0
      const records = entries
        .filter(({ isRefused }) => !isRefused)
        .map((entry) => added(`request-${entry.request}`, at(entry)))
        .sort((left, right) => left.recordedAtUs - right.recordedAtUs)
      const refusals = entries
        .filter(({ isRefused }) => isRefused)
        .map((entry) => refused(`request-${entry.request}`, at(entry)))
      const calls = await callsOf([records.slice(0, 5), records.slice(5)], refusals)
      assert.equal(new Set(calls.map(({ requestId }) => requestId)).size, calls.length)
      assert.deepEqual(new Set(calls.flatMap((call) => call.added)), new Set(records))
      assert.deepEqual(new Set(calls.flatMap((call) => call.refused)), new Set(refusals))
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { KeptRefusal } from '../../core/refused-record.ts'
import type { Dimension, InstantMs } from '../../core/usage.ts'
import { BUYER, NOON, OTHER_SELLER, SELLER } from '../../testing/builders.ts'
import { aMeteringRecord, aRefusal } from './builders.spec.ts'
import { type AuditQuery, type AuditSources, auditedCalls, placeOf } from './calls.ts'
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

type Pages = readonly (readonly MeteringRecord[])[]

/** A ledger of these pages, and a log of these refusals. */
function sourcesOf(pages: Pages, refusals: readonly KeptRefusal[] = []): AuditSources {
  return {
    ledger: {
      read: async ({ after = '0', seller }) => {
        const at = Number(after)
        const records = (pages[at] ?? []).filter((one) => (seller ?? one.seller) === one.seller)
        const next = at + 1 < pages.length ? { next: String(at + 1) } : {}
        return { records, ...next, resume: after, completeUntilUs: 0 }
      },
    },
    refusals: {
      readRefusals: async ({ fromMs = 0, beforeMs = Infinity, seller }) => ({
        refusals: refusals.filter(
          ({ refused: { atMs, ...of } }) =>
            atMs >= fromMs && atMs < beforeMs && (seller ?? of.seller) === of.seller,
        ),
      }),
    },
  }
}

async function callsOf(
  pages: Pages,
  refusals: readonly KeptRefusal[] = [],
  query: AuditQuery = {},
): Promise<readonly AuditedCall[]> {
  const all: AuditedCall[] = []
  const steps = auditedCalls(sourcesOf(pages, refusals), query)
  for await (const { calls } of steps) all.push(...calls)
  return all
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
  for await (const { calls } of auditedCalls(sourcesOf(pages), {})) {
    if (calls.length > 0) seen.push(calls.map(({ requestId }) => requestId))
  }
  assert.deepEqual(seen, [['a'], ['b', 'c']])
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
      const pages = [records.slice(0, 5), records.slice(5)]
      const calls = await callsOf(pages, refusals)
      assert.deepEqual(await inPagesOf(1, pages, refusals), calls)
      assert.deepEqual(await inPagesOf(3, pages, refusals), calls)
      assert.equal(new Set(calls.map(({ requestId }) => requestId)).size, calls.length)
      assert.deepEqual(new Set(calls.flatMap((call) => call.added)), new Set(records))
      assert.deepEqual(new Set(calls.flatMap((call) => call.refused)), new Set(refusals))
    }),
  )
})

/** The same, each time from the place of the last call that was shown. */
async function inPagesOf(
  count: number,
  pages: Pages,
  refusals: readonly KeptRefusal[],
): Promise<readonly AuditedCall[]> {
  const all: AuditedCall[] = []
  let query: AuditQuery | undefined = {}
  while (query !== undefined) {
    const page: { call: AuditedCall; ledger: string | undefined }[] = []
    for await (const { calls, ledger } of auditedCalls(sourcesOf(pages, refusals), query)) {
      page.push(...calls.map((call) => ({ call, ledger })))
      if (page.length >= count) break
    }
    const shown = page.slice(0, count)
    all.push(...shown.map(({ call }) => call))
    const last = shown.at(-1)
    query = last && { after: placeOf(last.call, last.ledger) }
  }
  return all
}

test('calls are those that were received in a span, of one seller', async () => {
  const pages = [[added('a', 0)], [added('b', 4)], [added('c', 8)]]
  const refusals = [refused('y', 2), refused('z', 9)]
  const at = (minutes: number) => NOON + minutes * MINUTE_MS
  const between = async (query: AuditQuery) => shown(await callsOf(pages, refusals, query))
  assert.deepEqual(await between({ fromMs: at(2), beforeMs: at(8) }), ['y 0+1', 'b 1+0'])
  assert.deepEqual(await between({ fromMs: at(8) }), ['c 1+0', 'z 0+1'])
  assert.deepEqual(await between({ beforeMs: at(2) }), ['a 1+0'])
  assert.deepEqual(await between({ seller: OTHER_SELLER }), [])
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Dimension, InstantMs, Quantity } from '../core/usage.ts'
import { createMetrics } from './metrics.ts'
import type { SettledRecord } from './settle.ts'

const usage = {
  buyer: {},
  dimension: 'users' as Dimension,
  quantity: 1 as Quantity,
  timestampMs: 0 as InstantMs,
}

function settled(outcome: SettledRecord['outcome'], allocationsDiffer = false): SettledRecord {
  return { usage, outcome, allocationsDiffer }
}

/** The lines of the page that are about one metric. */
function linesOf(page: string, name: string): string[] {
  return page.split('\n').filter((line) => line.startsWith(name))
}

describe('the metrics page', () => {
  it('counts requests by operation and answer, and how long they took', async () => {
    const metrics = createMetrics()
    metrics.answered('BatchMeterUsage', 'ok', 0.004)
    metrics.answered('BatchMeterUsage', 'ok', 0.006)
    metrics.answered(undefined, 'UnknownOperationException', 0.001)
    const page = await metrics.page()
    assert.deepEqual(linesOf(page, 'marketmeter_requests_total'), [
      'marketmeter_requests_total{operation="BatchMeterUsage",answer="ok"} 2',
      'marketmeter_requests_total{operation="none",answer="UnknownOperationException"} 1',
    ])
    const batch = 'operation="BatchMeterUsage"'
    for (const line of [
      `marketmeter_request_seconds_bucket{le="0.0025",${batch}} 0`,
      `marketmeter_request_seconds_bucket{le="0.005",${batch}} 1`,
      `marketmeter_request_seconds_bucket{le="0.01",${batch}} 2`,
      `marketmeter_request_seconds_count{${batch}} 2`,
    ]) {
      assert.ok(page.includes(line), line)
    }
  })

  it('tells what waits in the outbox by one look a page, and hides nothing else when it cannot', async () => {
    const metrics = createMetrics()
    let looks = 0
    metrics.watch({
      backlog: async () => {
        looks += 1
        if (looks > 1) throw new Error('the store is away')
        return { waiting: 3, oldestMs: 1_500 }
      },
    })
    const waits = [
      ['3', '1.5'],
      ['Nan', 'Nan'],
    ]
    for (const [count, seconds] of waits) {
      assert.deepEqual(linesOf(await metrics.page(), 'marketmeter_notices_'), [
        `marketmeter_notices_waiting ${count}`,
        `marketmeter_notices_oldest_seconds ${seconds}`,
      ])
    }
    assert.equal(looks, 2)
  })

  it('counts records by outcome, naming those that never came too', async () => {
    const metrics = createMetrics()
    metrics.settled([settled('added'), settled('added'), settled('repeated', true)])
    const page = await metrics.page()
    assert.deepEqual(linesOf(page, 'marketmeter_records_total'), [
      'marketmeter_records_total{outcome="added"} 2',
      'marketmeter_records_total{outcome="repeated"} 1',
      'marketmeter_records_total{outcome="conflicting"} 0',
      'marketmeter_records_total{outcome="notSubscribed"} 0',
      'marketmeter_records_total{outcome="unavailable"} 0',
    ])
    assert.deepEqual(linesOf(page, 'marketmeter_allocations_differ_total'), [
      'marketmeter_allocations_differ_total 1',
    ])
  })

  it('keeps the size and the time of commits', async () => {
    const metrics = createMetrics()
    metrics.committed({ records: 25, seconds: 0.004 })
    const page = await metrics.page()
    for (const line of [
      'marketmeter_commit_records_bucket{le="5"} 0',
      'marketmeter_commit_records_bucket{le="25"} 1',
      'marketmeter_commit_seconds_bucket{le="0.0025"} 0',
      'marketmeter_commit_seconds_bucket{le="0.005"} 1',
    ]) {
      assert.ok(page.includes(line), line)
    }
  })

  it('reads what is watched when the page is asked for', async () => {
    const metrics = createMetrics()
    let waiting = 3
    metrics.watch({
      inFlight: () => 1,
      connections: async () => 2,
      waiting: () => ({ records: waiting, bytes: waiting * 200 }),
      ready: () => false,
      refusals: () => ({ kept: 5, dropped: 6 }),
    })
    assert.match(await metrics.page(), /^marketmeter_waiting_records 3$/m)
    waiting = 4
    const page = await metrics.page()
    for (const line of [
      'marketmeter_requests_in_flight 1',
      'marketmeter_connections 2',
      'marketmeter_waiting_records 4',
      'marketmeter_waiting_bytes 800',
      'marketmeter_ready 0',
      'marketmeter_refusals_kept_total 5',
      'marketmeter_refusals_dropped_total 6',
    ]) {
      assert.ok(page.includes(`\n${line}\n`), line)
    }
  })

  it("takes over the ledger's own figures under names of ours", async () => {
    const metrics = createMetrics()
    const figures = { commitsTotal: 7, commitSecondsLast: 0.002, index_keys: 9 }
    metrics.watch({ ledger: () => ({ ready: true, waiting: 0, figures }) })
    const page = await metrics.page()
    assert.deepEqual(linesOf(page, 'marketmeter_ledger_'), [
      'marketmeter_ledger_waiting 0',
      'marketmeter_ledger_ready 1',
      'marketmeter_ledger_commits_total 7',
      'marketmeter_ledger_commit_seconds_last 0.002',
      'marketmeter_ledger_index_keys 9',
    ])
    assert.match(page, /^# HELP marketmeter_ledger_index_keys Keys in the index of open hours/m)
    assert.match(page, /^# HELP marketmeter_ledger_commits_total The ledger's own figure commits/m)
  })

  it('shows the rest where one figure cannot be read', async () => {
    const metrics = createMetrics()
    metrics.watch({
      connections: () => Promise.reject(new Error('the port is closed')),
      inFlight: () => {
        throw new Error('closed')
      },
      waiting: () => ({ records: 3, bytes: 600 }),
    })
    const page = await metrics.page()
    assert.match(page, /^marketmeter_connections Nan$/m)
    assert.match(page, /^marketmeter_waiting_records 3$/m)
  })

  it('shows the process itself, and keeps two servers of one process apart', async () => {
    const [left, right] = [createMetrics(), createMetrics()]
    left.answered('BatchMeterUsage', 'ok', 0.001)
    assert.match(await left.page(), /^process_resident_memory_bytes \d+$/m)
    assert.deepEqual(linesOf(await right.page(), 'marketmeter_requests_total'), [])
  })
})

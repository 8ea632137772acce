import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { AccountId, InstantMs } from '../core/usage.ts'
import { RefusalLog } from './refusal-log.ts'

test('writes what it was given, in order and in batches', async () => {
  const store = new ListStore()
  const log = new RefusalLog(store, { batchMax: 2 })
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    log.keep(refused(id))
  }
  assert.equal(store.batches.length, 0)
  await log.close()
  assert.deepEqual(store.batches, [['a', 'b'], ['c', 'd'], ['e']])
  assert.deepEqual(log.figures(), { kept: 5, dropped: 0, waiting: 0 })
  log.keep(refused('f'))
  await log.close()
  assert.deepEqual(store.batches.at(-1), ['f'])
})

test('drops and counts what is beyond the bound', async () => {
  const store = new ListStore()
  const log = new RefusalLog(store, { waitingMax: 2 })
  for (const id of ['a', 'b', 'c']) log.keep(refused(id))
  await log.close()
  assert.deepEqual(store.batches, [['a', 'b']])
  assert.deepEqual(log.figures(), { kept: 2, dropped: 1, waiting: 0 })
})

test('a batch that cannot be written is dropped, counted and told; the next is tried', async () => {
  const store = new ListStore()
  const failures: unknown[] = []
  const log = new RefusalLog(store, { batchMax: 1, writeFailed: (error) => failures.push(error) })
  store.failures = 1
  log.keep(refused('a'))
  log.keep(refused('b'))
  await log.close()
  assert.deepEqual(store.batches, [['b']])
  assert.equal(failures.length, 1)
  assert.deepEqual(log.figures(), { kept: 1, dropped: 1, waiting: 0 })
})

test('what finds the store busy waits and is written, or dropped when it has waited long', async () => {
  const store = new ListStore()
  const log = new RefusalLog(store, { busyPauseMs: 0 })
  store.busyTimes = 3
  log.keep(refused('a'))
  await log.close()
  assert.deepEqual(store.batches, [['a']])
  store.busyTimes = 1_000
  log.keep(refused('b'))
  await log.close()
  assert.deepEqual(log.figures(), { kept: 1, dropped: 1, waiting: 0 })
})

class ListStore {
  readonly batches: string[][] = []
  failures = 0
  busyTimes = 0

  async appendRefusals(batch: readonly RefusedRecord[]): Promise<'kept' | 'busy'> {
    if (this.failures-- > 0) throw new Error('disk full')
    if (this.busyTimes-- > 0) return 'busy'
    this.batches.push(batch.map(({ requestId }) => requestId))
    return 'kept'
  }
}

function refused(requestId: string): RefusedRecord {
  return {
    seller: '111122223333' as AccountId,
    atMs: 0 as InstantMs,
    code: 'CustomerNotSubscribed',
    reason: '',
    requestId,
    accessKeyId: '',
    region: 'us-east-1',
    operation: 'BatchMeterUsage',
    productCode: '',
  }
}

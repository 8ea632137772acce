import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ErrorCode } from '../core/errors.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { AccountId, InstantMs } from '../core/usage.ts'
import { aCall } from '../testing/builders.ts'
import { createLog, type LogLevel } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createObserver, failureTeller } from './observer.ts'

const signer = { account: '111122223333' as AccountId, accessKeyId: 'AKIAEXAMPLE' }
const facts = { requestId: 'r-1', operation: 'BatchMeterUsage', signer, reason: 'no such buyer' }

const refused: RefusedRecord = {
  seller: signer.account,
  atMs: 0 as InstantMs,
  code: 'DuplicateRecord',
  reason: 'the hour is held with the quantity 5',
  requestId: 'r-1',
  accessKeyId: signer.accessKeyId,
  region: 'us-east-1',
  operation: 'BatchMeterUsage',
  productCode: 'p',
}

function watched(level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = []
  const kept: RefusedRecord[] = []
  const clock = { nowMs: 0 }
  const metrics = createMetrics()
  const observer = createObserver({
    log: createLog(
      { level, form: 'json' },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    ),
    metrics,
    keepRefusal: (record) => void kept.push(record),
    machineNowMs: () => clock.nowMs,
  })
  const answer = (errorCode?: ErrorCode) => {
    observer.answered(facts, { status: 400, body: '', ...(errorCode && { errorCode }) }, 0.001)
  }
  return { observer, lines, kept, clock, metrics, answer }
}

describe('the observer', () => {
  it('says nothing of requests that went well, and counts them', async () => {
    const { answer, lines, metrics } = watched()
    answer()
    assert.deepEqual(lines, [])
    assert.match(await metrics.page(), /answer="ok"} 1/)
  })

  it('says at debug who asked what, in one line', () => {
    const { answer, lines } = watched('debug')
    answer()
    answer('InvalidTagException')
    assert.deepEqual(
      lines.map(({ msg, requestId, account, errorCode }) => [msg, requestId, account, errorCode]),
      [
        ['answered', 'r-1', '111122223333', undefined],
        ['answered', 'r-1', '111122223333', 'InvalidTagException'],
      ],
    )
  })

  it('shows a few refused requests of a kind a second, and how many more there were', () => {
    const { answer, lines, clock } = watched()
    for (let count = 0; count < 100; count++) answer('InvalidTagException')
    answer('ThrottlingException')
    assert.equal(lines.length, 6)
    assert.equal(lines[0]?.['reason'], 'no such buyer')
    clock.nowMs = 1_000
    answer('InvalidTagException')
    assert.equal(lines.at(-1)?.['alikeNotShown'], 95)
  })

  it('shows a failure whole once a minute, and counts each', async () => {
    const { observer, lines, clock, metrics, answer } = watched()
    for (let count = 0; count < 50; count++) {
      observer.failed(facts, new Error('disk full'))
      answer('InternalServiceErrorException')
    }
    observer.failed(facts, new Error('another'))
    assert.equal(lines.length, 2)
    assert.equal(lines[0]?.['level'], 'error')
    clock.nowMs = 60_000
    observer.failed(facts, new Error('disk full'))
    assert.equal(lines[2]?.['alikeNotShown'], 49)
    assert.match(await metrics.page(), /^marketmeter_failures_total 52$/m)
  })

  it('hands refused records on', () => {
    const { observer, kept } = watched()
    observer.refused(refused)
    assert.deepEqual(kept, [refused])
  })

  it('never throws, whatever fails below it', () => {
    const broken = () => {
      throw new Error('broken')
    }
    const observer = createObserver({
      log: createLog({ level: 'debug', form: 'json' }, { write: broken }),
      metrics: { ...createMetrics(), answered: broken, settled: broken, failed: broken },
      keepRefusal: broken,
      machineNowMs: broken,
    })
    observer.answered(facts, { status: 200, body: '' }, 0)
    observer.settled([], aCall())
    observer.refused(refused)
    observer.failed(facts, new Error('a bug'))
  })
})

it('what fails in the background is told once a minute for each text', () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', form: 'json' }, { write: (line) => void lines.push(line) })
  const tell = failureTeller(log, 'the catalog could not be read')
  for (let count = 0; count < 10; count++) tell(new Error('disk I/O error'))
  tell(new Error('another'))
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /the catalog could not be read/)
})

import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import type { LedgerHealth } from '../store/ledger.ts'
import { createHealth, type PartHealth } from './health.ts'
import { createLog } from './log.ts'

function service() {
  const parts = {
    ledger: { ready: true, waiting: 0, figures: {} } as LedgerHealth,
    control: { ready: true } as PartHealth,
    keys: { ready: true } as PartHealth,
  }
  const health = createHealth({
    ledger: () => parts.ledger,
    control: () => parts.control,
    keys: () => parts.keys,
  })
  return { health, parts }
}

interface Row {
  readonly notReady: readonly string[]
  readonly status: number
  readonly body?: object
}

const RED = { ready: false, note: 'No space on /var/lib. Make room.' }

describe('health', () => {
  it('is asked in exactly two ways', () => {
    const { health } = service()
    const rows: readonly (readonly [string, string, boolean])[] = [
      ['GET', '/healthz', true],
      ['GET', '/readyz', true],
      ['HEAD', '/healthz', false],
      ['POST', '/healthz', false],
      ['GET', '/healthz/', false],
      ['GET', '/healthz?x', false],
      ['GET', '/Healthz', false],
      ['GET', '//readyz', false],
      ['GET', '/', false],
    ]
    for (const [method, target, ours] of rows) {
      assert.equal(health.answer(method, target) !== undefined, ours, `${method} ${target}`)
    }
  })

  it('is ready while every part is, and names those that are not without their details', () => {
    const rows: readonly Row[] = [
      { notReady: [], status: 200, body: { status: 'ready' } },
      { notReady: ['ledger'], status: 503 },
      { notReady: ['control'], status: 503 },
      { notReady: ['keys'], status: 503 },
      { notReady: ['ledger', 'control', 'keys'], status: 503 },
    ]
    for (const { notReady, status, body } of rows) {
      const { health, parts } = service()
      if (notReady.includes('ledger')) parts.ledger = { ...RED, waiting: 0, figures: {} }
      if (notReady.includes('control')) parts.control = RED
      if (notReady.includes('keys')) parts.keys = RED
      const answer = health.answer('GET', '/readyz')
      assert.equal(answer?.status, status)
      assert.deepEqual(JSON.parse(answer.body), body ?? { status: 'notReady', notReady })
      assert.doesNotMatch(answer.body, /var/)
    }
  })

  it('stays healthy while it is not ready: a restart would mend nothing', () => {
    const { health, parts } = service()
    parts.control = RED
    assert.equal(health.answer('GET', '/healthz')?.status, 200)
  })

  it('is not ready from the moment it is told to stop', () => {
    const { health } = service()
    health.drain()
    assert.equal(health.answer('GET', '/readyz')?.status, 503)
    assert.equal(health.report().parts['service']?.note, 'The service is stopping.')
  })

  it('tells operators the reason', () => {
    const { health, parts } = service()
    parts.control = RED
    assert.deepEqual(health.report().parts['control'], RED)
  })

  it('takes a part that cannot say how it is for one that is not well', () => {
    const health = createHealth({
      ledger: () => {
        throw new Error('closed')
      },
      control: () => ({ ready: true }),
      keys: () => ({ ready: true }),
    })
    assert.equal(health.answer('GET', '/readyz')?.status, 503)
  })

  it('logs each change of readiness once', () => {
    mock.timers.enable({ apis: ['setInterval'] })
    const lines: unknown[] = []
    const { health, parts } = service()
    const write = (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg)
    health.watch(createLog({ level: 'info', form: 'json' }, { write }))
    mock.timers.tick(3_000)
    parts.control = RED
    mock.timers.tick(3_000)
    parts.control = { ready: true }
    mock.timers.tick(3_000)
    assert.deepEqual(lines, ['not ready', 'ready again'])
    health.close()
    mock.timers.reset()
  })
})

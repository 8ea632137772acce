import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LedgerRefused } from '../store/refused.ts'
import { createLog, type LogSettings } from './log.ts'

function listen(settings: Partial<LogSettings> = {}) {
  const lines: string[] = []
  const log = createLog(
    { level: 'info', form: 'json', ...settings },
    { write: (line) => void lines.push(line) },
  )
  return { log, lines }
}

describe('the log for machines', () => {
  it('writes one JSON object a line, with time, level, facts and message', () => {
    const { log, lines } = listen()
    log.info({ requestId: 'r-1', errorCode: 'InvalidTagException' }, 'refused')
    assert.equal(lines.length, 1)
    const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(rest, {
      level: 'info',
      requestId: 'r-1',
      errorCode: 'InvalidTagException',
      msg: 'refused',
    })
  })

  it('leaves out what is below the level', () => {
    const { log, lines } = listen({ level: 'warn' })
    log.info('not shown')
    log.warn('shown')
    assert.equal(lines.length, 1)
    assert.equal(log.isLevelEnabled('debug'), false)
  })

  it('gives a failure its stack', () => {
    const { log, lines } = listen()
    log.error({ err: new Error('disk I/O error') }, 'a request failed')
    const { err } = JSON.parse(lines[0]!) as { err: { message: string; stack: string } }
    assert.equal(err.message, 'disk I/O error')
    assert.match(err.stack, /log\.test\.ts/)
  })

  it('gives one that was foreseen its sentence and no stack, but the stacks of what was not', () => {
    const { log, lines } = listen()
    log.error({ err: new LedgerRefused('No PostgreSQL answers.') }, 'a request failed')
    log.error({ err: new LedgerRefused('Odd.', { cause: new Error('deep') }) }, 'a request failed')
    const [foreseen, odd] = lines.map((line) => (JSON.parse(line) as { err: object }).err)
    assert.deepEqual(foreseen, { type: 'LedgerRefused', message: 'No PostgreSQL answers.' })
    assert.match(JSON.stringify(odd), /Odd\..*deep.*log\.test\.ts/)
  })

  it('hides what is named like a secret, at any place where facts stand', () => {
    const { log, lines } = listen()
    const secrets = { secretAccessKey: 's3cret', token: 's3cret', authorization: 's3cret' }
    log.info({ ...secrets, key: secrets, deeper: { key: secrets } }, 'made')
    assert.doesNotMatch(lines.join(''), /s3cret/)
  })
})

describe('the log for people', () => {
  it('writes one readable line', () => {
    const { log, lines } = listen({ form: 'text' })
    log.warn({ parts: { ledger: 'disk full' }, count: 2 }, 'not ready')
    assert.match(
      lines[0]!,
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}not ready {2}parts=\{"ledger":"disk full"\} {2}count=2\n$/,
    )
  })

  it('shows a stack below its line', () => {
    const { log, lines } = listen({ form: 'text' })
    log.error({ err: new Error('no') }, 'a request failed')
    assert.match(lines[0]!, /a request failed\nError: no\n {4}at /)
  })

  it('writes what was foreseen on the line itself', () => {
    const { log, lines } = listen({ form: 'text' })
    log.error({ requestId: 'r-1', err: new LedgerRefused('Mend it.\u001b') }, 'a request failed')
    assert.match(lines[0]!, /error a request failed: Mend it\.\\u001b {2}requestId=r-1\n$/)
  })

  it('lets no stranger move the cursor or forge a line', () => {
    const { log, lines } = listen({ form: 'text' })
    log.info({ reason: 'a\n12:00 error forged\u001b[2J\u009b' }, 'refused')
    assert.equal(lines[0]!.split('\n').length, 2)
    assert.doesNotMatch(lines[0]!.trimEnd(), /\p{Cc}/u)
  })
})

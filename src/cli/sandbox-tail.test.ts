/** `sandbox tail`, as people and programs read it: what it shows, and how it ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Exchange } from '../sandbox/exchange.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from './program.spec.ts'
import { meter, type Ready } from './sandbox-program.spec.ts'

describe('marketmeter sandbox tail', () => {
  let program: Program
  let ready: Ready
  beforeEach(async () => {
    program = startProgram(['sandbox', '--json', '--port', '0', '--now', '2026-08-23T12:00:00Z'])
    ready = JSON.parse(await firstLineOf(program)) as Ready
  })
  afterEach(async () => {
    program.kill('SIGTERM')
    await endOf(program)
  })
  const tail = (...words: string[]) =>
    startProgram(['sandbox', 'tail', '--url', ready.controlEndpoint, ...words])
  const addFault = (fault: object) =>
    fetch(`${ready.controlEndpoint}/workspaces/default/faults`, {
      method: 'POST',
      body: JSON.stringify(fault),
      headers: { 'content-type': 'application/json' },
    })

  it('shows people each request, what struck it, and what became of each record and why', async () => {
    await meter(ready, 5)
    await addFault({ kind: 'commit-then-drop', id: 'lost' })
    await meter(ready, 5)
    await meter(ready, 6)
    const told = tail()
    const lines: string[] = []
    for await (const line of createInterface({ input: told.stdout })) {
      lines.push(line)
      if (line.includes('conflicting:')) program.kill('SIGTERM')
    }
    assert.deepEqual(await endOf(told), { code: 0, out: '', err: '' })
    const heading =
      /^\d {2}2026-08-23T12:00\S+ {2}BatchMeterUsage {2}\d{12} {2}200 {2}profile aws-2025$/
    const expected = [
      heading,
      /^ {5}added: \S+ 5 of \d{12} at 2026-08-23T12:00\S+ \(\S+\): nothing was held/,
      heading,
      /^ {5}struck by: commit-then-drop lost; answer delivered: nothing$/,
      /^ {5}repeated: \S+ 5 of .*the hour is held with the same quantity/,
      heading,
      /^ {5}conflicting: \S+ 6 of /,
    ]
    assert.equal(lines.length, expected.length, lines.join('\n'))
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern)
  })

  it('shows programs exchanges whole, those after the one they name, and new ones as they come', async () => {
    await meter(ready, 1)
    await meter(ready, 2)
    const told = tail('--json', '--after', '1')
    const lines = createInterface({ input: told.stdout })[Symbol.asyncIterator]()
    const next = async () => JSON.parse((await lines.next()).value!) as Exchange
    const second = await next()
    assert.deepEqual([second.number, second.answer.status], [2, 200])
    assert.ok(second.request.body.includes('UsageRecords'))
    await meter(ready, 3)
    assert.equal((await next()).number, 3)
    told.kill('SIGTERM')
  })

  it('ends quietly when the sandbox stops, though it was asked nothing', async () => {
    const told = tail()
    await meter(ready, 1)
    await once(told.stdout, 'readable')
    program.kill('SIGTERM')
    const { code, err } = await endOf(told)
    assert.deepEqual([code, err], [0, ''])
  })

  it('ends quietly, at the next exchange, when its reader has left', async () => {
    await meter(ready, 1)
    const told = tail()
    await once(told.stdout, 'readable')
    told.stdout.destroy()
    const ended = once(told, 'exit')
    const err: string[] = []
    told.stderr.on('data', (text: Buffer) => err.push(text.toString()))
    for (let quantity = 2; told.exitCode === null && quantity < 20; quantity++)
      await meter(ready, quantity)
    await ended
    assert.deepEqual([told.exitCode, err.join('')], [0, ''])
  })

  it('says in one sentence why there is nothing to show', async () => {
    const rows: readonly (readonly [string, readonly string[], number, RegExp])[] = [
      [ready.controlEndpoint, ['--workspace', 'x'], 1, /no workspace "x"/],
      [ready.endpoint, [], 1, /is no control endpoint of a sandbox/],
      ['http://127.0.0.1:9', [], 1, /No sandbox answers at http:\/\/127\.0\.0\.1:9: ECONNREFUSED/],
    ]
    for (const [url, words, code, sentence] of rows) {
      const ended = await runToEnd(['sandbox', 'tail', '--url', url, ...words])
      assert.equal(ended.code, code, url)
      assert.match(ended.err, sentence)
      assert.doesNotMatch(ended.err, /^ +at /m)
    }
  })
})

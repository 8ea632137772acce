/** `serve` as an operator starts it: a process of its own, settings, ports, the log, and its end. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const MAIN = path.join(import.meta.dirname, 'main.ts')
const root = mkdtempSync(path.join(tmpdir(), 'serve-'))
after(() => rmSync(root, { recursive: true }))

const config = path.join(root, 'marketmeter.yaml')
writeFileSync(
  config,
  'port: 0\nadminPort: 0\nprofile: aws-2026\nregions: [us-east-1, eu-west-1]\nmetricsOpen: true\n',
)

interface Ready {
  readonly endpoint: string
  readonly adminEndpoint: string
  readonly profile: string
  readonly regions: readonly string[]
}

describe('serve', () => {
  it('goes by its file, answers on both ports, and ends in order', async () => {
    const words = ['--config', config, '--data', path.join(root, 'a'), '--json']
    const served = start([...words, '--drain-delay-seconds', '1'])
    const ready = await readyLine(served)
    assert.equal(ready.profile, 'aws-2026')
    assert.deepEqual(ready.regions, ['us-east-1', 'eu-west-1'])
    const answers = [
      [`${ready.endpoint}/healthz`, 200],
      [`${ready.endpoint}/readyz`, 200],
      [`${ready.adminEndpoint}/healthz`, 200],
      [`${ready.adminEndpoint}/readyz`, 200],
      [`${ready.adminEndpoint}/v1/products`, 401],
      [`${ready.adminEndpoint}/metrics`, 200],
    ] as const
    for (const [url, expected] of answers) assert.equal((await fetch(url)).status, expected, url)
    const { code, log } = await stop(served)
    assert.equal(code, 0)
    for (const line of log.trim().split('\n')) {
      assert.equal(typeof (JSON.parse(line) as { msg: unknown }).msg, 'string')
    }
  })

  it('counts a refused request and shows it in the log', async () => {
    const data = path.join(root, 'b')
    const served = start(['--config', config, '--data', data, '--json'])
    const ready = await readyLine(served)
    const answer = await fetch(ready.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSMPMeteringService.BatchMeterUsage',
      },
      body: '{}',
    })
    const requestId = answer.headers.get('x-amzn-requestid') ?? ''
    const page = await (await fetch(`${ready.adminEndpoint}/metrics`)).text()
    assert.match(page, /answer="MissingAuthenticationTokenException"} 1\n/)
    const { log } = await stop(served)
    assert.match(log, new RegExp(`"requestId":"${requestId}".*"MissingAuthenticationToken`))
  })

  it('is not ready but takes requests for as long as balancers need to look away', async () => {
    const words = ['--config', config, '--data', path.join(root, 'c'), '--json']
    const served = start([...words, '--drain-delay-seconds', '600'])
    const { endpoint } = await readyLine(served)
    served.kill('SIGTERM')
    while ((await fetch(`${endpoint}/readyz`)).status !== 503) await delay(5)
    const answer = await fetch(endpoint, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 404)
    assert.equal(answer.headers.get('connection'), 'close')
    // One more signal means now, unless it comes so soon that it is the first again.
    const again = setInterval(() => served.kill('SIGTERM'), 20)
    assert.deepEqual(await once(served, 'exit'), [130, null])
    clearInterval(again)
  })

  it('refuses wrong settings, all at once, with exit code 2', async () => {
    const served = start(['--port', '80x', '--admin-host', '0.0.0.0', '--profile', 'nope'], {
      MARKETMETER_PROT: '1',
    })
    const log = text(served.stderr)
    const [code] = (await once(served, 'exit')) as [number]
    assert.equal(code, 2)
    const told = await log
    for (const part of [
      /MARKETMETER_PROT: no such/,
      /--port: expected/,
      /--admin-host: 0\.0\.0\.0/,
      /there is no profile "nope"\. There are: aws-2025/,
    ]) {
      assert.match(told, part)
    }
    assert.doesNotMatch(told, / at .*\.ts/)
  })
})

type Served = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable }

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Served {
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', MAIN, 'serve', ...words],
    { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

async function readyLine({ stdout }: Served): Promise<Ready> {
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as Ready
  throw new Error('it ended before it was ready')
}

async function stop(served: Served): Promise<{ code: number | null; log: string }> {
  const log = text(served.stderr)
  served.kill('SIGTERM')
  const [code] = (await once(served, 'exit')) as [number | null]
  return { code, log: await log }
}

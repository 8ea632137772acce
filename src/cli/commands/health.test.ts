/** `health` beside services and things that are none: what it says, and how it ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { TEST_TLS } from '../../server/tls.spec.ts'
import { endOf, firstLineOf, type Program, runToEnd, startProgram } from '../program.spec.ts'

const root = mkdtempSync(path.join(tmpdir(), 'health-'))
after(() => rmSync(root, { recursive: true }))

const cert = path.join(root, 'cert.pem')
const key = path.join(root, 'key.pem')
writeFileSync(cert, String(TEST_TLS.cert))
writeFileSync(key, String(TEST_TLS.key))
const TLS = { MARKETMETER_TLS_CERT: cert, MARKETMETER_TLS_KEY: key }

const ALIVE = { code: 0, out: '{"status":"ok"}\n', err: '' }
const READY = { code: 0, out: '{"status":"ready"}\n', err: '' }

describe('health', () => {
  it('asks a service for life and for readiness, and says no once it is gone', async () => {
    const { program, port } = await serve()
    const words = ['health', '--port', port]
    assert.deepEqual(await runToEnd(words), ALIVE)
    assert.deepEqual(await runToEnd([...words, '--ready']), READY)
    assert.equal(await stop(program), 0)
    const gone = await runToEnd(words)
    assert.equal(gone.code, 1)
    assert.match(gone.err, /healthz does not answer: .*ECONNREFUSED/)
  })

  it('tells life from readiness while a service drains', async () => {
    const { program, port } = await serve({ MARKETMETER_DRAIN_DELAY_SECONDS: '600' })
    program.kill('SIGTERM')
    const env = { MARKETMETER_PORT: port }
    let asked = await runToEnd(['health', '--ready'], { env })
    while (asked.code === 0) asked = await runToEnd(['health', '--ready'], { env })
    assert.equal(asked.code, 1)
    assert.match(asked.err, /readyz says 503: .*"notReady":\["service"\]/)
    assert.deepEqual(await runToEnd(['health'], { env }), ALIVE)
    program.kill('SIGKILL')
    await endOf(program)
  })

  it('asks with TLS where serve has it, and on loopback where serve is on every address', async () => {
    for (const host of ['0.0.0.0', '::', 'localhost', '127.0.0.1']) {
      const env = { ...TLS, MARKETMETER_HOST: host }
      const { program, port } = await serve(env)
      const asked = await runToEnd(['health'], { env: { ...env, MARKETMETER_PORT: port } })
      assert.deepEqual(asked, ALIVE, host)
      await stop(program)
    }
  })

  it('reads the file of settings', async () => {
    const { program, port } = await serve()
    const config = path.join(root, 'marketmeter.yaml')
    writeFileSync(config, `port: ${port}\n`)
    assert.deepEqual(await runToEnd(['health', '--config', config]), ALIVE)
    assert.deepEqual(await runToEnd(['health'], { env: { MARKETMETER_CONFIG: config } }), ALIVE)
    await stop(program)
  })

  it('does not wait for ever for what does not answer', async () => {
    const silent = await listening(createServer((socket) => socket.resume()))
    const asked = await runToEnd(['health', '--port', portOf(silent)])
    silent.close()
    assert.equal(asked.code, 1)
    assert.match(asked.err, /does not answer: not within 3 s/)
  })

  it('says what is wrong with its line and its settings', async () => {
    const rows: readonly [readonly string[], Readonly<Record<string, string>>, RegExp][] = [
      [['--port', '0'], {}, /--port: 0 takes any; say which it took/],
      [['--port', '80x'], {}, /--port: expected a whole number/],
      [[], { MARKETMETER_PROT: '1' }, /MARKETMETER_PROT: no such setting/],
      [[], { MARKETMETER_TLS_CERT: cert }, /--tls-cert and --tls-key belong together/],
    ]
    for (const [words, env, expected] of rows) {
      const { code, err } = await runToEnd(['health', ...words], { env })
      assert.equal(code, 2)
      assert.match(err, expected)
    }
  })
})

async function serve(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly program: Program; readonly port: string }> {
  const data = mkdtempSync(path.join(root, 'data-'))
  const words = ['serve', '--json', '--port', '0', '--admin-port', '0', '--data', data]
  const program = startProgram(words, { env })
  const { endpoint } = JSON.parse(await firstLineOf(program)) as { readonly endpoint: string }
  return { program, port: new URL(endpoint).port }
}

async function stop(program: Program): Promise<number | null> {
  program.kill('SIGTERM')
  if (program.exitCode === null) await once(program, 'exit')
  return program.exitCode
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): string {
  return String((server.address() as AddressInfo).port)
}

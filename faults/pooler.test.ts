/**
 * A pooler between a replica and PostgreSQL: one that pools sessions serves, one that lends them out for a transaction at a time
 * is refused at the start, because what sessions set is lost there: whether a commit waits for the disk, for one.
 *
 * Elsewhere   Skipped where the machine has no pgbouncer; what finds it out is tested everywhere: own-session.test.ts.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { newDataFolder } from '../bench/service.ts'
import { runToEnd } from '../src/cli/program.spec.ts'
import { server, skip as noServer } from '../src/store/postgres/server.spec.ts'
import { freePort, runSql } from '../src/testing/postgres.ts'
import { Load } from './load.ts'
import { newSharedLedger, type SharedLedger, startReplica, surroundingsOf } from './replica.ts'
import { recordsAt } from './shared-ledger.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { until } from './until.ts'
import { Witness } from './witness.ts'

const hasPooler = spawnSync('pgbouncer', ['--version']).status === 0
const skip = noServer || (!hasPooler && 'no pgbouncer here')
/** As many as a replica may want. */
const SESSIONS = 20
const SEED = 5

describe('a pooler', { skip }, () => {
  it('that pools sessions serves', async (t) => {
    const { ledger, through } = await aPooled(t, 'session')
    const replica = await startReplica(through, { onTalk: () => undefined })
    t.after(() => replica.stop())
    const witness = new Witness()
    const traffic = new Traffic(ledger.callers, SEED)
    const load = new Load({ replicaAt: () => replica, traffic, witness, clients: 4 })
    load.start()
    await load.answered(50)
    await load.stop()
    assert.equal(witness.compareWith(await recordsAt(ledger.url)), 0)
  })

  it('that lends sessions out for a transaction is refused in a sentence', async (t) => {
    const { through } = await aPooled(t, 'transaction')
    const words = ['serve', '--port', '0', '--admin-port', '0']
    const { code, err } = await runToEnd(words, { env: surroundingsOf(through) })
    assert.equal(code, 3)
    assert.match(err, /lends out sessions of PostgreSQL for a transaction at a time/)
  })
})

interface Pooled {
  readonly ledger: SharedLedger
  /** The same by way of the pooler. */
  readonly through: SharedLedger
}

async function aPooled(t: TestContext, mode: 'session' | 'transaction'): Promise<Pooled> {
  const url = server().urlOf(await server().createDatabase())
  const ledger = await newSharedLedger(url, { buyers: BUYERS, dimensions: DIMENSIONS })
  const port = await freePort()
  const pooler = startPooler(t, configurationOf(url, port, mode))
  const through = new URL(url)
  through.host = `127.0.0.1:${port}`
  const looks = () =>
    runSql(through.href, 'select').then(
      () => true,
      () => false,
    )
  await until(async () => {
    assert.equal(pooler.exitCode, null, 'the pooler ended')
    return looks()
  })
  return { ledger, through: { ...ledger, url: through.href } }
}

function configurationOf(url: string, port: number, mode: string): string {
  const { hostname, port: serverPort, username, password } = new URL(url)
  const secret = password === '' ? '' : ` password=${decodeURIComponent(password)}`
  return `[databases]
* = host=${hostname} port=${serverPort || '5432'} user=${username}${secret}
[pgbouncer]
listen_addr=127.0.0.1
listen_port=${port}
unix_socket_dir=
auth_type=any
pool_mode=${mode}
default_pool_size=${SESSIONS}
`
}

/** It refuses to run as root. */
function startPooler(t: TestContext, configuration: string): ChildProcess {
  const folder = newDataFolder()
  chmodSync(folder.path, 0o755)
  const file = path.join(folder.path, 'pgbouncer.ini')
  writeFileSync(file, configuration)
  const as = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn('pgbouncer', ['-q', ...as, file], { stdio: 'ignore' })
  t.after(async () => {
    const ended = once(child, 'exit')
    if (child.kill('SIGKILL')) await ended
    folder.remove()
  })
  return child
}

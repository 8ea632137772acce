/** What every session sets itself, whatever the database's own defaults are. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueryConfig } from 'pg'
import type { InstantMs } from '../../core/usage.ts'
import { openPool } from './connect.ts'
import { CuttingProxy } from './cutting-proxy.spec.ts'
import { migrate } from './migrate.ts'
import { emptyLedger, openLedger, ownServer, server, skip, skipOwn } from './server.spec.ts'

describe('a session', { skip }, () => {
  for (const [kind, synchronous] of [
    ['writer', 'on'],
    ['reader', 'on'],
    ['migration', 'on'],
    ['control', 'on'],
    ['aside', 'off'],
  ] as const) {
    it(`of kind ${kind} has synchronous commits ${synchronous}, is told of warnings, and bounds its statements, whatever the defaults`, async () => {
      const url = await emptyLedger()
      const name = new URL(url).pathname.slice(1)
      await server().query(`alter database ${name} set synchronous_commit = off`)
      await server().query(`alter database ${name} set statement_timeout = 0`)
      await server().query(`alter database ${name} set client_min_messages = error`)
      const pool = await openPool({
        url,
        kind,
        connectionsMax: 1,
        statementMsMax: 1_234,
        connectMsMax: 5_000,
      })
      const { rows } = await pool.query<Record<string, string>>(
        `select current_setting('synchronous_commit') as synchronous, current_setting('statement_timeout') as bound,
           current_setting('application_name') as name, current_setting('client_min_messages') as told`,
      )
      await pool.end()
      const session = { synchronous, bound: '1234ms', name: `marketmeter ${kind}`, told: 'warning' }
      assert.deepEqual(rows, [session])
    })
  }

  it('ends soon after its client has left it, whatever its statement waits for', async () => {
    const url = await emptyLedger()
    const bounds = { connectionsMax: 2, statementMsMax: 600_000, connectMsMax: 5_000 }
    const pool = await openPool({ url, kind: 'writer', ...bounds })
    const leaves = pool.query({ text: 'select pg_sleep(600)', query_timeout: 200 } as QueryConfig)
    await assert.rejects(leaves, /timeout/)
    const sleepers = `select from pg_stat_activity where query like '%pg_sleep(600)%' and datname = current_database()
      and pid <> pg_backend_pid()`
    const endMs = performance.now() + 20_000
    while ((await pool.query(sleepers)).rowCount !== 0) {
      assert(performance.now() < endMs, 'it goes on for nobody')
    }
    await pool.end()
  })
})

describe('a server that wants a password', { skip: skipOwn }, () => {
  // The driver reads this one when it is asked for a password, and somebody may have one.
  process.env['PGPASSFILE'] = '/dev/null/none'

  it('is told of in a sentence, and no connection is left open', async () => {
    const hba = [
      'local all all trust',
      'host all asker 127.0.0.1/32 scram-sha-256',
      'host all all 127.0.0.1/32 trust',
    ]
    const own = await ownServer(['authentication_timeout=600'], {
      'pg_hba.conf': hba.join('\n') + '\n',
    })
    await own.query(`create role asker login superuser password 'opensesame'`)
    const url = new URL(own.urlOf(await own.createDatabase()))
    url.username = 'asker'
    const proxy = await CuttingProxy.open(url.href)
    const through = proxy.urlOf(url.href)
    const sentence = /wants a password\. Give it by PGPASSWORD, ~\/\.pgpass or the URL\.$/
    await assert.rejects(migrate(through, Date.now() as InstantMs), sentence)
    await assert.rejects(openLedger(through), sentence)
    while (proxy.openCount > 0) await new Promise((resolve) => setTimeout(resolve, 5))

    const right = new URL(through)
    right.password = 'opensesame'
    await migrate(right.href, Date.now() as InstantMs)
    right.password = 'wrong'
    await assert.rejects(openLedger(right.href), /refuses the role .* Check role, password/)
    await proxy.close()
  })
})

describe('a server that only lets read', { skip }, () => {
  it('refuses the start', async () => {
    const url = await emptyLedger()
    await onlyRead(url, true)
    await assert.rejects(openLedger(url), /only lets read\. Name the primary in the URL\.$/)
  })

  it('turns readiness red when it becomes one, and green afterwards', async () => {
    const url = await emptyLedger()
    const ledger = await openLedger(url, { soleWriter: true, heartbeatMs: 20 })
    await onlyRead(url, true)
    // The first look may meet a session that has just ended.
    const isTold = () => ledger.health().note?.includes('only lets read') ?? false
    while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(ledger.health().ready, false)
    await onlyRead(url, false)
    while (!ledger.health().ready) await new Promise((resolve) => setTimeout(resolve, 5))
    await ledger.close()
  })
})

/** As a failover to a standby would: sessions begin anew, and may not write. */
async function onlyRead(url: string, only: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await server().query(
    `alter database ${name} set default_transaction_read_only = ${only ? 'on' : 'off'}`,
  )
  await server().query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
  )
}

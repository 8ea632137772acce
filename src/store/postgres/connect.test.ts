/** What every session sets itself, whatever the database's own defaults are. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openPool } from './connect.ts'
import { emptyLedger, openLedger, server, skip } from './server.spec.ts'

describe('a session', { skip }, () => {
  for (const [kind, synchronous] of [
    ['writer', 'on'],
    ['reader', 'on'],
    ['migration', 'on'],
    ['control', 'on'],
    ['refusals', 'off'],
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

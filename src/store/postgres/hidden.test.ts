/** Whoever is not shown when replicas began their transactions is told no page, for nobody could say that it is complete. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { runSql } from '../../testing/postgres.ts'
import { POSTGRES_BOUNDS } from './bounds.ts'
import { WRITER_SESSION } from './connect.ts'
import { PostgresLedgerReader } from './ledger-reader.ts'
import { emptyLedger, inRole, nowUs, openLedger, server, skip } from './server.spec.ts'

const HIDDEN =
  /^LedgerRefused: PostgreSQL does not show this role when .* grant it pg_read_all_stats; and keep track_activities = on\.$/
const MARGIN_MS = 200

describe('a role that is not shown what replicas do', { skip }, () => {
  it('reads only where no replica runs, until it is let see them', async () => {
    const url = await emptyLedger(nowUs())
    const role = await aRole(url, 'marketmeter_onlooker', 'select')
    const reader = await PostgresLedgerReader.open(role, POSTGRES_BOUNDS)
    assert.deepEqual((await reader.read({ countMax: 10 })).records, [])
    const ledger = await openLedger(url)
    await assert.rejects(reader.read({ countMax: 10 }), HIDDEN)
    await runSql(url, 'grant pg_read_all_stats to marketmeter_onlooker')
    assert.deepEqual((await reader.read({ countMax: 10 })).records, [])
    await reader.close()
    await ledger.close()
  })

  it('does not serve beside replicas of another role, nor as one that its own sessions are hidden from', async () => {
    const url = await emptyLedger(nowUs())
    const role = await aRole(url, 'marketmeter_other', 'select, insert, update, delete')
    await assert.rejects(openLedger(role), HIDDEN)
    await runSql(url, 'grant pg_read_all_stats to marketmeter_other')
    const [one, other] = [await openLedger(url), await openLedger(role)]
    for (const ledger of [one, other]) await ledger.read({ countMax: 10 })
    await Promise.all([one.close(), other.close()])
  })

  it('does not serve where nobody keeps track of activities', async () => {
    const url = await emptyLedger(nowUs())
    const name = new URL(url).pathname.slice(1)
    await server().query(`alter database ${name} set track_activities = off`)
    await assert.rejects(openLedger(url), HIDDEN)
  })

  it('waits, once it is let see them, for a transaction of any of them', async () => {
    const url = await emptyLedger(nowUs())
    const role = await aRole(url, 'marketmeter_viewer', 'select, insert, update, delete')
    await runSql(url, 'grant pg_read_all_stats to marketmeter_viewer')
    const settings = { settleMarginMs: 0, skewMsMax: MARGIN_MS }
    const ledger = await openLedger(role, settings)
    const slow = new Client({ connectionString: url, application_name: WRITER_SESSION })
    await slow.connect()
    await slow.query('begin')
    const beganUs = nowUs()
    // Twice the margin: without the transaction it would have been passed.
    await sleep(2 * MARGIN_MS)
    const { completeUntilUs } = await ledger.read({ countMax: 1 })
    assert(completeUntilUs <= beganUs - MARGIN_MS * 1_000 + 50_000)
    await slow.end()
    await ledger.close()
  })
})

async function aRole(url: string, role: string, rights: string): Promise<string> {
  await runSql(
    url,
    `do $$ begin create role ${role}; exception when duplicate_object then null; end $$;
     revoke pg_read_all_stats from ${role};
     grant usage on schema marketmeter to ${role};
     grant ${rights} on all tables in schema marketmeter to ${role}`,
  )
  return inRole(url, role)
}

/** The months: made ahead without holding anybody up, by one replica for all, and told of a week before one is missed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { aCall, aRecord, NOON_US } from '../builders.spec.ts'
import { inTransaction, openPool } from './connect.ts'
import { monthAt, monthText, parseMonth } from './months.ts'
import { detachedMonths, monthsThere, noteDetached, SCHEMA_LOCK } from './partitions.ts'
import { asHolder, emptyLedger, openLedger, skip } from './server.spec.ts'
import { runSql } from '../../testing/postgres.ts'

const AT_NOON = { nowUs: () => NOON_US, soleWriter: true }

// When it is, which month has no partitions, and whether a replica that may not make them is ready.
const TABLE = `
  2026-11-23T23:59:59.999Z  2026-12  ready
  2026-11-24T00:00:00.000Z  2026-12  red
  2026-11-30T23:59:59.999Z  2026-12  red
  2026-11-30T23:59:59.999Z  2026-11  red
  2026-11-24T12:00:00.000Z  2026-10  ready
  2026-12-24T23:59:59.999Z  2027-01  ready
  2026-12-25T00:00:00.000Z  2027-01  red
  2026-12-31T23:59:59.999Z  2027-01  red
  2027-01-01T00:00:00.000Z  2027-01  red
  2027-01-01T00:00:00.000Z  2026-12  ready
  2027-02-21T23:59:59.999Z  2027-03  ready
  2027-02-22T00:00:00.000Z  2027-03  red
`

describe('readiness where a month is missing', { skip }, () => {
  for (const row of TABLE.trim().split('\n')) {
    const [instant = '', missing = '', state = ''] = row.trim().split(/\s+/)
    it(`at ${instant} without ${missing}: ${state}, and ready where the replica may make it`, async () => {
      const url = await emptyLedger()
      if (missing < '2027-03') await dropMonth(url, missing)
      const settings = { nowUs: () => Date.parse(instant) * 1_000, soleWriter: true }
      const bound = await openLedger(await asHolder(url), settings)
      const { ready, note = '' } = bound.health()
      assert.equal(ready, state === 'ready')
      if (!ready)
        assert.match(note, new RegExp(`of ${missing} is missing at .*\\. Run migrate\\.$`))
      const free = await openLedger(url, settings)
      assert.equal(free.health().ready, true)
      assert.equal((await monthsOf(url)).includes(missing), missing >= instant.slice(0, 7))
      await Promise.all([bound.close(), free.close()])
    })
  }

  it('keeps a record of that month unavailable, and no other of the same buyer', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2026-12')
    const december = aRecord({ buyer: 1, hour: Date.UTC(2026, 11, 5) / 3_600_000 })
    const ledger = await openLedger(await asHolder(url), AT_NOON)
    const held = await ledger.hold(aCall(), [december, aRecord({ buyer: 1 })])
    assert.deepEqual(
      held.map((one) => one === 'unavailable'),
      [true, false],
    )
    await ledger.close()
  })
})

describe('the months ahead', { skip }, () => {
  for (const [kind, statement] of [
    ['reads', 'select from marketmeter.record'],
    [
      'writes',
      `insert into marketmeter.call_group values (0, ${monthAt(NOON_US / 1_000).firstHour}, 0, 0, '')`,
    ],
  ] as const) {
    it(`are made, and records held, while somebody ${kind} in a transaction without end`, async () => {
      const url = await emptyLedger()
      await dropMonth(url, '2027-02')
      const somebody = new Client({ connectionString: url })
      await somebody.connect()
      await somebody.query(`begin; ${statement}`)
      const ledger = await openLedger(url, { ...AT_NOON, retryMsMax: 0 })
      assert((await monthsOf(url)).includes('2027-02'))
      await ledger.hold(aCall(), [aRecord({ hour: Date.UTC(2027, 1) / 3_600_000 })])
      await somebody.query('commit')
      await somebody.end()
      await ledger.close()
    })
  }

  it('are made once by replicas that want them at once, while another holds records', async () => {
    const url = await emptyLedger()
    const busy = await openLedger(await asHolder(url), { ...AT_NOON, retryMsMax: 0 })
    for (const month of ['2026-12', '2027-01', '2027-02']) await dropMonth(url, month)
    const opening = Promise.all(
      [0, 1, 2, 3].map(() => openLedger(url, { ...AT_NOON, heartbeatMs: 20 })),
    )
    const load = { running: true }
    const holding = (async () => {
      for (let buyer = 1; load.running; buyer++) await busy.hold(aCall(), [aRecord({ buyer })])
    })()
    const ledgers = await opening
    load.running = false
    await holding
    // Who came second may have looked before the first was done.
    while (!ledgers.every((ledger) => ledger.health().ready)) await sleep(5)
    assert.equal(busy.health().figures['statement_retries'], 0)
    assert.equal((await monthsOf(url)).length, 6)
    for (const ledger of [...ledgers, busy]) await ledger.close()
  })

  it('are not tried for by a role that may not make them: its health says so, its session is never lost', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2027-02')
    const ledger = await openLedger(await asHolder(url), { ...AT_NOON, heartbeatMs: 20 })
    const { ready, note = '' } = ledger.health()
    assert.equal(ready, true)
    assert.match(
      note,
      /^Months ahead are missing at \S+ \(2027-02\), and this role may not make them\. Let/,
    )
    const [sessions, beats] = [new Set<unknown>(), new Set<unknown>()]
    while (beats.size < 5) {
      for (const { pid, began } of await heartbeatsOf(url)) {
        sessions.add(pid)
        beats.add(began)
      }
      await sleep(20)
    }
    assert.equal(sessions.size, 1)
    await ledger.close()
  })

  it('are left to whoever is just changing the tables, and looked for again', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2026-11')
    const somebody = new Client({ connectionString: url })
    await somebody.connect()
    await somebody.query(`begin; select pg_advisory_xact_lock(${SCHEMA_LOCK})`)
    const ledger = await openLedger(url, { ...AT_NOON, heartbeatMs: 20 })
    assert.equal(ledger.health().ready, false)
    await somebody.query('commit')
    await somebody.end()
    while (!ledger.health().ready) await sleep(5)
    await ledger.close()
  })
})

describe('a month that was detached', { skip }, () => {
  it('is never made again, though the clock goes back to it: readiness says so, and nothing is held', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2026-11')
    await withPool(url, (pool) =>
      inTransaction(pool, (client) => noteDetached(client, parsed('2026-11'))),
    )
    const ledger = await openLedger(url, { ...AT_NOON, retryMsMax: 0 })
    const { ready, note = '' } = ledger.health()
    assert.equal(ready, false)
    assert.match(
      note,
      /^By the clock it is 2026-11, which was detached from .*: nothing of it is held\. Set/,
    )
    await assert.rejects(ledger.hold(aCall(), [aRecord({})]), /partition of a month is missing/)
    assert.equal((await monthsOf(url)).includes('2026-11'), false)
    await withPool(url, async (pool) => {
      assert.deepEqual((await detachedMonths(pool)).map(monthText), ['2026-11'])
    })
    await ledger.close()
  })
})

async function withPool<Result>(
  url: string,
  use: (pool: Awaited<ReturnType<typeof openPool>>) => Promise<Result>,
): Promise<Result> {
  const bounds = { statementMsMax: 10_000, connectMsMax: 10_000, connectionsMax: 1 }
  const pool = await openPool({ url, kind: 'migration', ...bounds })
  try {
    return await use(pool)
  } finally {
    await pool.end()
  }
}

function monthsOf(url: string): Promise<readonly string[]> {
  return withPool(url, async (pool) => (await monthsThere(pool)).map(monthText))
}

function parsed(text: string) {
  const month = parseMonth(text)
  assert(month)
  return month
}

async function dropMonth(url: string, month: string): Promise<void> {
  const { name } = parsed(month)
  await runSql(url, `drop table marketmeter.record_${name}, marketmeter.call_group_${name}`)
}

/** An error in a transaction ends its session, and the next beat has another. */
function heartbeatsOf(url: string) {
  return runSql(
    url,
    `select pid, query_start::text as began from pg_stat_activity
     where datname = current_database() and application_name = 'marketmeter heartbeat'`,
  )
}

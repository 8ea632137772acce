/** The schema: made once, never taken back; and every way in which a start goes wrong, in one sentence. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import type { InstantMs } from '../../core/usage.ts'
import { aCall, aRecord, NOON_US } from '../builders.spec.ts'
import { LedgerRefused } from '../sqlite/refused.ts'
import { migrate } from './migrate.ts'
import { emptyLedger, openLedger, server, skip } from './server.spec.ts'

const NOON_MS = (NOON_US / 1_000) as InstantMs
const MONTHS = ['2026_09', '2026_10', '2026_11', '2026_12', '2027_01', '2027_02']

describe('migrate', { skip }, () => {
  it('makes the schema and the months about now, and finds nothing to do the second time', async () => {
    const url = server().urlOf(await server().createDatabase())
    const first = await migrate(url, NOON_MS)
    assert.deepEqual(
      { ...first, months: first.months.toSorted() },
      { from: 0, to: 3, months: MONTHS },
    )
    assert.deepEqual(await migrate(url, NOON_MS), { from: 3, to: 3, months: [] })
  })

  it('is done once by two that come at once', async () => {
    const url = server().urlOf(await server().createDatabase())
    const reports = await Promise.all([migrate(url, NOON_MS), migrate(url, NOON_MS)])
    assert.deepEqual(reports.map(({ from }) => from).sort(), [0, 3])
  })

  it('makes the months that have come near since, and none of the past', async () => {
    const url = await emptyLedger()
    const later = Date.UTC(2027, 5, 1) as InstantMs
    assert.deepEqual((await migrate(url, later)).months, [
      '2027_06',
      '2027_07',
      '2027_08',
      '2027_09',
    ])
  })

  it('refuses a schema from a newer version, as opening does', async () => {
    const url = await emptyLedger()
    await run(url, 'insert into marketmeter.schema_version (version) values (99)')
    const sentence = /has schema 99, and this Marketmeter knows \d+ and older\. Use the Marketmeter/
    await assert.rejects(migrate(url, NOON_MS), sentence)
    await assert.rejects(openLedger(url), sentence)
  })
})

describe('a ledger that cannot be opened', { skip }, () => {
  for (const url of [
    'nonsense',
    'mysql://host/database',
    'postgres://host',
    'postgres:///database',
  ]) {
    it(`refuses the URL ${url}`, async () => {
      await refused(openLedger(url), /^The ledger’s URL is not one of PostgreSQL: write postgres:/)
    })
  }

  it('names the place and not the password when nothing answers', async () => {
    const message = await refused(
      openLedger('postgres://role:opensesame@127.0.0.1:1/usage'),
      /^No PostgreSQL answers at 127\.0\.0\.1:1\/usage \(ECONNREFUSED\)\. Check/,
    )
    assert.doesNotMatch(message, /opensesame|role/)
  })

  it('says that the database does not exist', async () => {
    await refused(openLedger(server().urlOf('nowhere')), /\/nowhere does not exist\. Create it/)
  })

  it('says that there is no ledger yet, and how to make one', async () => {
    const url = server().urlOf(await server().createDatabase())
    await refused(openLedger(url), /holds no ledger yet\. Bring it to \d+: marketmeter migrate\.$/)
  })

  it('says that the role has no rights', async () => {
    const url = await emptyLedger()
    await refused(openLedger(await asStranger(url)), /^The role has no rights for this at /)
  })
})

describe('a month that is missing', { skip }, () => {
  it('is made ahead by a replica that may', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2027_02')
    const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    const found = await run(url, `select to_regclass('marketmeter.record_2027_02') as name`)
    assert.notEqual(found[0]?.['name'], null)
    await ledger.close()
  })

  for (const [instant, ready] of [
    ['2026-11-23T23:59:59Z', true],
    ['2026-11-24T00:00:00Z', false],
  ] as const) {
    it(`at ${instant} leaves a replica that may not make December ${ready ? '' : 'not '}ready`, async () => {
      const url = await emptyLedger()
      await dropMonth(url, '2026_12')
      const ledger = await openLedger(await asWriter(url), {
        nowUs: () => Date.parse(instant) * 1_000,
        soleWriter: true,
      })
      const health = ledger.health()
      assert.equal(health.ready, ready)
      if (!ready)
        assert.match(health.note ?? '', /partition of 2026-12 is missing at .* Run migrate\.$/)
      await ledger.close()
    })
  }

  it('keeps a record of it unavailable, and no other of the same buyer', async () => {
    const url = await emptyLedger()
    await dropMonth(url, '2026_12')
    const december = aRecord({ buyer: 1, hour: Date.UTC(2026, 11, 5) / 3_600_000 })
    const ledger = await openLedger(await asWriter(url), {
      nowUs: () => NOON_US,
      soleWriter: true,
    })
    const held = await ledger.hold(aCall(), [december, aRecord({ buyer: 1 })])
    assert.deepEqual(
      held.map((one) => one === 'unavailable'),
      [true, false],
    )
    await ledger.close()
  })
})

async function refused(opening: Promise<unknown>, sentence: RegExp): Promise<string> {
  const error: unknown = await opening.then(
    () => assert.fail('it opened'),
    (reason: unknown) => reason,
  )
  assert(error instanceof LedgerRefused)
  assert.match(error.message, sentence)
  assert.equal(error.message.split('\n').length, 1)
  return error.message
}

async function dropMonth(url: string, month: string): Promise<void> {
  await run(url, `drop table marketmeter.record_${month}, marketmeter.call_group_${month}`)
}

/** A role that exists and may nothing. */
async function asStranger(url: string): Promise<string> {
  await run(
    url,
    `do $$ begin create role marketmeter_stranger; exception when duplicate_object then null; end $$`,
  )
  return withRole(url, 'marketmeter_stranger')
}

/** A role that may hold and read, and make nothing. */
async function asWriter(url: string): Promise<string> {
  await run(
    url,
    `do $$ begin create role marketmeter_holder; exception when duplicate_object then null; end $$;
     grant usage on schema marketmeter to marketmeter_holder;
     grant select, insert on all tables in schema marketmeter to marketmeter_holder`,
  )
  return withRole(url, 'marketmeter_holder')
}

/** Sessions of the same user in another role, so that no server need let that role log in. */
function withRole(url: string, role: string): string {
  const changed = new URL(url)
  changed.searchParams.set('options', `-c role=${role}`)
  return changed.href
}

async function run(
  url: string,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

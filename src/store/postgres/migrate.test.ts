/** The schema: made once, never taken back; and every way in which a start goes wrong, in one sentence. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import { NOON_US } from '../builders.spec.ts'
import { LedgerRefused } from '../refused.ts'
import { migrate } from './migrate.ts'
import { emptyLedger, inRole, openLedger, run, server, skip } from './server.spec.ts'
import { runSql } from '../../testing/postgres.ts'

const NOON_MS = (NOON_US / 1_000) as InstantMs
/** The number of the last file in migrations/. */
const NEWEST = 8
const MONTHS = ['2026_09', '2026_10', '2026_11', '2026_12', '2027_01', '2027_02']

describe('migrate', { skip }, () => {
  it('makes the schema and the months about now, and finds nothing to do the second time', async () => {
    const url = server().urlOf(await server().createDatabase())
    const first = await migrate(url, NOON_MS)
    assert.deepEqual(
      { ...first, months: first.months.toSorted() },
      { from: 0, to: NEWEST, months: MONTHS },
    )
    assert.deepEqual(await migrate(url, NOON_MS), { from: NEWEST, to: NEWEST, months: [] })
  })

  it('is done once by two that come at once', async () => {
    const url = server().urlOf(await server().createDatabase())
    const reports = await Promise.all([migrate(url, NOON_MS), migrate(url, NOON_MS)])
    assert.deepEqual(reports.map(({ from }) => from).sort(), [0, NEWEST])
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

  it('says how a month that was detached by hand comes back', async () => {
    const url = await emptyLedger()
    await run(url, 'alter table record detach partition record_2027_02')
    const message = await refused(
      migrate(url, NOON_MS),
      /^The table marketmeter\.record_2027_02 is there, but somebody detached it by hand/,
    )
    await runSql(url, /\((.*)\), then run migrate\.$/.exec(message)?.[1] ?? '')
    assert.deepEqual((await migrate(url, NOON_MS)).months, [])
  })

  it('says what a role needs that may not make a schema', async () => {
    const url = server().urlOf(await server().createDatabase())
    await refused(
      migrate(await asStranger(url), NOON_MS),
      /^The role may not make a schema at .* run: create schema marketmeter authorization ROLE/,
    )
  })

  it('refuses a schema from a newer version, as opening does', async () => {
    const url = await emptyLedger()
    await runSql(url, 'insert into marketmeter.schema_version (version) values (99)')
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

/** A role that exists and may nothing. */
async function asStranger(url: string): Promise<string> {
  await runSql(
    url,
    `do $$ begin create role marketmeter_stranger; exception when duplicate_object then null; end $$`,
  )
  return inRole(url, 'marketmeter_stranger')
}

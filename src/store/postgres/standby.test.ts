/** A synchronous standby that does not answer: nobody is answered before it does, and no reader passes what waits for it. */
import assert from 'node:assert/strict'
import { afterEach, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { UsageHour } from '../../core/hour.ts'
import type { InstantMs, Quantity } from '../../core/usage.ts'
import type { OwnServer } from '../../testing/postgres.ts'
import { aCall, aRecord, readAll, reached } from '../builders.spec.ts'
import type { Held } from '../ledger.ts'
import { buyer, commit, openControl } from '../postgres-control/control-server.spec.ts'
import { migrate } from './migrate.ts'
import { nowUs, openLedger, ownServer, skipOwn } from './server.spec.ts'

const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour
const MARGIN_MS = 500
const SETTINGS = {
  settleMarginMs: MARGIN_MS,
  skewMsMax: MARGIN_MS,
  statementMsMax: 500,
  heartbeatMs: 50,
  retryMsMax: 60_000,
}
const IMPATIENT = { ...SETTINGS, retryMsMax: 0 }
const ALONE = { ...IMPATIENT, soleWriter: true }

const WAITS = /waits for a synchronous standby that does not answer\. Bring the standby back/

describe('a synchronous standby that does not answer', { skip: skipOwn }, () => {
  let server: OwnServer
  before(async () => {
    server = await ownServer(['fsync=off'])
  })
  afterEach(() => comeBack(server))

  it('is waited for by readers: nothing appears behind a cursor, two margins later either', async () => {
    const url = await aLedgerOn(server)
    const [one, other] = [await openLedger(url, SETTINGS), await openLedger(url, SETTINGS)]
    const seen: string[] = []
    let after: string | undefined
    const look = async () => {
      const page = await other.read({ countMax: 50, ...(after === undefined ? {} : { after }) })
      seen.push(...page.records.map(({ id }) => id))
      after = page.resume
      return page
    }
    await one.hold(aCall(), [aRecord({ buyer: 1, hour: HOUR })])
    while (seen.length < 1) await look()
    await leave(server)
    const waiting = [
      one.hold(aCall(), [aRecord({ buyer: 2, hour: HOUR }), aRecord({ buyer: 3, hour: HOUR })]),
      other.hold(aCall(), [aRecord({ buyer: 4, hour: HOUR })]),
    ]
    await until(async () => (await sessionsThatWait(server)).length >= 2)
    const waitUs = nowUs()
    while (nowUs() < waitUs + 4 * MARGIN_MS * 1_000) {
      const { completeUntilUs } = await look()
      assert(completeUntilUs <= waitUs - MARGIN_MS * 1_000, 'nothing of what waits may be passed')
    }
    assert.equal(seen.length, 1)

    await comeBack(server)
    await Promise.all(waiting)
    await until(async () => {
      await look()
      return seen.length === 4
    })
    const inOrder = (await readAll(other)).map(({ id }) => id)
    assert.deepEqual(seen, inOrder)
    await Promise.all([one.close(), other.close()])
  })

  it('keeps replicas from being ready, and from sending ever more that waits', async () => {
    const url = await aLedgerOn(server)
    const ledger = await openLedger(url, { ...IMPATIENT, connectionsMax: 2 })
    await leave(server)
    for (let buyer = 0; ledger.health().ready; buyer++) {
      await assert.rejects(ledger.hold(aCall(), [aRecord({ buyer, hour: HOUR })]))
    }
    assert.match(ledger.health().note ?? '', WAITS)
    for (let buyer = 100; buyer < 200; buyer++) {
      await assert.rejects(ledger.hold(aCall(), [aRecord({ buyer, hour: HOUR })]), WAITS)
      await assert.rejects(ledger.find([aRecord({ buyer, hour: HOUR })]), WAITS)
    }
    const { length } = await sessionsThatWait(server)
    assert(length <= 2, `${length} sessions wait`)
    await comeBack(server)
    await until(() => ledger.health().ready)
    await ledger.hold(aCall(), [aRecord({ buyer: 1, hour: HOUR })])
    await ledger.close()
  })

  it('may be given up by an operator: that is no answer, and what is found then is not one either', async () => {
    const url = await aLedgerOn(server)
    const [one, other] = [await openLedger(url, ALONE), await openLedger(url, ALONE)]
    const record = aRecord({ hour: HOUR })
    // Its series is known to both, so that only the record itself waits.
    await one.hold(aCall(), [aRecord({ hour: HOUR - 1 })])
    await other.hold(aCall(), [aRecord({ hour: HOUR - 1 })])
    await leave(server)

    const refused = assert.rejects(one.hold(aCall(), [record]), WAITS)
    await cutShort(server)
    await refused
    assert.equal(await count(url), 2, 'it is there, for all to see')
    await assert.rejects(other.hold(aCall(), [record]), /standby/)
    await assert.rejects(other.hold(aCall(), [{ ...record, quantity: 9 as Quantity }]), /standby/)
    await assert.rejects(other.find([record]), /standby/)

    await comeBack(server)
    await until(() => one.health().ready && other.health().ready)
    const [held] = await other.hold(aCall(), [record])
    assert.equal(reached(held).added, false)
    assert.deepEqual(await other.find([record]), [{ id: reached(held).id, quantity: 1 }])
    await Promise.all([one.close(), other.close()])
  })

  for (const [whose, hide] of [
    ['the database', (database: string) => `alter database ${database} set`],
    ['the role', () => 'alter role postgres set'],
    ['the URL', undefined],
  ] as const) {
    it(`may be given up where warnings are hidden by ${whose}: that is no answer either`, async () => {
      const url = await aLedgerOn(server)
      const hidden = new URL(url)
      if (hide === undefined) hidden.searchParams.set('options', '-c client_min_messages=error')
      else await server.query(`${hide(hidden.pathname.slice(1))} client_min_messages = error`)
      const ledger = await openLedger(hidden.href, ALONE)
      await ledger.hold(aCall(), [aRecord({ hour: HOUR - 1 })])
      await leave(server)
      const refused = assert.rejects(ledger.hold(aCall(), [aRecord({ hour: HOUR })]), WAITS)
      await cutShort(server)
      await refused
      await comeBack(server)
      await ledger.close()
      await server.query('alter role postgres reset client_min_messages')
    })
  }

  it('tells who tried again that the record is theirs, once the standby has it', async () => {
    const url = await aLedgerOn(server)
    const ledger = await openLedger(url, { ...SETTINGS, soleWriter: true })
    await leave(server)
    let answer: readonly (Held | 'unavailable')[] | undefined
    const holding = ledger.hold(aCall(), [aRecord({ hour: HOUR })]).then((held) => (answer = held))
    // First waits what adds the series, then what adds the record, then all that finds it.
    while ((await count(url)) === 0) await cutShort(server)
    for (let cut = 0; cut < 2; cut++) {
      await cutShort(server)
      assert.equal(answer, undefined)
    }
    await comeBack(server)
    assert.equal(reached((await holding)[0]).added, true)
    await ledger.close()
  })

  it('is waited for by changes of the catalog, and by what replicas agree on, too', async () => {
    const url = await aLedgerOn(server)
    const control = await openControl(url)
    await leave(server)
    const refused = assert.rejects(commit(control, 0, [buyer('Ann')]), WAITS)
    await cutShort(server)
    await refused
    await comeBack(server)
    assert.equal(await commit(control, 0, [buyer('Ann')]), 'stale')

    await leave(server)
    const unclaimed = assert.rejects(control.facts.claim('masterKey', 'ours'), WAITS)
    await cutShort(server)
    await unclaimed
    await control.close()
  })
})

async function aLedgerOn(server: OwnServer): Promise<string> {
  const url = server.urlOf(await server.createDatabase())
  await migrate(url, (nowUs() / 1_000) as InstantMs)
  return url
}

/** From now on every commit waits for a standby that there is not. */
async function leave(server: OwnServer): Promise<void> {
  await server.query(`alter system set synchronous_standby_names = 'absent'`)
  await server.query('select pg_reload_conf()')
  // The server reads its settings a moment later: it has when a commit waits.
  const probe = new Client({ connectionString: server.urlOf('postgres') })
  await probe.connect()
  const probing = { waits: false }
  const probed = until(async () => {
    await probe.query(`select pg_logical_emit_message(true, 'probe', '')`)
    return probing.waits
  })
  await until(async () => (await sessionsThatWait(server)).length > 0)
  probing.waits = true
  await cutShort(server)
  await probed
  await probe.end()
}

/** Commits wait no more, and those that waited end. */
async function comeBack(server: OwnServer): Promise<void> {
  await server.query('alter system reset synchronous_standby_names')
  await server.query('select pg_reload_conf()')
  await until(async () => (await sessionsThatWait(server)).length === 0)
}

async function sessionsThatWait(server: OwnServer): Promise<readonly unknown[]> {
  return server.query(`select pid from pg_stat_activity where wait_event = 'SyncRep'`)
}

/** As soon as a commit waits, its wait is cancelled. */
async function cutShort(server: OwnServer): Promise<void> {
  await until(async () => {
    const cut = await server.query(
      `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`,
    )
    return cut.length > 0
  })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5)
}

async function count(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rowCount } = await client.query('select from marketmeter.record')
  await client.end()
  return rowCount ?? 0
}

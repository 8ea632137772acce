/** Months that are taken out: which may be, what is seen of them before, meanwhile and afterwards, and what a kill leaves. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { bucketOf } from '../../core/billing-line.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { factsIn } from '../postgres-control/facts.ts'
import { aCall, aRecord, readAll } from '../builders.spec.ts'
import { LedgerRefused } from '../refused.ts'
import { openPool, type Pool } from './connect.ts'
import { detachMonth, type DetachSettings, MonthKept, planDetaching } from './detach.ts'
import { migrate } from './migrate.ts'
import { monthsOf } from './months-access.ts'
import { attachStatement, parseMonth } from './months.ts'
import { SCHEMA_LOCK } from './partitions.ts'
import { Reader } from './reader.ts'
import { asHolder, emptyLedger, openLedger, skip } from './server.spec.ts'
import { runSql } from '../../testing/postgres.ts'
import { verifyLedger } from './verify.ts'
import { checkRecords } from './verify-records.ts'
import { BucketFacts } from './verify-series.ts'

// By the machine's clock all of this is long past. The ledger has the months from 2019-11 to 2020-04.
const NOW = '2020-01-15T12:00:00.000Z'
const OLD = hourAt('2019-12-31T23:00Z')
const RUNNING = hourAt('2020-01-15T11:00Z')
const AT_NOW = { nowUs: () => Date.parse(NOW) * 1_000, soleWriter: true, retryMsMax: 0 }

// Which month, how many hours the widest window has, when it is, and whether the month may go.
const TABLE = `
  2019-12  24   2020-01-02T23:59:59.999Z  kept
  2019-12  24   2020-01-03T00:00:00.000Z  goes
  2019-12  6    2020-01-02T05:59:59.999Z  kept
  2019-12  6    2020-01-02T06:00:00.000Z  goes
  2019-12  768  2020-02-02T23:59:59.999Z  kept
  2019-12  768  2020-02-03T00:00:00.000Z  goes
  2019-11  24   2020-01-15T12:00:00.000Z  goes
  2020-01  24   2020-01-15T12:00:00.000Z  kept
  2020-02  24   2020-01-15T12:00:00.000Z  kept
  2020-02  24   2020-03-02T23:59:59.999Z  kept
  2020-02  24   2020-03-03T00:00:00.000Z  goes
`

describe('a month may be detached', { skip }, () => {
  for (const row of TABLE.trim().split('\n')) {
    const [month = '', hours = '', now = '', fate = ''] = row.trim().split(/\s+/)
    it(`not before its end, the widest window and a day: ${month}, ${hours} h, at ${now} ${fate}`, async () => {
      const settings = await aLedger({ month, now, windowMs: Number(hours) * MS_PER_HOUR })
      if (fate === 'goes') assert.equal((await planDetaching(settings)).state, 'closed')
      else
        await kept(
          settings,
          new RegExp(`^Usage of ${month} may still come\\. It can be detached from`),
        )
    })
  }

  it('not before the widest window that the ledger was ever served with, whatever is asked', async () => {
    const settings = await aLedger({ now: '2020-01-20T00:00Z' })
    await withFacts(settings.url, (facts) => facts.raise('windowMsMax', 480 * MS_PER_HOUR))
    await kept(
      settings,
      /can be detached from 2020-01-22T00:00Z on: its end, 480 hours of the widest/,
    )
    await detachMonth({ ...settings, nowMs: Date.parse('2020-01-22T00:00Z') as InstantMs })
  })

  it('not by a clock that is ahead of the server’s', async () => {
    const settings = await aLedger({ month: new Date().toISOString().slice(0, 7) })
    await migrate(settings.url, Date.now() as InstantMs)
    await kept({ ...settings, nowMs: Date.UTC(2200, 0) as InstantMs }, /may still come/)
  })

  it('not where there is none, nor while another is half detached', async () => {
    await kept(await aLedger({ month: '2018-01' }), /^There is no 2018-01 in the ledger at /)
    const settings = await aLedger()
    await runSql(
      settings.url,
      'alter table marketmeter.record detach partition marketmeter.record_2019_11',
    )
    await kept(
      settings,
      /2019-11 was not finished\. Finish it first: ledger detach-month 2019-11\.$/,
    )
  })

  it('not by who does not own the tables: then nothing is changed', async () => {
    const settings = await aLedger()
    const refused = detachMonth({ ...settings, url: await asHolder(settings.url) })
    await assert.rejects(
      refused,
      /The role has no rights for this at .* \(who detaches must own the tables\)/,
    )
    assert.equal(await stateOf(settings), 'closed')
    assert.deepEqual(await runSql(settings.url, 'select from marketmeter.ledger_fact'), [])
  })

  it('not while somebody else changes the tables', async () => {
    const settings = await aLedger()
    const somebody = new Client({ connectionString: settings.url })
    await somebody.connect()
    await somebody.query('select pg_advisory_lock($1)', [SCHEMA_LOCK])
    await assert.rejects(
      detachMonth(settings),
      /^LedgerRefused: Somebody else is changing the tables/,
    )
    await somebody.end()
    assert.equal(await stateOf(settings), 'closed')
  })
})

describe('a month that was detached', { skip }, () => {
  it('is shown and found no more, and its usage is never taken as new', async () => {
    const { settings, ledger, old, running } = await aLedgerWithRecords()
    await detachMonth(settings)
    assert.deepEqual(await idsIn(ledger), [running.id])
    const [found] = await ledger.find([aRecord({ hour: OLD })])
    assert.equal(found, 'unavailable')
    const held = await ledger.hold(aCall(), [
      aRecord({ hour: OLD }),
      aRecord({ buyer: 2, hour: RUNNING }),
    ])
    assert.deepEqual(
      held.map((one) => one === 'unavailable'),
      [true, false],
    )
    assert.equal(await stateOf(settings), 'detached')
    const tables = await runSql(settings.url, 'select from marketmeter.detached_record_2019_12')
    assert.equal(tables.length, 1)
    assert.deepEqual(await findingsIn(settings.url), [])
    await ledger.close()
    assert(old.id !== running.id)
  })

  it('is made again by nobody, though its tables are gone and all clocks are back in it', async () => {
    const settings = await aLedger()
    await detachMonth(settings)
    await runSql(
      settings.url,
      'drop table marketmeter.detached_record_2019_12, marketmeter.detached_call_group_2019_12',
    )
    const then = Date.parse('2019-12-15T00:00Z')
    assert.deepEqual((await migrate(settings.url, then as InstantMs)).months, [])
    const ledger = await openLedger(settings.url, { ...AT_NOW, nowUs: () => then * 1_000 })
    assert.match(ledger.health().note ?? '', /^By the clock it is 2019-12, which was detached/)
    await assert.rejects(ledger.hold(aCall(), [aRecord({ hour: OLD })]), /or was detached/)
    assert.equal(await stateOf(settings), 'detached')
    await ledger.close()
  })

  it('can be attached again, calls first, and detached again', async () => {
    const { settings, ledger, old, running } = await aLedgerWithRecords()
    await detachMonth(settings)
    await detachMonth(settings)
    for (const table of ['call_group', 'record']) {
      const name = `marketmeter.detached_${table}_2019_12`
      await runSql(settings.url, attachStatement(`marketmeter.${table}`, settings.month, name))
    }
    assert.deepEqual(await idsIn(ledger), [old.id, running.id])
    const [held] = await ledger.hold(aCall(), [aRecord({ hour: OLD })])
    assert(held !== 'unavailable' && held?.id === old.id && !held.added)
    assert.deepEqual(await findingsIn(settings.url), [])
    await detachMonth(settings)
    assert.deepEqual(await idsIn(ledger), [running.id])
    await ledger.close()
  })

  it('between two statements of who reads or verifies is shown no more, and is no damage', async () => {
    for (const read of [pageOf, findingsOf]) {
      const { settings, ledger, running } = await aLedgerWithRecords()
      await withPool(settings.url, async (pool) => {
        const detaching = {
          async query(statement: { name?: string }, values: unknown[]) {
            if (statement.name === 'calls') await detachMonth(settings)
            return pool.query(statement as never, values)
          },
        }
        assert.deepEqual(
          await read(detaching as unknown as Pool),
          read === pageOf ? [running.id] : [],
        )
      })
      assert.equal(await stateOf(settings), 'detached')
      await ledger.close()
    }
  })

  it('leaves readers, writers and verify in peace while it goes', async () => {
    const settings = await aLedger()
    const ledger = await openLedger(settings.url, AT_NOW)
    for (let buyer = 0; buyer < 1_000; buyer += 100) {
      const records = Array.from({ length: 100 }, (_, next) =>
        aRecord({ buyer: buyer + next, hour: OLD }),
      )
      await ledger.hold(aCall(), records)
    }
    const load = { running: true }
    const holding = (async () => {
      for (let buyer = 1; load.running; buyer++) {
        await ledger.hold(aCall(), [aRecord({ buyer, hour: RUNNING })])
      }
    })()
    const reading = (async () => {
      while (load.running) await readAll(ledger, { countMax: 30 })
    })()
    const verifying = (async () => {
      while (load.running) assert.deepEqual(await findingsIn(settings.url), [])
    })()
    await grows(ledger, 1_020)
    await detachMonth(settings)
    await grows(ledger, 20)
    load.running = false
    await Promise.all([holding, reading, verifying])
    assert.equal(ledger.health().figures['statement_retries'], 0)
    assert((await readAll(ledger)).every(({ hour }) => hour === RUNNING))
    await ledger.close()
  })
})

describe('detaching that was cut short', { skip }, () => {
  const STEPS = [
    `insert into ledger_fact (name, value) values ('detachedMonth:2019-12', '')`,
    'alter table record detach partition record_2019_12',
    'alter table call_group detach partition call_group_2019_12',
    'alter table record_2019_12 rename to detached_record_2019_12',
  ]
  for (const [count, state] of ['closed', 'closed', 'leaving', 'detached', 'detached'].entries()) {
    it(`after ${count} of its steps leaves it ${state}, intact, and is ended by another run`, async () => {
      const { settings, ledger, running } = await aLedgerWithRecords()
      await runSql(
        settings.url,
        ['set search_path = marketmeter', ...STEPS.slice(0, count)].join(';'),
      )
      assert.equal(await stateOf(settings), state)
      assert.deepEqual(await findingsIn(settings.url), [])
      await detachMonth(settings)
      assert.equal(await stateOf(settings), 'detached')
      assert.deepEqual(await idsIn(ledger), [running.id])
      const left = await runSql(
        settings.url,
        `select relname from pg_class where relkind = 'r' and relname ~ '2019_12$' order by 1`,
      )
      assert.deepEqual(
        left.map(({ relname }) => relname),
        ['detached_call_group_2019_12', 'detached_record_2019_12'],
      )
      await ledger.close()
    })
  }

  it('by who has the ledger open says who that is, and goes on when run again', async () => {
    const { settings, ledger, running } = await aLedgerWithRecords()
    const somebody = await reading(settings.url)
    const [{ pid } = {}] = (await somebody.query<{ pid: number }>('select pg_backend_pid() as pid'))
      .rows
    await assert.rejects(
      detachMonth({ ...settings, waitMsMax: 200 }),
      new RegExp(
        `^LedgerRefused: Somebody has a transaction open at .* \\(process ${pid} of role \\w+\\)`,
      ),
    )
    assert.equal(await stateOf(settings), 'leaving')
    assert.deepEqual(await idsIn(ledger), [running.id])
    assert.deepEqual(await findingsIn(settings.url), [])
    await somebody.query('commit')
    await detachMonth(settings)
    assert.equal(await stateOf(settings), 'detached')
    await somebody.end()
    await ledger.close()
  })

  it('by a kill while it waits leaves nothing that another run does not end', async () => {
    const { settings, ledger, running } = await aLedgerWithRecords()
    const somebody = await reading(settings.url)
    const killed = assert.rejects(detachMonth(settings), LedgerRefused)
    while ((await stateOf(settings)) !== 'leaving') await sleep(5)
    await ledger.hold(aCall(), [aRecord({ buyer: 3, hour: RUNNING })])
    await runSql(
      settings.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'marketmeter months'`,
    )
    await killed
    await somebody.query('commit')
    await detachMonth(settings)
    assert.equal(await stateOf(settings), 'detached')
    assert.equal((await idsIn(ledger)).filter((id) => id === running.id).length, 1)
    await somebody.end()
    await ledger.close()
  })
})

interface Wish {
  readonly month?: string
  readonly now?: string
  readonly windowMs?: number
}

async function aLedger({
  month = '2019-12',
  now = NOW,
  windowMs = 24 * MS_PER_HOUR,
}: Wish = {}): Promise<DetachSettings> {
  const parsed = parseMonth(month)
  assert(parsed)
  return {
    url: await emptyLedger(Date.parse(NOW) * 1_000),
    month: parsed,
    nowMs: Date.parse(now) as InstantMs,
    windowMs,
    waitMsMax: 60_000,
    connectMsMax: 10_000,
  }
}

async function aLedgerWithRecords() {
  const settings = await aLedger()
  const ledger = await openLedger(settings.url, AT_NOW)
  const [old] = await ledger.hold(aCall(), [aRecord({ hour: OLD })])
  const [running] = await ledger.hold(aCall(), [aRecord({ hour: RUNNING })])
  assert(old !== undefined && old !== 'unavailable')
  assert(running !== undefined && running !== 'unavailable')
  return { settings, ledger, old, running }
}

async function kept(settings: DetachSettings, sentence: RegExp): Promise<void> {
  for (const attempt of [planDetaching, detachMonth]) {
    const error: unknown = await attempt(settings).then(
      () => assert.fail('it may go'),
      (reason: unknown) => reason,
    )
    assert(error instanceof MonthKept)
    assert.match(error.message, sentence)
  }
}

async function stateOf(settings: DetachSettings): Promise<string | undefined> {
  const months = await monthsOf(settings)
  return months.find(({ month }) => month.name === settings.month.name)?.state
}

async function idsIn(ledger: Parameters<typeof readAll>[0]): Promise<readonly string[]> {
  return (await readAll(ledger)).map(({ id }) => id)
}

/** Until so many records are shown that were not before. */
async function grows(ledger: Parameters<typeof readAll>[0], count: number): Promise<void> {
  const wanted = Math.max(count, (await readAll(ledger)).length + 20)
  while ((await readAll(ledger)).length < wanted) await sleep(5)
}

async function findingsIn(url: string): Promise<readonly string[]> {
  const findings: string[] = []
  const settings = { url, connectMsMax: 10_000, onProgress: () => undefined }
  for await (const { where, problem } of verifyLedger(settings))
    findings.push(`${where}: ${problem}`)
  return findings
}

/** A transaction that has looked at the ledger and does not end. */
async function reading(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query('select from marketmeter.record')
  return client
}

async function withFacts<Result>(
  url: string,
  use: (facts: ReturnType<typeof factsIn>) => Promise<Result>,
): Promise<Result> {
  return withPool(url, (pool) => use(factsIn(pool, (attempt) => attempt())))
}

async function withPool<Result>(
  url: string,
  use: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  const bounds = { connectionsMax: 1, statementMsMax: 10_000, connectMsMax: 10_000 }
  const pool = await openPool({ url, kind: 'reader', ...bounds })
  try {
    return await use(pool)
  } finally {
    await pool.end()
  }
}

async function pageOf(pool: Pool): Promise<readonly string[]> {
  const reader = new Reader(pool, async () => Number.MAX_SAFE_INTEGER)
  return (await reader.read({ countMax: 10 })).records.map(({ id }) => id)
}

async function findingsOf(pool: Pool): Promise<readonly unknown[]> {
  const findings: unknown[] = []
  const facts = new BucketFacts(pool, bucketOf(aRecord({}).billingLine))
  await facts.load()
  for await (const page of checkRecords(pool, facts)) findings.push(...page.findings)
  return findings
}

function hourAt(text: string): number {
  return Date.parse(text) / MS_PER_HOUR
}

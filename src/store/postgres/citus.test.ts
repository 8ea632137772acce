/** The ledger's contract on a real Citus, and that nothing on the way of records touches more than one shard. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Bucket } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import type { InstantMs } from '../../core/usage.ts'
import { runSql } from '../../testing/postgres.ts'
import { aCall, aRecord, aToken, NOON_US, reached, readAll } from '../builders.spec.ts'
import { ledgerSpec } from '../ledger.spec.ts'
import type { Ledger } from '../ledger.ts'
import { recordIdOf } from '../record-id.ts'
import { type Cluster, followPage, pageText, skip, urlAs, urlOn } from './citus.spec.ts'
import { isEnglish } from './citus.ts'
import { WRITER_SESSION } from './connect.ts'
import { detachMonth } from './detach.ts'
import { migrate } from './migrate.ts'
import { parseMonth } from './months.ts'
import { PostgresLedger, type PostgresLedgerSettings } from './postgres-ledger.ts'
import { onOneShard, ShardWatch } from './shard-watch.spec.ts'
import { verifyLedger } from './verify.ts'

const nowUs = () => Math.floor((performance.timeOrigin + performance.now()) * 1_000)
const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour
const SKEW_MS = 500

let cluster: Cluster
const opened: PostgresLedger[] = []

describe('on a real Citus', { skip }, () => {
  before(async () => {
    cluster = await followPage((NOON_US / 1_000) as InstantMs)
    // Months that are made when all is spread already: the present, which other tests live in.
    await migrate(urlAs('marketmeter', cluster), Date.now() as InstantMs)
  })
  after(async () => {
    for (const ledger of opened) await ledger.close()
  })

  ledgerSpec(
    'the ledger on Citus',
    async (clock) => {
      const tables = ['record', 'call_group', 'series', 'agreement', 'client_token']
      const clear = tables.map((table) => `delete from marketmeter.${table}`).join(';')
      await runSql(urlAs('marketmeter', cluster), clear)
      return openLedger({ nowUs: clock, soleWriter: true })
    },
    5,
  )

  it('touches one shard with every statement that holds or finds', async () => {
    const watch = await ShardWatch.open(cluster.url)
    const bucket = 5 as Bucket
    for (let round = 0; round < 8; round++) await onOneShard(watch, { bucket, round })
    const names = new Set(watch.seen.map(({ name }) => name))
    for (const name of [
      'add_series',
      'select_series',
      'add_agreements',
      'add',
      'note',
      'find',
      'calls',
      'note_token',
      'find_token',
      'find_quantity',
      'remove_tokens',
    ]) {
      assert(names.has(name), `${name} was looked at`)
    }
    for (const { name, plan } of watch.seen) {
      assert.match(plan, /Task Count: 1\n/, name)
      assert.doesNotMatch(plan, /Subplan|pull to coordinator|repartition/, name)
    }
    await watch.close()
  })

  it('commits in one phase', async () => {
    const count = () => countOf('select count(*)::integer as count from pg_dist_transaction')
    const earlier = await count()
    const ledger = await openLedger()
    await ledger.hold(aCall(), recordsFrom(10_000))
    await ledger.hold(aCall(), [aRecord({ buyer: 9_000, hour: HOUR })], aToken({ buyer: 9_000 }))
    assert.equal(await count(), earlier)
  })

  it('holds what two replicas are sent at once once each', async () => {
    const replicas = [await openLedger(), await openLedger()]
    const records = recordsFrom(20_000)
    const [left, right] = await Promise.all(
      replicas.map((replica) => replica.hold(aCall(), records)),
    )
    for (const [index, record] of records.entries()) {
      const [one, other] = [reached(left?.[index]), reached(right?.[index])]
      assert.equal(one.id, recordIdOf(record))
      assert.equal(other.id, one.id)
      assert.notEqual(one.added, other.added)
    }
  })

  it('makes the months ahead on every node, by the role that owns the tables', async () => {
    const laterUs = NOON_US + 100 * 86_400_000_000
    const url = urlAs('marketmeter', cluster)
    const ledger = await openLedger({ url, nowUs: () => laterUs, soleWriter: true })
    assert.deepEqual(ledger.health().note, undefined)
    const hour = Math.floor(laterUs / 3_600_000_000) + 60 * 24
    const held = await ledger.hold(aCall(), [aRecord({ hour }), aRecord({ buyer: 2, hour })])
    assert(held.every((one) => reached(one).added))
    const shards = `select count(*)::integer as count from citus_shards where table_name = 'marketmeter.record_2027_05'::regclass`
    assert.equal(await countOf(shards), 16)
    // Its role is another than that of the replicas here.
    await ledger.close()
  })

  it('lets a month be detached, once nobody has the ledger open', async () => {
    const url = urlAs('marketmeter', cluster)
    const nowMs = Date.UTC(2020, 0, 15) as InstantMs
    await migrate(url, nowMs)
    const ledger = await openLedger({ nowUs: () => nowMs * 1_000, soleWriter: true })
    const record = aRecord({ hour: Date.UTC(2020, 0) / 3_600_000 })
    await ledger.hold(aCall(), [record])
    const month = parseMonth('2020-01')
    assert(month)
    const bounds = { waitMsMax: 1_500, connectMsMax: 2_000, windowMs: 0 }
    const settings = { url, month, nowMs: Date.UTC(2020, 6) as InstantMs, ...bounds }
    const somebody = new Client({ connectionString: url })
    await somebody.connect()
    await somebody.query('begin')
    await somebody.query('select count(*) from marketmeter.record')
    await assert.rejects(detachMonth(settings), /^LedgerRefused: Somebody has a transaction open/)
    assert.equal((await ledger.find([record]))[0] === 'unavailable', false, 'all or nothing')
    await somebody.query('commit')
    await somebody.end()
    await detachMonth({ ...settings, waitMsMax: 60_000 })
    assert.deepEqual(await ledger.find([record]), ['unavailable'])
    const tables = `select count(*)::integer as count from citus_tables where table_name::text ~ 'detached_(record|call_group)_2020_01'`
    assert.equal(await countOf(tables), 2)
  })

  it('is verified as a ledger of one server is', async () => {
    const findings = []
    const settings = { url: cluster.url, connectMsMax: 2_000, onProgress: () => undefined }
    for await (const finding of verifyLedger(settings)) findings.push(finding)
    assert.deepEqual(findings, [])
  })

  const INNER = `set application_name = 'citus_internal gpid=10000000001'`
  const OUTER = `set application_name = '${WRITER_SESSION}'`
  const WRITTEN = 'select pg_current_xact_id()'
  for (const [whose, begin, end, waits] of [
    ['a replica that speaks to a worker', [OUTER, 'begin', 'select 1'], 'rollback', true],
    ['the coordinator, which has written', [INNER, 'begin', WRITTEN], 'rollback', true],
    ['the coordinator, which only reads', [INNER, 'begin', 'select 1'], 'rollback', false],
    [
      'nobody any more, prepared',
      ['begin', WRITTEN, `prepare transaction 'slow'`],
      `rollback prepared 'slow'`,
      true,
    ],
  ] as const) {
    it(`${waits ? 'waits' : 'does not wait'} for a transaction on a worker alone, of ${whose}`, async () => {
      const bounds = { settleMarginMs: 0, skewMsMax: SKEW_MS, statementMsMax: 1_000 }
      const ledger = await openLedger(bounds)
      const slow = new Client({ connectionString: urlOn(cluster.workers[1], 'marketmeter_app') })
      await slow.connect()
      const beganUs = nowUs()
      for (const statement of begin) await slow.query(statement)
      if (waits) {
        // Twice the skew: without the transaction it would have been passed.
        await sleep(2 * SKEW_MS)
        const { completeUntilUs } = await ledger.read({ countMax: 1 })
        assert(completeUntilUs <= beganUs - SKEW_MS * 1_000 + 100_000)
      } else await until(ledger, beganUs)
      await slow.query(end)
      await slow.end()
      await until(ledger, beganUs)
    })
  }

  it('shows a reader what two replicas wrote, once', async () => {
    const ledger = await openLedger()
    const startUs = nowUs()
    await until(ledger, startUs)
    const records = await readAll(ledger, { fromHour: HOUR, countMax: 37 })
    const ids = records.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    for (const record of [...recordsFrom(10_000), ...recordsFrom(20_000)]) {
      assert(ids.includes(recordIdOf(record)))
    }
  })
})

it('docs/operating/distributed.md shows how the buckets spread', { skip }, async () => {
  const rows = await runSql(
    urlAs('postgres', cluster),
    `select count(*)::integer as count from generate_series(0, 63) as bucket
     group by get_shard_id_for_distribution_column('marketmeter.record', bucket::smallint) order by 1 desc`,
  )
  assert(pageText().includes(`| 16 | ${rows.map(({ count }) => String(count)).join(' ')} |`))
})

const LANGUAGES = [
  ['C', true],
  ['C.UTF-8', true],
  ['POSIX', true],
  ['', true],
  ['en_GB.UTF-8', true],
  ['en-US', true],
  ['de_DE.UTF-8', false],
  ['eu_ES', false],
  ['ca_ES', false],
] as const

for (const [locale, english] of LANGUAGES) {
  it(`a node whose lc_messages are "${locale}" ${english ? 'is' : 'is not'} understood`, () => {
    assert.equal(isEnglish(locale), english)
  })
}

function recordsFrom(buyer: number) {
  return Array.from({ length: 100 }, (_, index) => aRecord({ buyer: buyer + index, hour: HOUR }))
}

async function openLedger(settings: Partial<PostgresLedgerSettings> = {}): Promise<PostgresLedger> {
  const ledger = await PostgresLedger.open({ url: cluster.url, nowUs, ...settings })
  opened.push(ledger)
  return ledger
}

async function countOf(sql: string): Promise<unknown> {
  return (await runSql(urlAs('postgres', cluster), sql))[0]?.['count']
}

/** Asks until pages are complete up to an instant. */
async function until(ledger: Ledger, instantUs: number): Promise<void> {
  while ((await ledger.read({ countMax: 1 })).completeUntilUs <= instantUs) await sleep(50)
}

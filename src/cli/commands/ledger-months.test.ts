/** The commands that look after the months of a ledger on PostgreSQL, as programs, and what others say of a month that is gone. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { aCall, aRecord } from '../../store/builders.spec.ts'
import { asHolder, emptyLedger, openLedger, skip } from '../../store/postgres/server.spec.ts'
import { runSql } from '../../testing/postgres.ts'
import { runToEnd } from '../program.spec.ts'

// By the machine's clock all of this is long past. The ledger has the months from 2019-11 to 2020-04.
const NOW_US = Date.parse('2020-01-15T12:00Z') * 1_000

describe('the months of a ledger on PostgreSQL', { skip }, () => {
  it('are listed with what may be done with them, as a table and as JSON', async () => {
    const url = await aLedger()
    const listed = await runToEnd(['ledger', 'months', '--ledger', url])
    assert.equal(listed.code, 0)
    assert.match(listed.out, /^MONTH +STATE +RECORDS \(ABOUT\) +BYTES +DETACHABLE FROM\n/)
    assert.match(listed.out, /^2019-12 +closed +1 +\d+ +2020-01-03T00:00:00Z$/m)
    assert.match(listed.err, new RegExp(`^${running()} is missing: run migrate\\.$`, 'm'))
    const { out } = await runToEnd(['ledger', 'months', '--ledger', url, '--json'])
    const months = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(
      months.filter(({ state }) => state === 'closed').map(({ month }) => month),
      ['2019-11', '2019-12', '2020-01', '2020-02', '2020-03', '2020-04'],
    )
    const { bytes, ...december } = months.find(({ month }) => month === '2019-12') ?? {}
    assert(typeof bytes === 'number' && bytes > 0)
    assert.deepEqual(december, {
      month: '2019-12',
      state: 'closed',
      recordsEstimate: 1,
      detachableFrom: '2020-01-03T00:00:00Z',
    })
  })

  it('are detached when somebody agrees, and the statements that are printed do what they say', async () => {
    const url = await aLedger()
    const words = ['ledger', 'detach-month', '2019-12', '--ledger', url]
    const asked = await runToEnd(words)
    assert.deepEqual([asked.code, asked.out], [4, ''])
    assert.match(
      asked.err,
      /^2019-12: about 1 records, \d+ bytes\..*\nNobody can be asked here\. Give --yes to detach\.\n$/,
    )
    assert.equal((await recordsIn(url)).length, 2)

    const done = await runToEnd([...words, '--yes', '--json'])
    assert.equal(done.code, 0, done.err)
    const { tables, drop, attach } = JSON.parse(done.out) as Statements
    assert.deepEqual(tables, [
      'marketmeter.detached_record_2019_12',
      'marketmeter.detached_call_group_2019_12',
    ])
    assert.equal((await recordsIn(url)).length, 1)

    for (const statement of attach) await runSql(url, statement)
    assert.equal((await recordsIn(url)).length, 2)

    const again = await runToEnd([...words, '--yes'])
    assert.match(
      again.out,
      /^2019-12 is detached\. Its tables are marketmeter\.detached_record_2019_12 and /,
    )
    assert.match(
      again.out,
      /^To keep them: +pg_dump --table=marketmeter\.detached_record_2019_12 --table=.* --file=2019-12\.dump$/m,
    )
    assert(again.out.includes(drop))
    await runSql(url, drop)
    const { code, out } = await runToEnd([...words])
    assert.equal(code, 0)
    assert.match(out, /^2019-12 is detached/)
  })

  it('are told of by whoever reads or verifies, if they are detached', async () => {
    const url = await aLedger()
    await runToEnd(['ledger', 'detach-month', '2019-12', '--ledger', url, '--yes'])
    for (const [words, sentence] of [
      [['records'], 'Not shown, for they were detached: 2019-12.'],
      [
        ['records', '--before-hour', '2020-01-01T00'],
        'Not shown, for they were detached: 2019-12.',
      ],
      [['records', '--from-hour', '2020-01-01T00'], ''],
      [['records', '--before-hour', '2019-12-01T00'], ''],
      [['ledger', 'verify'], 'Not verified, for they were detached: 2019-12.'],
    ] as const) {
      const { code, err } = await runToEnd([...words, '--ledger', url])
      assert.equal(code, 0, err)
      assert.equal(/^Not .*$/m.exec(err)?.[0] ?? '', sentence, words.join(' '))
    }
  })

  for (const [what, words, code, sentence] of [
    ['a month that may still be written', [running()], 1, /Usage of \d{4}-\d\d may still come/],
    ['a month that is not there', ['2018-01'], 1, /There is no 2018-01/],
    ['what is no month', ['2019-13'], 2, /MONTH: expected a month such as 2026-01, got "2019-13"/],
    [
      'a profile that is none',
      ['2019-12', '--profile', 'aws-1999'],
      2,
      /there is no profile "aws-1999"/,
    ],
  ] as const) {
    it(`refuse ${what} in a sentence`, async () => {
      const url = await aLedger()
      const ended = await runToEnd(['ledger', 'detach-month', ...words, '--ledger', url, '--yes'])
      assert.deepEqual([ended.code, ended.out], [code, ''])
      assert.match(ended.err, sentence)
      assert.equal((await recordsIn(url)).length, 2)
    })
  }

  it('refuse a ledger that has none, and a role that may not', async () => {
    const folder = await runToEnd(['ledger', 'months', '--ledger', 'sqlite:nowhere'])
    assert.equal(folder.code, 2)
    assert.match(
      folder.err,
      /is not divided by months\. For a ledger on PostgreSQL give --ledger postgres:/,
    )
    const url = await asHolder(await aLedger())
    const ended = await runToEnd(['ledger', 'detach-month', '2019-12', '--ledger', url, '--yes'])
    assert.equal(ended.code, 3)
    assert.match(ended.err, /The role has no rights for this/)
  })
})

interface Statements {
  readonly tables: readonly string[]
  readonly drop: string
  readonly attach: readonly string[]
}

/** A record in 2019-12 and one in 2020-01. */
async function aLedger(): Promise<string> {
  const url = await emptyLedger(NOW_US)
  const ledger = await openLedger(url, { nowUs: () => NOW_US, soleWriter: true })
  for (const instant of ['2019-12-31T23:00Z', '2020-01-15T11:00Z']) {
    await ledger.hold(aCall(), [aRecord({ hour: Date.parse(instant) / MS_PER_HOUR })])
  }
  await ledger.close()
  await runSql(url, 'analyze marketmeter.record')
  return url
}

async function recordsIn(url: string): Promise<readonly string[]> {
  const { out } = await runToEnd(['records', '--json', '--ledger', url])
  return out.split('\n').filter((line) => line !== '')
}

/** The month that the machine is in. */
function running(): string {
  return new Date().toISOString().slice(0, 7)
}

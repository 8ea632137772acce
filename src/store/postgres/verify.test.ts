import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { AgreementId, Quantity, Region } from '../../core/usage.ts'
import { aCall, aRecord, HOUR, NOON_US, readAll } from '../builders.spec.ts'
import type { LedgerFinding } from '../ledger.ts'
import { bucketOf } from '../../core/billing-line.ts'
import { emptyLedger, openLedger, run, server, skip } from './server.spec.ts'
import { verifyLedger } from './verify.ts'

const BUYERS = [1, 2, 3, 4]
const BUCKET = bucketOf(aRecord({ buyer: 1 }).billingLine)
/** The one record of the first buyer in the last hour. */
const ONE = `hour = ${HOUR} and bucket = ${BUCKET}`

/** One statement that damages a ledger, and what verify must say of it. */
const DAMAGES: readonly (readonly [string, string, RegExp])[] = [
  [
    'a quantity',
    `update record set quantity = quantity + 1 where ${ONE}`,
    /^record .*the checksum/,
  ],
  ['a timestamp', `update record set hour_ms = hour_ms + 1 where ${ONE}`, /the checksum/],
  [
    'a timestamp far off',
    `update record set hour_ms = 3600000 where ${ONE}`,
    /^record .*the timestamp lies outside/,
  ],
  ['the way of naming', `update record set named_by = 0 where ${ONE}`, /the checksum/],
  ['an hour', `update record set hour = hour - 3 where ${ONE}`, /the checksum/],
  [
    'a time of recording',
    `update record set recorded_at_us = recorded_at_us - 100 where ${ONE}`,
    /^record .*its call is not there/,
  ],
  ['a writer', `update record set writer = writer + 1 where ${ONE}`, /its call is not there/],
  ['the place of a call', `update record set call = 9 where ${ONE}`, /its call is not there/],
  ['another call', `update record set call = 1 - call where ${ONE}`, /the checksum/],
  [
    'allocations',
    `update record set allocations = replace(allocations, '2', '3') where allocations is not null`,
    /the checksum/,
  ],
  ['a call', `update call_group set calls = replace(calls, 'request', 'x')`, /the checksum/],
  ['a caller', `update call_group set calls = replace(calls, 'aws-sdk', 'x')`, /the checksum/],
  ['a deleted commit', 'delete from call_group', /^record .*its call is not there/],
  ['deleted records', `delete from record where hour = ${HOUR}`, /^commit .*are gone/],
  ['an agreement of a series', `update series set agreement = 'x'`, /the checksum/],
  ['a seller', `update series set seller = '000000000000'`, /the checksum/],
  ['a buyer', `update series set buyer = '000000000000'`, /^series .*: its billing line/],
  ['a dimension', `update series set dimension = 'x'`, /^series .*: its hash is not/],
  ['a billing line', `update series set billing_line = 'x'`, /^series .*: lies in bucket/],
  ['a deleted series', 'delete from series', /^record .*its series is not there/],
  ['a changed agreement', `update agreement set agreement = 'x'`, /^agreement .*its key is not/],
  ['a deleted agreement', 'delete from agreement', /^record .*its agreement is not there/],
  [
    'a record beside all buckets',
    `update record set bucket = 64 where ${ONE}`,
    /^record: has rows outside the buckets/,
  ],
  [
    'keys that nothing enforces',
    'alter table record drop constraint record_pkey',
    /^record_2026_11: one row a key is not enforced/,
  ],
  [
    'a doubled key, where nothing enforces it',
    `alter table record drop constraint record_pkey; insert into record select * from record where ${ONE}`,
    /^record .*another record has its key/,
  ],
]

describe('verify on PostgreSQL', { skip }, () => {
  it('finds nothing in an empty ledger', async () => {
    assert.deepEqual(await findingsIn(await emptyLedger()), [])
  })

  it('finds nothing in a ledger with allocations, changed agreements and two months', async () => {
    const url = await aLedger()
    const steps: (readonly number[])[] = []
    assert.deepEqual(await findingsIn(url, (...step) => steps.push(step)), [])
    assert.deepEqual(steps.at(-1), [12, 12])
  })

  it('finds nothing amiss while others write', async () => {
    const url = await aLedger()
    const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    const writing = { isOver: false, count: 0 }
    const writer = (async () => {
      for (let buyer = 100; !writing.isOver; buyer++) {
        const record = { ...aRecord({ buyer }), agreement: 'agmt-x' as AgreementId }
        await ledger.hold(aCall(), [aRecord({ buyer, hour: HOUR - 1 }), record])
        writing.count += 2
      }
    })()
    const findings: LedgerFinding[] = []
    while (writing.count < 1_000) findings.push(...(await findingsIn(url)))
    writing.isOver = true
    await writer
    assert.deepEqual(findings, [])
    await ledger.close()
  })

  for (const [what, sql, expected] of DAMAGES) {
    it(`finds ${what}`, async () => {
      const url = await aLedger()
      await run(url, sql)
      const findings = await findingsIn(url)
      const texts = findings.map(({ where, problem }) => `${where}: ${problem}`)
      assert(
        texts.some((text) => expected.test(text)),
        `${expected} is not in:\n${texts.join('\n')}`,
      )
      assert(findings.every(({ severity }) => severity === 'error'))
    })
  }

  it('warns of the same usage in two Regions', async () => {
    const url = await emptyLedger()
    const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    const elsewhere = { ...aRecord({}), region: 'eu-west-1' as Region }
    const another = { ...aRecord({ hour: HOUR - 1 }), region: 'eu-west-1' as Region }
    await ledger.hold(aCall(), [aRecord({}), elsewhere, another])
    await ledger.close()
    const findings = await findingsIn(url)
    assert.deepEqual(
      findings.map(({ severity }) => severity),
      ['warning'],
    )
    assert.match(findings[0]?.problem ?? '', /another Region/)
  })

  it('tells in a sentence that there is no ledger, or that nobody answers', async () => {
    const empty = server().urlOf(await server().createDatabase())
    await assert.rejects(findingsIn(empty), /^LedgerRefused: .* holds no ledger yet/)
    const nowhere = 'postgres://nobody@127.0.0.1:1/usage'
    await assert.rejects(findingsIn(nowhere), /^LedgerRefused: No PostgreSQL answers at/)
  })
})

let template: Promise<string> | undefined

/** Twelve records of four series in three hours of two months, in six calls. */
async function aLedger(): Promise<string> {
  template ??= fill(await emptyLedger())
  return server().urlOf(await server().createDatabase(nameOf(await template)))
}

async function fill(url: string): Promise<string> {
  const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
  const tags = [{ key: 'team', value: 'r\0d' }]
  for (const hour of [HOUR - 24 * 40, HOUR - 1, HOUR]) {
    const records = BUYERS.map((buyer) => ({
      ...aRecord({ buyer, hour, quantity: 2, allocations: [{ quantity: 2 as Quantity, tags }] }),
      agreement: (hour === HOUR ? 'agmt-renewed' : `agmt-${buyer}`) as AgreementId,
    }))
    // Two calls in each commit.
    await Promise.all([
      ledger.hold(aCall({ requestId: 'request-1' }), records),
      ledger.hold(aCall({ requestId: 'request-2' }), records),
    ])
  }
  const records: MeteringRecord[] = await readAll(ledger)
  assert.equal(records.length, 12)
  await ledger.close()
  return url
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

async function findingsIn(
  url: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<LedgerFinding[]> {
  const findings: LedgerFinding[] = []
  for await (const finding of verifyLedger({ url, connectMsMax: 2_000, onProgress })) {
    findings.push(finding)
  }
  return findings
}

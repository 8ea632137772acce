import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { MeteringRecord } from '../../core/metering-record.ts'
import type { AgreementId, Quantity, Region } from '../../core/usage.ts'
import { aCall, aRecord, HOUR, NOON_US } from '../builders.spec.ts'
import type { LedgerFinding } from '../ledger.ts'
import { LedgerReader } from './reader.ts'
import { SqliteLedger } from './sqlite-ledger.ts'
import { withDirectory } from './setting.spec.ts'
import { verifyLedger } from './verify.ts'

/** One statement that damages a ledger, and what verify must say of it. */
const DAMAGES: readonly (readonly [string, string, RegExp])[] = [
  [
    'a quantity',
    'update record set quantity = quantity + 1 where position = 3',
    /position 3: the checksum/,
  ],
  [
    'a timestamp',
    'update record set hour_ms = hour_ms + 1 where position = 3',
    /position 3: the checksum/,
  ],
  [
    'a timestamp far off',
    'update record set hour_ms = 3600000 where position = 3',
    /position 3: the timestamp lies outside/,
  ],
  [
    'the way of naming',
    'update record set named_by = 0 where position = 3',
    /position 3: the checksum/,
  ],
  ['an agreement', `update series set agreement = 'x' where id = 2`, /the checksum/],
  [
    'a buyer',
    `update series set buyer = '000000000000' where id = 2`,
    /series 2: its billing line/,
  ],
  ['a dimension', `update series set dimension = 'x' where id = 2`, /series 2: its hash/],
  [
    'a bucket',
    'update series set bucket = (bucket + 1) % 64 where id = 2',
    /series 2: lies in bucket/,
  ],
  [
    'a hash',
    `update series set fingerprint = x'00112233445566778899' where id = 2`,
    /series 2: its hash/,
  ],
  [
    'allocations',
    `update record set allocations = replace(allocations, '2', '3') where allocations is not null`,
    /the checksum/,
  ],
  ['a call', `update call set request_id = 'x' where id = 1`, /the checksum/],
  ['a caller', `update caller set user_agent = 'x'`, /the checksum/],
  ['a time of recording', 'update call set recorded_at_us = 1 where id = 2', /was recorded before/],
  ['a deleted record', 'delete from record where position = 3', /position 3: no record is there/],
  [
    'deleted records',
    'delete from record where position between 3 and 5',
    /position 3 to 5: no record/,
  ],
  [
    'the last record, taken away',
    'delete from record where position = (select max(position) from record)',
    /call 3: the call added 4 records, and 3 are there/,
  ],
  [
    'the last call, taken away whole',
    `delete from record where call = 3; delete from call where id = 3; delete from hour_state where hour = ${HOUR}`,
    /position 9 to 12: the newest records are gone/,
  ],
  [
    'a moved record',
    'update record set position = 100 where position = 3',
    /position 100: the checksum/,
  ],
  [
    'a client token',
    `insert into client_token values (x'00', x'00112233445566778899aabbccddeeff', 0, 1)`,
    /client token 00: it is no client token/,
  ],
  ['a deleted series', 'delete from series where id = 2', /there is no series 2/],
  ['a deleted call', 'delete from call where id = 1', /there is no call 1/],
  [
    'a doubled key of an open hour',
    `insert into record select 13, call, series, hour, quantity, hour_ms, checksum, named_by, agreement, allocations from record where position = 12`,
    /position 13: has the same key as position 12/,
  ],
  [
    'a doubled key of a closed hour',
    `insert into record select 13, call, series, hour, quantity, hour_ms, checksum, named_by, agreement, allocations from record where position = 2`,
    /position 13: has the same key as position 2/,
  ],
  ['a deleted key', 'delete from record_key where position = 2', /position 2: its key is missing/],
  [
    'a key of nothing',
    'insert into record_key values (1, 1, 99)',
    /hour 1, series 1: the key names position 99/,
  ],
  [
    'a deleted series key',
    'delete from series_key where series = 2',
    /series 2: its key is missing/,
  ],
  ['a deleted hour', `delete from hour_state where hour = ${HOUR}`, /has no state/],
  [
    'an hour of nothing',
    `insert into hour_state values (1, 'memory', 1)`,
    /hour 1: the hour has a state but no record/,
  ],
  [
    'an hour that begins too late',
    `update hour_state set first_position = 12 where hour = ${HOUR}`,
    /before the first position 12/,
  ],
  [
    'a swapped order',
    `update record set position = -1 where position = 3; update record set position = 3 where position = 4; update record set position = 4 where position = -1`,
    /has a smaller id/,
  ],
]

describe('verify', () => {
  it(
    'finds nothing in a ledger with closed and open hours, allocations and changed agreements',
    withDirectory(async (directory) => {
      const file = await aLedger(directory)
      const steps: number[] = []
      assert.deepEqual(await findingsIn(file, (done) => steps.push(done)), [])
      assert.deepEqual(steps, [12])
    }),
  )

  it(
    'finds nothing in an empty ledger, nor in one that is being written',
    withDirectory(async (directory) => {
      const file = `${directory}/ledger.db`
      const ledger = await SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: 0 })
      assert.deepEqual(await findingsIn(file), [])
      await ledger.hold(aCall(), [aRecord({})])
      assert.deepEqual(await findingsIn(file), [])
      await ledger.close()
    }),
  )

  for (const [what, sql, finding] of DAMAGES) {
    it(
      `finds ${what}`,
      withDirectory(async (directory) => {
        const file = await aLedger(directory)
        const database = new DatabaseSync(file)
        database.exec(sql)
        database.close()
        const findings = await findingsIn(file)
        const texts = findings.map(({ where, problem }) => `${where}: ${problem}`)
        assert(
          texts.some((text) => finding.test(text)),
          `${finding} is not in:\n${texts.join('\n')}`,
        )
        assert(findings.every(({ severity }) => severity === 'error'))
      }),
    )
  }

  it(
    'finds any flipped byte that changes what is read, and ends whatever was flipped',
    withDirectory(async (directory) => {
      const file = await aLedger(directory)
      const original = await recordsIn(file)
      const bytes = readFileSync(file)
      let found = 0
      for (let offset = 17; offset < bytes.length; offset += 331) {
        const flipped = Buffer.from(bytes)
        flipped.writeUInt8(flipped.readUInt8(offset) ^ 0x11, offset)
        writeFileSync(file, flipped)
        const findings = await findingsIn(file).catch(String)
        if (findings.length > 0) found++
        else assert.deepEqual(await recordsIn(file), original, `byte ${offset}`)
      }
      assert(found > 10, `${found} found`)
    }),
  )

  it(
    'warns of the same usage in two Regions',
    withDirectory(async (directory) => {
      const file = `${directory}/ledger.db`
      const ledger = await SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: 0 })
      const elsewhere = { ...aRecord({}), region: 'eu-west-1' as Region }
      const another = { ...aRecord({ hour: HOUR - 1 }), region: 'eu-west-1' as Region }
      await ledger.hold(aCall(), [aRecord({}), elsewhere, another])
      await ledger.close()
      const findings = await findingsIn(file)
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['warning'],
      )
      assert.match(findings[0]?.problem ?? '', /another Region/)
    }),
  )
})

/** Twelve records of four series in three hours, the first of which is closed, in three calls. */
async function aLedger(directory: string): Promise<string> {
  const file = `${directory}/ledger.db`
  let nowUs = NOON_US - 10 * MS_PER_HOUR * 1_000
  const ledger = await SqliteLedger.open({ file, nowUs: () => nowUs, windowMs: 3 * MS_PER_HOUR })
  const buyers = [1, 2, 3, 4]
  await ledger.hold(
    aCall({ requestId: 'first' }),
    buyers.map((buyer) => aRecord({ buyer, hour: HOUR - 10, quantity: buyer })),
  )
  nowUs = NOON_US
  ledger.maintain()
  const tags = [{ key: 'team', value: 'red' }]
  for (const hour of [HOUR - 1, HOUR]) {
    await ledger.hold(
      aCall({ requestId: `of ${hour}` }),
      buyers.map((buyer) => ({
        ...aRecord({ buyer, hour, quantity: 2, allocations: [{ quantity: 2 as Quantity, tags }] }),
        agreement: (buyer === 1 ? 'agmt-renewed' : `agmt-${buyer}`) as AgreementId,
      })),
    )
  }
  ledger.maintain()
  await ledger.close()
  return file
}

async function recordsIn(file: string): Promise<MeteringRecord[]> {
  const reader = new LedgerReader(file)
  try {
    return [...reader.read({ countMax: 1_000 }).records]
  } finally {
    reader.close()
  }
}

async function findingsIn(
  file: string,
  onStep: (recordsDone: number) => void = () => undefined,
): Promise<LedgerFinding[]> {
  const reader = new LedgerReader(file)
  try {
    const progress = ({ recordsDone }: { recordsDone: number }) => onStep(recordsDone)
    const findings: LedgerFinding[] = []
    for await (const finding of verifyLedger(reader, progress)) findings.push(finding)
    return findings
  } finally {
    reader.close()
  }
}

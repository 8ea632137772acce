/** What is stored of a record is enough to prove its checksum: all that `verify` will need is there. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { bucketOf } from '../../core/billing-line.ts'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { MeteringRecord, NewRecord } from '../../core/metering-record.ts'
import type { AgreementId, Quantity } from '../../core/usage.ts'
import { aCall, aRecord, HOUR, NOON_US, readAll } from '../builders.spec.ts'
import { agreementChecksum, callChecksum, recordChecksum, seriesChecksum } from '../checksum.ts'
import { fingerprintOf } from '../record-id.ts'
import { NAMED_BY } from '../stored-record.ts'
import { positionOf } from './bucket-commit.ts'
import { emptyLedger, openLedger, skip } from './server.spec.ts'

interface StoredSum {
  readonly hour: number
  readonly writer: number
  readonly call: number
  readonly checksum: number
  readonly allocations: string | null
}

describe('the checksum of a record', { skip }, () => {
  it('follows from what is read back, hour by hour', async () => {
    const url = await emptyLedger()
    const ledger = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
    const allocations = [{ quantity: 7 as Quantity, tags: [{ key: 'team', value: 'r\0d' }] }]
    const offered: NewRecord[] = [
      aRecord({ hour: HOUR, quantity: 7, allocations }),
      { ...aRecord({ hour: HOUR - 1 }), agreement: 'agmt-renewed' as AgreementId },
      { ...aRecord({ hour: HOUR - 2 }), namedBy: 'license' },
    ]
    // Two calls in one commit, so that a call is told by its place.
    await Promise.all([
      ledger.hold(aCall({ requestId: 'first' }), offered.slice(0, 1)),
      ledger.hold(aCall({ requestId: 'second' }), offered.slice(1)),
    ])
    const records = await readAll(ledger)
    const sums = await storedSums(url)
    assert.equal(sums.length, offered.length)
    for (const stored of sums) {
      const record = records.find(({ hour }) => hour === stored.hour)
      assert(record)
      assert.equal(sumOf(record, stored), stored.checksum)
    }
  })
})

function sumOf(record: MeteringRecord, { writer, call, allocations }: StoredSum): number {
  // The series keeps the agreement of its first record; the checksum covers the record's own.
  return recordChecksum({
    position: positionOf(writer, call),
    hour: record.hour,
    hourMs: record.timestampMs - record.hour * MS_PER_HOUR,
    quantity: record.quantity,
    namedBy: NAMED_BY.indexOf(record.namedBy),
    recordedAtUs: record.recordedAtUs,
    seriesChecksum: seriesChecksum({
      ...record,
      fingerprint: fingerprintOf(record),
      bucket: bucketOf(record.billingLine),
    }),
    callChecksum: callChecksum(record.call),
    agreementChecksum: agreementChecksum(record.agreement, record.licenseArn),
    allocations,
  })
}

async function storedSums(url: string): Promise<readonly StoredSum[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<StoredSum>(
      'select hour, writer, call, checksum, allocations from marketmeter.record',
    )
    return rows
  } finally {
    await client.end()
  }
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchAnswer } from './match.ts'
import type { MeteredRecord } from './outcome.ts'
import { aRecord, recordsOf } from './peer.spec.ts'
import type { Item } from './plan.ts'
import { sentUsageRecordOf } from './usage-record.ts'

const itemsOf = (records: readonly MeteredRecord[]): Item[] =>
  records.map((record, index) => ({
    index,
    record: sentUsageRecordOf(record),
    productCode: '',
    company: 'any',
  }))

const echoOf = ({ productCode: _, ...record }: MeteredRecord) => ({
  Dimension: record.Dimension,
  Quantity: record.Quantity,
  CustomerAWSAccountId: record.CustomerAWSAccountId,
  Timestamp: new Date(record.Timestamp),
})

test('each record gets the result of its own content, in whatever order results come', () => {
  const records = recordsOf(25)
  const order = fc.shuffledSubarray([...records.keys()], { minLength: 25 })
  fc.assert(
    fc.property(order, (places) => {
      const Results = places.map((place) => ({
        UsageRecord: echoOf(records[place]!),
        MeteringRecordId: String(place),
        Status: 'Success' as const,
      }))
      const { settled } = matchAnswer(itemsOf(records), { Results })
      assert.equal(settled.length, 25)
      for (const [{ index }, outcome] of settled) {
        assert.deepEqual(outcome, { status: 'success', meteringRecordId: String(index) })
      }
    }),
  )
})

test('of equal records some may be taken and some left', () => {
  const items = itemsOf([aRecord(), aRecord(), aRecord()])
  const echo = echoOf(aRecord())
  const answer = {
    Results: [{ UsageRecord: echo, Status: 'Success' as const }],
    UnprocessedRecords: [echo],
  }
  const { settled, unprocessed, unnamed } = matchAnswer(items, answer)
  assert.deepEqual([settled.length, unprocessed.length, unnamed.length], [1, 1, 1])
})

test('results of other records, or of none, settle nothing', () => {
  const echo = echoOf(aRecord({ Quantity: 99 }))
  const answer = { Results: [{ UsageRecord: echo }, { Status: 'Success' as const }, {}] }
  const { settled, unnamed } = matchAnswer(itemsOf([aRecord()]), answer)
  assert.deepEqual([settled.length, unnamed.length], [0, 1])
})

test('an answer without lists names nobody', () => {
  assert.equal(matchAnswer(itemsOf([aRecord()]), {}).unnamed.length, 1)
})

test('a quantity left out is 0, in the record and in the echo', () => {
  const items = itemsOf([aRecord({ Quantity: undefined })])
  const UsageRecord = echoOf(aRecord({ Quantity: 0 }))
  assert.equal(matchAnswer(items, { UnprocessedRecords: [UsageRecord] }).unprocessed.length, 1)
})

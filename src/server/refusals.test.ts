/** What is told to our own surfaces of usage that was not taken, and what is not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refusal } from '../core/errors.ts'
import type { RefusedRecord } from '../core/refused-record.ts'
import type { MeteringRecordId, Quantity } from '../core/usage.ts'
import {
  aCall,
  anAllocation,
  aUsageRecord,
  NOON,
  nowAt,
  OTHER_SELLER,
  PRODUCT,
  REGION,
  SELLER,
} from '../testing/builders.ts'
import { Refused } from '../wire/refused.ts'
import { noteRefusals, noteRefusedBatch } from './refusals.ts'
import type { CallContext, Observer } from './service.ts'
import type { SettledRecord } from './settle.ts'

const call = aCall()
const context: CallContext = {
  now: nowAt(NOON),
  region: REGION,
  signer: { account: SELLER, accessKeyId: call.accessKeyId },
  call,
  bytes: 200,
}
const facts = {
  seller: SELLER,
  atMs: NOON,
  requestId: call.requestId,
  accessKeyId: call.accessKeyId,
  signer: SELLER,
  address: '127.0.0.1',
  userAgent: 'test',
  region: REGION,
  operation: 'BatchMeterUsage',
  productCode: PRODUCT,
}
const usage = aUsageRecord()
const held = {
  id: '079a2a2d-6a1b-8000-9abc-0123456789ab' as MeteringRecordId,
  quantity: 5 as Quantity,
  allocations: [anAllocation(5)],
  added: false,
}
const kept = { id: held.id, quantity: held.quantity }

describe('a settled record', () => {
  const rows: readonly (readonly [string, SettledRecord, object | undefined])[] = [
    ['added', { usage, outcome: 'added', held, allocationsDiffer: false }, undefined],
    ['repeated', { usage, outcome: 'repeated', held, allocationsDiffer: false }, undefined],
    [
      'unavailable',
      { usage, outcome: 'unavailable', reason: 'r', allocationsDiffer: false },
      undefined,
    ],
    [
      'conflicting',
      { usage, outcome: 'conflicting', held, reason: 'r', allocationsDiffer: false },
      { code: 'DuplicateRecord', reason: 'r', held: kept },
    ],
    [
      'notSubscribed',
      { usage, outcome: 'notSubscribed', reason: 'r', allocationsDiffer: false },
      { code: 'CustomerNotSubscribed', reason: 'r' },
    ],
    [
      'repeated with other allocations',
      { usage, outcome: 'repeated', held, allocationsDiffer: true },
      {
        code: 'AllocationsDiffer',
        reason: 'the hour is held with the same quantity but other allocations, which stay',
        held: kept,
      },
    ],
  ]
  for (const [name, settled, told] of rows) {
    it(`that is ${name} is ${told ? 'told' : 'not told'}`, () => {
      const refused = listening((observer) =>
        noteRefusals(observer, context, { code: PRODUCT, seller: SELLER }, [settled]),
      )
      assert.deepEqual(refused, told ? [{ ...facts, usage, ...told }] : [])
    })
  }
})

describe('a batch that is refused', () => {
  const cause = refusal('InvalidUsageDimensionException', 'no such dimension', 1)

  it('is told with the record that is to blame', () => {
    const batch = { productCode: PRODUCT, records: [aUsageRecord(), usage] }
    const refused = listening((observer) =>
      noteRefusedBatch(observer, context, new Refused(cause, batch)),
    )
    assert.deepEqual(refused, [{ ...facts, usage, code: cause.code, reason: cause.reason }])
  })

  it('is told to the seller of what a buyer signed for, with what is held', () => {
    const batch = { productCode: PRODUCT, records: [aUsageRecord(), usage] }
    const about = { seller: OTHER_SELLER, held: kept }
    const refused = listening((observer) =>
      noteRefusedBatch(observer, context, new Refused(cause, batch, about)),
    )
    const { code, reason } = cause
    assert.deepEqual(refused, [{ ...facts, usage, code, reason, ...about }])
  })

  it('is told without one where it could not be read', () => {
    const refused = listening((observer) => noteRefusedBatch(observer, context, new Refused(cause)))
    assert.deepEqual(refused, [
      { ...facts, productCode: '', code: cause.code, reason: cause.reason },
    ])
  })
})

function listening(work: (observer: Observer) => void): RefusedRecord[] {
  const refused: RefusedRecord[] = []
  const ignore = (): void => undefined
  work({ answered: ignore, settled: ignore, failed: ignore, refused: (one) => refused.push(one) })
  return refused
}

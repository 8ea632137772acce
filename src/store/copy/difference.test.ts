import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MeteringRecord } from '../../core/metering-record.ts'
import { aCall, aRecord, NOON_US } from '../builders.spec.ts'
import { recordIdOf } from '../record-id.ts'
import { differenceOf } from './difference.ts'

const RECORD: MeteringRecord = {
  ...aRecord({}),
  id: recordIdOf(aRecord({})),
  recordedAtUs: NOON_US,
  call: aCall(),
}
const SHARED = [{ quantity: 1, tags: [{ key: 'team', value: 'red' }] }]

const ROWS: readonly (readonly [what: string, other: object, severity: string, problem: RegExp])[] =
  [
    ['a quantity', { quantity: 2 }, 'error', /^the target holds quantity 2 instead of 1$/],
    ['allocations', { allocations: SHARED }, 'error', /allocations \[\{.*red.* instead of none$/],
    ['a product', { product: 'x' }, 'error', /product x instead of/],
    ['a seller', { seller: 'x' }, 'error', /seller x instead of/],
    ['a buyer', { buyer: 'x' }, 'error', /buyer x instead of/],
    ['an agreement', { agreement: 'x' }, 'error', /agreement x instead of agmt-1$/],
    ['a license', { licenseArn: 'x' }, 'error', /licenseArn x instead of/],
    ['two facts', { quantity: 2, agreement: 'x' }, 'error', /quantity 2 instead of 1, agreement x/],
    ['a timestamp', { timestampMs: 1 }, 'warning', /took it by itself \(timestampMs\)$/],
    ['the way of naming', { namedBy: 'license' }, 'warning', /\(namedBy\)$/],
    ['when it was recorded', { recordedAtUs: 1 }, 'warning', /\(recordedAtUs\)$/],
    ['a call', { call: aCall({ requestId: 'x' }) }, 'warning', /\(call\)$/],
    [
      'a quantity and a call',
      { quantity: 2, call: aCall({ requestId: 'x' }) },
      'error',
      /quantity/,
    ],
  ]

describe('the difference between a record and the one in the target', () => {
  it('is none where every fact is the same', () => {
    const again = JSON.parse(JSON.stringify(RECORD)) as MeteringRecord
    assert.equal(differenceOf(RECORD, again), undefined)
  })

  for (const [what, other, severity, problem] of ROWS) {
    it(`is ${severity === 'error' ? 'an error' : 'a warning'} where ${what} differs`, () => {
      const finding = differenceOf(RECORD, changed(other))
      assert.equal(finding?.severity, severity)
      assert.match(finding.problem, problem)
      assert.equal(finding.where, `record ${RECORD.id}`)
    })
  }
})

function changed(by: object): MeteringRecord {
  return Object.assign({}, RECORD, by)
}

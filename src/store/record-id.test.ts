import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BillingLine, HourKey } from '../core/billing-line.ts'
import type { UsageHour } from '../core/hour.ts'
import type { Dimension, Region } from '../core/usage.ts'
import { fingerprintOf, parseRecordId, recordIdOf } from './record-id.ts'

const SINGLE = '4w1sbgfkdrl0bqj1j6gf93k2b#123456789012'
const LICENSE = 'arn:aws:license-manager::123456789012:license:l-0123456789abcdef0123456789abcdef'

// Frozen. A change here means that every ledger in the world would book its usage a second time.
const VECTORS: readonly (readonly [string, HourKey])[] = [
  ['078a142f-347f-8000-a81c-4f9cfc385c2d', key('us-east-1', SINGLE, 'requests', '', 494_100)],
  ['078a152f-347f-8000-a81c-4f9cfc385c2d', key('us-east-1', SINGLE, 'requests', '', 494_101)],
  ['078a142f-b0c6-8000-b375-b5ff80cfc36c', key('eu-west-1', SINGLE, 'requests', '', 494_100)],
  ['00000018-5ef7-8000-bb16-362c8387bcc7', key('us-east-1', LICENSE, 'users', 'i-1', 0)],
  [
    'ffffff21-1109-8000-9c86-0228db545135',
    key('us-east-1', 'p#000000000000', 'd\0\ud800', '', 0xffffff),
  ],
]

describe('the metering record id', () => {
  for (const [id, hourKey] of VECTORS) {
    it(`${id} belongs to its key for ever, and names its hour and series`, () => {
      assert.equal(recordIdOf(hourKey), id)
      const parts = parseRecordId(id)
      assert.equal(parts?.hour, hourKey.hour)
      assert.equal(parts.fingerprint, fingerprintOf(hourKey))
      assert.equal(parts.revision, 0)
    })
  }

  it('keeps apart what would be one text if the parts were merely put together', () => {
    const ids = [
      recordIdOf(key('us-east-1', 'a#1', 'bc', '', 1)),
      recordIdOf(key('us-east-1', 'a#1', 'b', 'c', 1)),
      recordIdOf(key('us-east-1', 'a#1', '', 'bc', 1)),
      recordIdOf(key('us-east-1', 'a#1b', 'c', '', 1)),
    ]
    assert.equal(new Set(ids).size, ids.length)
  })

  for (const foreign of [
    '',
    'c0ffee',
    '078a142f-347f-4000-a81c-4f9cfc385c2d',
    '078a142f-347f-8000-c81c-4f9cfc385c2d',
    '078A142F-347F-8000-A81C-4F9CFC385C2D',
    '078a1440-347f-8000-a81c-4f9cfc385c2d',
    '078a142f-347f-8000-a81c-4f9cfc385c2d ',
  ]) {
    it(`takes ${JSON.stringify(foreign)} for none of ours`, () => {
      assert.equal(parseRecordId(foreign), undefined)
    })
  }
})

function key(
  region: string,
  billingLine: string,
  dimension: string,
  resource: string,
  hour: number,
): HourKey {
  return {
    region: region as Region,
    billingLine: billingLine as BillingLine,
    dimension: dimension as Dimension,
    resource,
    hour: hour as UsageHour,
  }
}

/**
 * Frozen: what is built here is stored for ever, in every ledger. A failing row means a change that would bill
 * the same usage twice; the row is right.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import {
  type BillingLine,
  billingLineOfLicense,
  billingLineOfProduct,
  bucketOf,
} from './billing-line.ts'
import type { AccountId, LicenseArn, ProductCode } from './usage.ts'

const LINES = [
  {
    line: billingLineOfProduct(
      '4w1sbgfkdrl0bqj1j6gf93k2b' as ProductCode,
      '111122223333' as AccountId,
    ),
    text: '4w1sbgfkdrl0bqj1j6gf93k2b#111122223333',
    bucket: 45,
  },
  {
    line: billingLineOfProduct(
      'n0123EXAMPLEXXXXXXXXXXXX' as ProductCode,
      '000000000001' as AccountId,
    ),
    text: 'n0123EXAMPLEXXXXXXXXXXXX#000000000001',
    bucket: 21,
  },
  {
    line: billingLineOfLicense(
      'arn:aws:license-manager::294406891311:license:l-9d01d15f86334a8894365cd7350556ff' as LicenseArn,
    ),
    text: 'arn:aws:license-manager::294406891311:license:l-9d01d15f86334a8894365cd7350556ff',
    bucket: 18,
  },
] as const

/** The check value that CRC-32 (ISO-HDLC) is known by is 0xcbf43926, for the digits 1 to 9. */
const BUCKETS = [
  ['123456789', 38],
  ['', 0],
  ['a', 3],
] as const

describe('a billing line', () => {
  for (const { line, text, bucket } of LINES) {
    it(`is ${text}, in bucket ${bucket}`, () => {
      assert.equal(line, text)
      assert.equal(bucketOf(line), bucket)
    })
  }

  for (const [text, bucket] of BUCKETS) {
    it(`of the text '${text}' is in bucket ${bucket}`, () => {
      assert.equal(bucketOf(text as BillingLine), bucket)
    })
  }

  it('is in the bucket that the CRC-32 of its bytes, modulo 64, gives', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 300 })
    fc.assert(
      fc.property(ascii, (text) => {
        assert.equal(bucketOf(text as BillingLine), crc32(text) % 64)
      }),
    )
  })
})

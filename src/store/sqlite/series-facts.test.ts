import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { UsageHour } from '../../core/hour.ts'
import type { AgreementId, LicenseArn } from '../../core/usage.ts'
import { agreementChecksum } from '../checksum.ts'
import { idHeadOf, idTailOf } from '../record-id.ts'
import { SeriesFacts } from './series-facts.ts'
import type { Bucket } from '../../core/billing-line.ts'

const digits = (count: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${count}}$`))

const arbitraryFacts = fc.record({
  series: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
  fingerprint: fc
    .tuple(digits(4), fc.constantFrom('8', '9', 'a', 'b'), digits(15))
    .map((parts) => parts.join('')),
  bucket: fc.integer({ min: 0, max: 63 }),
  checksum: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  agreement: fc.constantFrom('agmt-1', 'agmt-2') as fc.Arbitrary<AgreementId>,
  licenseArn: fc.constantFrom('arn:1', 'arn:2') as fc.Arbitrary<LicenseArn>,
})

const arbitraryLoaded = fc.uniqueArray(arbitraryFacts, {
  selector: ({ series }) => series,
  minLength: 1,
  maxLength: 20,
})

test('each series gives back what was set, whatever was set beside it', () => {
  fc.assert(
    fc.property(arbitraryLoaded, fc.integer({ min: 0, max: 0xff_ffff }), (loaded, number) => {
      const facts = new SeriesFacts()
      for (const one of loaded) facts.set(one.series, one)
      const hour = number as UsageHour
      for (const { series, fingerprint, bucket, checksum, agreement, licenseArn } of loaded) {
        const id = idHeadOf(hour, bucket as Bucket) + idTailOf(fingerprint)
        assert.equal(facts.recordIdOf(series, hour), id)
        assert.equal(facts.checksumOf(series), checksum)
        assert.deepEqual(facts.agreementOf(series), {
          agreement,
          licenseArn,
          checksum: agreementChecksum(agreement, licenseArn),
        })
      }
    }),
  )
})

test('order, and then the rest of the hash, order series as their ids do', () => {
  const hour = 490_000 as UsageHour
  const near = fc.constantFrom('00008000', '00008001', '0000ffff', 'ffff8000')
  const ends = fc.constantFrom('000000000000', '00007fffffff', '000080000000', 'ffffffffffff')
  const one = fc.record({ start: near, end: ends, bucket: fc.constantFrom(0, 1, 63) })
  fc.assert(
    fc.property(one, one, (left, right) => {
      const facts = new SeriesFacts()
      const shared = { checksum: 0, agreement: '' as AgreementId, licenseArn: '' as LicenseArn }
      const sides = [left, right] as const
      sides.forEach(({ start, end, bucket }, index) => {
        facts.set(index + 1, { fingerprint: start + end, bucket, ...shared })
      })
      const order = facts.orderOf(1) - facts.orderOf(2) || facts.compareHashes(1, 2)
      const [leftId, rightId] = [facts.recordIdOf(1, hour), facts.recordIdOf(2, hour)]
      assert.equal(Math.sign(order), leftId < rightId ? -1 : Number(leftId > rightId))
    }),
  )
})

test('a series that was not set is named', () => {
  assert.throws(() => new SeriesFacts().agreementOf(7), {
    name: 'RangeError',
    message: 'series 7 is not loaded',
  })
})

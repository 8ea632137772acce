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
  id: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
  fingerprint: fc
    .tuple(digits(4), fc.constantFrom('8', '9', 'a', 'b'), digits(15))
    .map((parts) => parts.join('')),
  bucket: fc.integer({ min: 0, max: 63 }),
  checksum: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  agreement: fc.constantFrom('agmt-1', 'agmt-2') as fc.Arbitrary<AgreementId>,
  licenseArn: fc.constantFrom('arn:1', 'arn:2') as fc.Arbitrary<LicenseArn>,
})

const arbitraryLoaded = fc.uniqueArray(arbitraryFacts, {
  selector: ({ id }) => id,
  minLength: 1,
  maxLength: 20,
})

test('each series gives back what was added, whatever was added or taken away beside it', () => {
  const hours = fc.integer({ min: 0, max: 0xff_ffff })
  fc.assert(
    fc.property(arbitraryLoaded, arbitraryLoaded, hours, (first, then, number) => {
      const facts = new SeriesFacts()
      const kept = new Map(first.map((one) => [facts.add(one), one]))
      for (const slot of [...kept.keys()].filter((slot) => slot % 3 === 0)) {
        facts.remove(slot)
        kept.delete(slot)
      }
      for (const one of then) kept.set(facts.add(one), one)
      assert.equal(kept.size, first.length - Math.ceil(first.length / 3) + then.length)
      const hour = number as UsageHour
      for (const [slot, one] of kept) {
        const { id, fingerprint, bucket, checksum, agreement, licenseArn } = one
        assert.equal(facts.idOf(slot), id)
        assert.equal(
          facts.recordIdOf(slot, hour),
          idHeadOf(hour, bucket as Bucket) + idTailOf(fingerprint),
        )
        assert.equal(facts.checksumOf(slot), checksum)
        assert.deepEqual(facts.agreementOf(slot), {
          agreement,
          licenseArn,
          checksum: agreementChecksum(agreement, licenseArn),
        })
      }
    }),
  )
})

test('memory is for the series that were added, however far apart their numbers are', () => {
  const facts = new SeriesFacts()
  const one = { fingerprint: '0'.repeat(20), bucket: 0, checksum: 0 }
  const agreement = { agreement: '' as AgreementId, licenseArn: '' as LicenseArn }
  for (let id = 1; id <= 8_192; id++) facts.add({ id: id * 50_000, ...one, ...agreement })
  assert.equal(facts.bytes, 8_192 * 32)
  facts.remove(0)
  facts.add({ id: 7, ...one, ...agreement })
  assert.equal(facts.bytes, 8_192 * 32)
  facts.add({ id: 8, ...one, ...agreement })
  assert.equal(facts.bytes, 2 * 8_192 * 32)
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
      sides.forEach(({ start, end, bucket }, slot) => {
        assert.equal(facts.add({ id: 1, fingerprint: start + end, bucket, ...shared }), slot)
      })
      const order = facts.orderOf(0) - facts.orderOf(1) || facts.compareHashes(0, 1)
      const [leftId, rightId] = [facts.recordIdOf(0, hour), facts.recordIdOf(1, hour)]
      assert.equal(Math.sign(order), leftId < rightId ? -1 : Number(leftId > rightId))
    }),
  )
})

test('a slot that is free has no agreement', () => {
  const facts = new SeriesFacts()
  const agreement = { agreement: '' as AgreementId, licenseArn: '' as LicenseArn }
  const free = facts.add({ id: 1, fingerprint: '', bucket: 0, checksum: 0, ...agreement })
  facts.remove(free)
  for (const slot of [free, free + 1, 1_000_000]) {
    assert.throws(() => facts.agreementOf(slot), {
      name: 'RangeError',
      message: `no series has the slot ${slot}`,
    })
  }
})

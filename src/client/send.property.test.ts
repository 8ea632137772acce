import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ErrorCode } from '../core/errors.ts'
import type { MeteredRecord } from './outcome.ts'
import { clientOf, ledgerScript, NOW, type PeerRecord, startPeer } from './peer.spec.ts'

// A record says by its dimension what the service thinks of it, so that any set of records may be bad.
const DIMENSIONS = ['good', 'gb', 'slow', 'bad', 'badTag'] as const
const RECORD_ERRORS: Readonly<Record<string, ErrorCode>> = {
  bad: 'InvalidUsageDimensionException',
  badTag: 'InvalidTagException',
}
const ATTEMPTS = 3

const buyer = fc.oneof(
  fc.nat(40).map((one) => ({ CustomerAWSAccountId: String(100_000_000_000 + one) })),
  fc.nat(10).map((one) => ({ CustomerIdentifier: `customer-${one}` })),
  fc.nat(10).map((one) => ({
    CustomerAWSAccountId: String(200_000_000_000 + one),
    LicenseArn: `arn:aws:license-manager::294406891311:license:l-${one}`,
  })),
)

const record = fc
  .record({
    buyer,
    productCode: fc.constantFrom('product-a', 'product-b'),
    Dimension: fc.constantFrom(...DIMENSIONS),
    Quantity: fc.nat(2),
    minutesAgo: fc.integer({ min: 0, max: 180 }),
  })
  .map(({ buyer, minutesAgo, ...members }) => ({
    ...members,
    ...buyer,
    Timestamp: new Date(NOW.getTime() - minutesAgo * 60_000),
  }))

test('whatever is sent, each record has the one outcome that its content earns', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 120 }), fc.nat(7), async (records, slowness) => {
      await using peer = await startPeer(
        ledgerScript({
          bad: ({ Dimension }) => RECORD_ERRORS[Dimension],
          isUnprocessed: isSlow(slowness),
        }),
      )
      using client = clientOf(peer, { attemptsMax: ATTEMPTS })
      const outcomes = await client.send(records, { now: NOW })
      assert.deepEqual(
        outcomes.map((one) => (one.status === 'refused' ? one.errorName : one.status)),
        expectedOf(records),
      )
      assert.ok(peer.calls.length <= callsMax(records.length), `${peer.calls.length} calls`)
    }),
    { numRuns: 60 },
  )
})

/** Leaves a slow record unprocessed on all calls but every so many, and never oftener than attempts allow. */
function isSlow(slowness: number): (record: PeerRecord) => boolean {
  const left = new Map<string, number>()
  return (one) => {
    if (one.Dimension !== 'slow') return false
    const text = JSON.stringify(one)
    const count = left.get(text) ?? slowness % ATTEMPTS
    left.set(text, count - 1)
    return count > 0
  }
}

/** The first given of an hour wins; bad ones are refused whoever stands beside them. */
function expectedOf(records: readonly MeteredRecord[]): string[] {
  const held = new Map<string, number>()
  return records.map((one) => {
    const error = RECORD_ERRORS[one.Dimension]
    if (error !== undefined) return error
    const hour = Math.floor(Number(one.Timestamp) / 3_600_000)
    const product = one.LicenseArn ?? one.productCode
    const names = [product, one.CustomerAWSAccountId, one.CustomerIdentifier, one.Dimension, hour]
    const key = JSON.stringify(names)
    const quantity = held.get(key) ?? one.Quantity ?? 0
    held.set(key, quantity)
    return quantity === one.Quantity ? 'success' : 'duplicate'
  })
}

/** Each record stands alone at worst, below at most one refused request for each other, each with its attempts. */
function callsMax(count: number): number {
  return 2 * count * ATTEMPTS
}

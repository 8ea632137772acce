import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { AccountId, CustomerIdentifier, LicenseArn, ProductCode } from '../../core/usage.ts'
import { ControlState } from '../control-state.ts'
import { masterKeyOf, ringOf } from '../keys/master-keys.ts'
import { openSecret } from '../keys/secrets.ts'
import { MemoryControlStore } from '../../store/control-memory.ts'
import { readDemoCatalog, seedDemoCatalog } from './demo.ts'

const NOW_MS = Date.parse('2026-11-23T12:34:56Z')
const DAY_MS = 86_400_000

test('the demo catalog fills an empty ledger, and again changes nothing, even a month later', async () => {
  const ring = ringOf([masterKeyOf(randomBytes(32))])
  const state = await ControlState.open(new MemoryControlStore())
  assert.deepEqual(await seedDemoCatalog(state, ring, NOW_MS), [])
  const { version, index } = state
  assert.deepEqual(await seedDemoCatalog(state, ring, NOW_MS + 30 * DAY_MS), [])
  assert.equal(state.version, version)
  assert.equal(index.purpose, 'demo')

  const product = index.product('4w1sbgfkdrl0bqj1j6gf93k2b' as ProductCode)
  assert.ok(product)
  const buyer = index.buyerOf(product.seller, 'X01DEMOACTV' as CustomerIdentifier)
  assert.equal(buyer, '222233334444')
  const [agreement] = index.agreementsOf(product.code, '222233334444' as AccountId)
  assert.equal(agreement?.startMs, NOW_MS - 30 * DAY_MS)
  const license =
    'arn:aws:license-manager::123456789012:license:l-de300000000000000000000000000003' as LicenseArn
  const cancelled = index.agreementByLicense(license)
  assert.equal(cancelled?.endMs, NOW_MS - 2 * DAY_MS)

  for (const key of readDemoCatalog().keys) {
    const sealed = index.accessKeys.get(key.accessKeyId)?.secret ?? ''
    assert.deepEqual(openSecret(ring, key.accessKeyId, sealed), {
      ok: true,
      secret: key.secretAccessKey,
    })
  }
})

test('a ledger that is in use does not become a demo', async () => {
  const ring = ringOf([masterKeyOf(randomBytes(32))])
  const state = await ControlState.open(new MemoryControlStore())
  const wanted = [{ kind: 'seller', where: '', account: '999900001111' }] as const
  await state.change({ wanted, nowMs: NOW_MS, actor: 'user:ann', summary: '' })
  const [problem] = await seedDemoCatalog(state, ring, NOW_MS)
  assert.match(problem ?? '', /only an empty ledger can become a demo/)
  assert.equal(state.index.products.size, 0)
})

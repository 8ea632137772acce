import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bucketOf } from '../core/billing-line.ts'
import { aCall, aRecord } from '../store/builders.spec.ts'
import { ledgerSpec } from '../store/ledger.spec.ts'
import { MemoryLedger } from '../store/memory.ts'
import { FailingLedger } from './failing-ledger.ts'

ledgerSpec('a failing ledger that is left alone', async (nowUs) => {
  return new FailingLedger(new MemoryLedger(nowUs))
})

describe('a failing ledger', () => {
  const records = [1, 2, 3].map((buyer) => aRecord({ buyer, quantity: buyer }))
  const [, second] = records
  assert(second)
  const quantities = (answers: readonly ('unavailable' | { quantity: number } | undefined)[]) =>
    answers.map((answer) => (typeof answer === 'object' ? answer.quantity : answer))

  for (const keeps of [false, true]) {
    it(`answers unavailable for chosen buckets, and ${keeps ? 'keeps' : 'loses'} their records`, async () => {
      const ledger = new FailingLedger(new MemoryLedger(() => 0))
      ledger.makeUnavailable([bucketOf(second.billingLine)], keeps)
      const answers = await ledger.hold(aCall(), records)
      assert.deepEqual(quantities(answers), [1, 'unavailable', 3])
      assert.deepEqual(quantities(await ledger.find(records)), [1, 'unavailable', 3])
      ledger.recover()
      assert.deepEqual(quantities(await ledger.find(records)), [1, keeps ? 2 : undefined, 3])
    })
  }

  it('rejects as often as it is told, then works', async () => {
    const ledger = new FailingLedger(new MemoryLedger(() => 0))
    ledger.rejectNext(2)
    assert.equal(ledger.health().ready, false)
    await assert.rejects(ledger.hold(aCall(), records), /told to fail/)
    await assert.rejects(ledger.find(records), /told to fail/)
    assert.deepEqual(quantities(await ledger.hold(aCall(), records)), [1, 2, 3])
    assert.equal(ledger.health().ready, true)
  })
})

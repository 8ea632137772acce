import assert from 'node:assert/strict'
import { it } from 'node:test'
import { aCall, aRecord, holdAll, StubClock } from './builders.spec.ts'
import { ledgerSpec } from './ledger.spec.ts'
import { MemoryLedger } from './memory.ts'

ledgerSpec('the ledger in memory', async (nowUs) => new MemoryLedger(nowUs), undefined, {
  // Any call will do; this one repeats what is held.
  run: async (ledger, receivedAtMs) => {
    await ledger.hold({ ...aCall(), receivedAtMs }, [aRecord({})])
  },
  count: async (ledger) => ledger.health().figures['client_tokens'] ?? 0,
})

it('is complete up to now even while it is empty, and records nothing before it later', async () => {
  const clock = new StubClock()
  const ledger = new MemoryLedger(() => clock.nowUs)
  const toldUs = (await ledger.read({ countMax: 10 })).completeUntilUs
  assert.equal(toldUs, clock.nowUs)
  clock.nowUs -= 3_600_000_000
  await holdAll(ledger, [aRecord({ buyer: 1 })])
  const { records } = await ledger.read({ countMax: 10 })
  assert((records[0]?.recordedAtUs ?? 0) >= toldUs)
})

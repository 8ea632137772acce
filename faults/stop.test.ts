/** SIGTERM under load: what was accepted is answered, what was not is not held, and the exit code is 0. */
import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { seedCatalog } from '../bench/catalog.ts'
import { NoAnswer } from '../bench/connection.ts'
import type { Caller } from '../bench/requests.ts'
import { type BenchService, newDataFolder, startService } from '../bench/service.ts'
import { recordsIn } from './ledger-file.ts'
import { Sender } from './sender.ts'
import { keyOf, keyOfHeld, type Report, Witness } from './witness.ts'

const CLIENTS = 32
const ANSWERED_BEFORE = 200
const NOW_MS = Date.now()

it('answers what it accepted before it ends on SIGTERM', async (t) => {
  const folder = newDataFolder()
  let service: BenchService | undefined
  try {
    const [caller] = await seedCatalog(folder.path, { buyers: 1_000, dimensions: 10 })
    assert.ok(caller)
    service = await startService(folder.path, { onTalk: () => undefined })
    const witness = new Witness()
    const unanswered = await stopUnderLoad(service, caller, witness)
    assert.equal(await service.exited, 0)
    const records = recordsIn(folder.path)
    witness.compareWith(records)
    const held = new Set(records.map(keyOfHeld))
    const heldUnanswered = unanswered.filter((report) => held.has(keyOf(report)))
    assert.deepEqual(heldUnanswered, [], 'held, so it was accepted, but never answered')
    t.diagnostic(
      `${witness.acknowledgedCount} records acknowledged; ${unanswered.length} came too late, and none of them is held`,
    )
  } finally {
    service?.child.kill('SIGKILL')
    folder.remove()
  }
})

/** @returns What was sent, but came too late to be answered. */
async function stopUnderLoad(
  service: BenchService,
  caller: Caller,
  witness: Witness,
): Promise<readonly Report[]> {
  const unanswered: Report[] = []
  let answered = 0
  let next = 0
  async function client(): Promise<void> {
    const sender = await Sender.open(caller, service)
    let isOpen = true
    while (isOpen) {
      const reports = Array.from({ length: 5 }, () => reportOf(caller, next++))
      try {
        isOpen = await sender.send(reports, witness)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        assert.equal(error.bytesReceived, 0, 'an answer broke off in the middle')
        unanswered.push(...reports)
        return
      }
      answered += 1
      if (answered === ANSWERED_BEFORE) service.child.kill('SIGTERM')
    }
    sender.close()
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return unanswered
}

function reportOf(caller: Caller, index: number): Report {
  return {
    caller,
    buyer: String(caller.firstBuyer + (index % 1_000)),
    dimension: `dimension-${Math.floor(index / 1_000) % 10}`,
    timestampMs: NOW_MS,
    quantity: index,
  }
}

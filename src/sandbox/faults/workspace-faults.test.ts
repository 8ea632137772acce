/** What is to happen to an answer is known once. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CallContext } from '../../server/service.ts'
import { MASTER_KEYS } from '../../server/handle.spec.ts'
import { AWS_2025 } from '../../core/profile.ts'
import { aCall, aCatalog, NOON, nowAt, REGION, SELLER } from '../../testing/builders.ts'
import { METERING } from '../../wire/protocol.ts'
import { QUIET } from '../quiet.ts'
import { WorkspaceFaults } from './workspace-faults.ts'

it('an answer is told what happens to its bytes, once', async () => {
  const catalog = aCatalog()
  const faults = new WorkspaceFaults(1, () => catalog)
  const place = { catalog, masterKeys: MASTER_KEYS, profile: AWS_2025, regions: [REGION] }
  const operation = { name: 'MeterUsage', api: METERING, run: () => Promise.resolve({}) }
  const struck = faults.around(operation, { ...place, observer: QUIET })
  faults.add({ kind: 'commit-then-drop' })
  const context: CallContext = {
    now: nowAt(NOON),
    region: REGION,
    signer: { account: SELLER, accessKeyId: 'AKID' },
    call: aCall({ requestId: 'one' }),
    bytes: 2,
  }
  await struck.run({}, context)
  const answer = { status: 200, body: '' }
  assert.deepEqual(faults.delivered(answer, 'another'), answer)
  assert.deepEqual(faults.delivered(answer, 'one'), { ...answer, delivery: { kind: 'drop' } })
  assert.deepEqual(faults.delivered(answer, 'one'), answer)
})

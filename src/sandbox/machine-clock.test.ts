/** The real time, whatever a test runner has put in place of the clocks and timers that it can reach. */
import assert from 'node:assert/strict'
import { it, mock } from 'node:test'
import { machineNowMs, machineWait } from './machine-clock.ts'

it('goes on under fake timers', async () => {
  const realMs = Date.now()
  mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval', 'setImmediate'], now: 0 })
  // A wait on shared memory keeps no process alive; a listening port does, in a sandbox.
  const alive = new MessageChannel().port1
  alive.ref()
  try {
    assert.equal(Date.now(), 0)
    const beganMs = machineNowMs()
    assert.ok(beganMs >= realMs)
    await machineWait(20)
    assert.ok(machineNowMs() - beganMs >= 19)
  } finally {
    alive.close()
    mock.timers.reset()
  }
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RecordingClock } from './clock.ts'

it('hands out instants that only grow, whatever the machine says', () => {
  const machine = [1_000, 1_000, 1_001.9, 500, 499, 2_000.5]
  const clock = new RecordingClock(() => machine.shift() ?? 0, 900)
  const handedOut = Array.from({ length: 6 }, () => clock.nextUs())
  assert.deepEqual(handedOut, [1_000, 1_001, 1_002, 1_003, 1_004, 2_000])
})

it('goes on after the last instant before a restart', () => {
  const clock = new RecordingClock(() => 10, 1_000)
  assert.equal(clock.nextUs(), 1_001)
  assert.equal(clock.lastUs, 1_001)
})

it('keeps the instant that it promised, and costs the next one nothing', () => {
  const machine = [1_000, 1_000, 400, 300, 5_000]
  const clock = new RecordingClock(() => machine.shift() ?? 0, 0)
  assert.equal(clock.promiseUs(), 1_000)
  assert.equal(clock.nextUs(), 1_000)
  assert.equal(clock.promiseUs(), 1_001)
  assert.equal(clock.nextUs(), 1_001)
  assert.equal(clock.promiseUs(), 5_000)
})

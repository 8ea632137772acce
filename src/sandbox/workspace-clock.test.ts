import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SandboxRefused } from './refused.ts'
import { WorkspaceClock } from './workspace-clock.ts'

const MACHINE_MS = 1_000_000
const NOW_MS = 5_000

function clockAt(isFrozen: boolean) {
  const machine = { nowMs: MACHINE_MS }
  return { machine, clock: new WorkspaceClock(() => machine.nowMs, { nowMs: NOW_MS, isFrozen }) }
}

describe('a workspace’s clock', () => {
  it('stands still while it is frozen', () => {
    const { machine, clock } = clockAt(true)
    machine.nowMs += 100
    assert.equal(clock.nowMs, NOW_MS)
    clock.advance(7)
    assert.equal(clock.nowMs, NOW_MS + 7)
  })

  it('runs at the machine’s pace from wherever it was', () => {
    const { machine, clock } = clockAt(false)
    machine.nowMs += 100
    assert.equal(clock.nowMs, NOW_MS + 100)
    clock.set(9_000)
    machine.nowMs += 1
    assert.equal(clock.nowMs, 9_001)
  })

  it('goes on from the same instant when it is frozen and let run', () => {
    const { machine, clock } = clockAt(false)
    machine.nowMs += 100
    clock.freeze()
    machine.nowMs += 100
    assert.equal(clock.nowMs, NOW_MS + 100)
    clock.run()
    machine.nowMs += 100
    assert.equal(clock.nowMs, NOW_MS + 200)
  })

  for (const isFrozen of [true, false]) {
    it(`goes to now, and not a millisecond back, ${isFrozen ? 'frozen' : 'running'}`, () => {
      const { clock } = clockAt(isFrozen)
      clock.set(NOW_MS)
      clock.advance(0)
      assert.throws(() => clock.set(NOW_MS - 1), SandboxRefused)
      assert.throws(() => clock.advance(-1), /forward only.*Reset the sandbox/)
      assert.equal(clock.nowMs, NOW_MS)
    })
  }

  it('knows how far it was moved, and running is no moving', () => {
    const { machine, clock } = clockAt(false)
    clock.advance(7)
    machine.nowMs += 100
    clock.set(clock.nowMs + 3)
    clock.begin({ nowMs: 1, isFrozen: true })
    assert.equal(clock.movedMs, 10)
  })

  it('begins anew at any instant', () => {
    const { clock } = clockAt(true)
    clock.begin({ nowMs: 1, isFrozen: true })
    assert.deepEqual(clock.state, { nowMs: 1, isFrozen: true })
  })
})

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

  it('knows the distances between all that it and the machine’s clock have shown, resets or not', () => {
    const HOUR_MS = 3_600_000
    const machine = { nowMs: 100 * HOUR_MS }
    const clock = new WorkspaceClock(() => machine.nowMs, { nowMs: machine.nowMs, isFrozen: false })
    machine.nowMs += HOUR_MS
    assert.equal(clock.nearestOffset(5 * HOUR_MS), 0, 'running is no moving')
    clock.advance(7 * HOUR_MS)
    clock.begin({ nowMs: machine.nowMs - 20 * HOUR_MS, isFrozen: true })
    const offsets = [-30, -21, -19, -9, -6, -1, 1, 6, 9, 19, 21, 30]
    assert.deepEqual(
      offsets.map((hours) => clock.nearestOffset(hours * HOUR_MS) / HOUR_MS),
      [-27, -20, -20, -7, -7, 0, 0, 7, 7, 20, 20, 27],
    )
  })

  it('remembers as many as it needs and no more, however often it is moved', () => {
    const { clock } = clockAt(true)
    for (let day = 0; day < 1_000; day++) clock.advance(86_400_000)
    assert.equal(clock.nearestOffset(86_400_000), 86_400_000)
    assert.equal(clock.nearestOffset(1_000 * 86_400_000), 49 * 86_400_000)
  })

  it('stays where it is when it is advanced by nothing, though the machine’s goes on between two looks', () => {
    let nowMs = MACHINE_MS
    const clock = new WorkspaceClock(() => nowMs++, { nowMs: NOW_MS, isFrozen: false })
    clock.advance(0)
  })

  it('goes to the last instant of the year 3882, and not a millisecond further', () => {
    const { clock } = clockAt(true)
    const lastMs = Date.UTC(3883, 0) - 1
    assert.throws(() => clock.set(lastMs + 1), /to 3882-12-31T23:59:59.999Z and no further/)
    assert.throws(() => clock.advance(Infinity), SandboxRefused)
    clock.set(lastMs)
    assert.equal(clock.nowMs, lastMs)
    assert.throws(() => clock.set(-1e300), SandboxRefused)
  })

  it('begins anew at any instant', () => {
    const { clock } = clockAt(true)
    clock.begin({ nowMs: 1, isFrozen: true })
    assert.deepEqual(clock.state, { nowMs: 1, isFrozen: true })
  })
})

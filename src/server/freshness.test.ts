import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Freshness } from './freshness.ts'

describe('a view that is kept fresh', () => {
  it('is stale when the last look that succeeded began more than two seconds ago', async () => {
    const { freshness, clock, looks } = aView()
    await freshness.refresh()
    clock.ms = 2_000
    assert.equal(freshness.freshen(), undefined)
    clock.ms = 2_001
    await freshness.freshen()
    assert.equal(looks.count, 2)
    assert.equal(freshness.freshen(), undefined)
  })

  it('is as old as the beginning of the look, however long that took', async () => {
    const { freshness, clock, looks } = aView()
    const slow = looks.hold()
    const refreshed = freshness.refresh()
    clock.ms = 1_500
    slow.resolve(undefined)
    await refreshed
    assert.equal(freshness.ageMs, 1_500)
  })

  it('looks once for all who ask at once', async () => {
    const { freshness, clock, looks } = aView()
    clock.ms = 3_000
    await Promise.all(Array.from({ length: 50 }, async () => freshness.freshen()))
    assert.equal(looks.count, 1)
  })

  it('looks once more where the look under way began too long ago', async () => {
    const { freshness, clock, looks } = aView()
    const slow = looks.hold()
    const poll = freshness.refresh()
    clock.ms = 3_000
    const fresh = freshness.freshen()
    looks.letGo()
    slow.resolve(undefined)
    await Promise.all([poll, fresh])
    assert.deepEqual([looks.count, freshness.ageMs], [2, 0])
  })

  it('refuses nobody because the process was too busy to look, and is not lost', async () => {
    const { freshness, clock } = aView()
    await freshness.refresh()
    clock.ms = 60_000
    assert.equal(freshness.isLost, false)
    await freshness.freshen()
    assert.equal(freshness.isLost, false)
  })

  it('fails everybody who asks while looks fail, with the reason', async () => {
    const { freshness, clock, looks } = aView()
    looks.failure = new Error('disk on fire')
    clock.ms = 2_000
    await assert.rejects(freshness.refresh(), /disk on fire/)
    assert.equal(freshness.freshen(), undefined, 'what was seen is fresh still')
    assert.equal(freshness.isLost, false)
    clock.ms = 2_200
    await assert.rejects(freshness.freshen() ?? Promise.resolve(), /disk on fire/)
    assert.equal(freshness.isLost, true)
    looks.failure = undefined
    clock.ms = 2_400
    await freshness.freshen()
    assert.equal(freshness.isLost, false)
  })

  it('leaves alone for a while what has just failed', async () => {
    const { freshness, clock, looks } = aView()
    looks.failure = new Error('disk on fire')
    for (const [ms, count] of [
      [3_000, 1],
      [3_099, 1],
      [3_100, 2],
    ] as const) {
      clock.ms = ms
      await assert.rejects(freshness.freshen() ?? Promise.resolve(), /disk on fire/)
      assert.equal(looks.count, count, `after ${ms} ms`)
    }
  })

  it('waits for a look that does not end only so long, and is lost', async () => {
    const { freshness, clock, looks } = aView({ lookMsMax: 1 })
    const endless = looks.hold()
    const poll = freshness.refresh()
    clock.ms = 2_001
    await assert.rejects(freshness.freshen() ?? Promise.resolve(), /no answer within 1 ms/)
    assert.equal(freshness.isLost, true)
    endless.resolve(undefined)
    await poll
  })

  it('is not lost by a look that has only begun', async () => {
    const { freshness, clock, looks } = aView()
    clock.ms = 60_000
    const look = looks.hold()
    const poll = freshness.refresh()
    assert.equal(freshness.isLost, false)
    clock.ms = 60_501
    assert.equal(freshness.isLost, true)
    look.resolve(undefined)
    await poll
  })

  it('takes a look that throws at once for one that failed, and looks again', async () => {
    const clock = { ms: 0 }
    let isBroken = true
    const look = (): Promise<void> => {
      if (isBroken) throw new Error('closed')
      return Promise.resolve()
    }
    const freshness = new Freshness(look, { nowMs: () => clock.ms })
    await assert.rejects(freshness.refresh(), /closed/)
    isBroken = false
    await freshness.refresh()
  })
})

/** A view whose looks end when and as the test says, by a clock that it sets. */
function aView(options: { readonly lookMsMax?: number } = {}) {
  const clock = { ms: 0 }
  const looks = new Looks()
  const freshness = new Freshness(() => looks.look(), { nowMs: () => clock.ms, ...options })
  return { freshness, clock, looks }
}

class Looks {
  count = 0
  failure: Error | undefined
  #gate: Promise<unknown> | undefined

  /** From here on looks end when the caller says. */
  hold(): PromiseWithResolvers<unknown> {
    const gate = Promise.withResolvers<unknown>()
    this.#gate = gate.promise
    return gate
  }

  letGo(): void {
    this.#gate = undefined
  }

  async look(): Promise<void> {
    this.count += 1
    await this.#gate
    if (this.failure !== undefined) throw this.failure
  }
}

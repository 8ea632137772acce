import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Dimension, Region } from '../../core/usage.ts'
import { aCall, aRecord, holdAll, readAll } from '../builders.spec.ts'
import { intact, withLedger } from './setting.spec.ts'

describe('a disk that fails', () => {
  it(
    'full: loses nothing answered, says so, and goes on by itself when there is space',
    withLedger(async ({ ledger, notes }) => {
      ledger.limitPages(60)
      const answered: number[] = []
      let buyer = 0
      const fill = async () => {
        for (;;) {
          const batch = Array.from({ length: 100 }, (_, index) =>
            aRecord({ buyer: buyer + index, quantity: 7 }),
          )
          await holdAll(ledger, batch)
          answered.push(...batch.map((_, index) => buyer + index))
          buyer += 100
        }
      }
      await assert.rejects(fill(), /full/)
      await assert.rejects(
        holdAll(ledger, [
          { ...aRecord({ buyer }), region: 'eu-west-1' as Region },
          ...Array.from({ length: 1_000 }, (_, index) =>
            aRecord({ buyer: buyer + index, quantity: 8 }),
          ),
        ]),
        /full/,
      )
      assert.equal(ledger.health().ready, false)
      assert.match(notes.join(), /disk is full/)
      const keys = answered.map((number) => aRecord({ buyer: number, quantity: 9 }))
      assert((await holdAll(ledger, keys)).every((held) => !held.added && held.quantity === 7))
      ledger.limitPages(100_000)
      const [held] = await holdAll(ledger, [aRecord({ buyer, quantity: 9 })])
      assert.deepEqual(
        [held?.added, held?.quantity],
        [true, 9],
        'what failed had left something behind',
      )
      assert.equal(ledger.health().ready, true)
      assert.equal((await readAll(ledger)).length, answered.length + 1)
      await intact(ledger)
    }),
  )

  it('in a commit after a restart: what the file held before is still held', async () => {
    const failing = { now: false }
    const commit = (run: () => void) => {
      if (failing.now) throw Object.assign(new Error('full'), { errcode: 13 })
      run()
    }
    const test = withLedger(
      async ({ ledger, restart }) => {
        const other = { ...aRecord({ buyer: 1 }), dimension: 'other' as Dimension }
        await holdAll(ledger, [
          aRecord({ buyer: 1, quantity: 5 }),
          aRecord({ buyer: 2, quantity: 5 }),
        ])
        const again = await restart()
        failing.now = true
        // A new series of a line, and then one that is loaded from the file in the same transaction.
        await assert.rejects(holdAll(again, [other, aRecord({ buyer: 1, quantity: 5 })]))
        failing.now = false
        const keys = [aRecord({ buyer: 1, quantity: 9 }), aRecord({ buyer: 2, quantity: 9 })]
        for (const held of await holdAll(again, keys)) {
          assert.deepEqual([held.added, held.quantity], [false, 5])
        }
        await intact(again)
      },
      { commit },
    )
    await test()
  })

  const ENDS = 'ends all writing until a restart'
  const PASSES = 'fails that commit only'
  const failures: readonly (readonly [string, number, typeof ENDS | typeof PASSES])[] = [
    ['SQLITE_IOERR_FSYNC', 1_034, ENDS],
    ['SQLITE_IOERR_WRITE', 778, ENDS],
    ['SQLITE_CORRUPT', 11, ENDS],
    ['an unknown failure', 999, ENDS],
    ['SQLITE_FULL', 13, PASSES],
    ['SQLITE_BUSY', 5, PASSES],
  ]
  for (const [name, errcode, effect] of failures) {
    const clean = { isFailing: true }
    const commit = (run: () => void) => {
      if (clean.isFailing) throw Object.assign(new Error(name), { errcode })
      run()
    }
    it(
      `${name} at a commit ${effect}`,
      withLedger(
        async ({ ledger, restart }) => {
          const hold = (buyer: number, quantity: number) =>
            ledger.hold(aCall(), [aRecord({ buyer, quantity })])
          const failed = await Promise.allSettled([hold(1, 1), hold(2, 1)])
          assert(failed.every(({ status }) => status === 'rejected'))
          assert.equal(ledger.health().ready, name === 'SQLITE_BUSY')
          clean.isFailing = false
          if (effect === ENDS) await assert.rejects(hold(1, 2), /until a restart/)
          else assert.equal((await hold(1, 2))[0]?.quantity, 2)
          const again = await restart()
          const [held] = await holdAll(again, [aRecord({ quantity: 3 })])
          assert.equal(held?.quantity, effect === ENDS ? 3 : 2)
          await intact(again)
        },
        { commit },
      ),
    )
  }
})

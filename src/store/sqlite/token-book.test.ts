/** What of client tokens a file keeps: through a restart, not of a commit that failed, and not for ever. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MS_PER_HOUR } from '../../core/hour.ts'
import { aCall, aRecord, aToken, HOUR } from '../builders.spec.ts'
import { TokenTaken } from '../client-token.ts'
import { countTokens, intact, withLedger } from './setting.spec.ts'

const NOON_MS = HOUR * MS_PER_HOUR
const other = aToken({ parameters: 'other' })

describe('the tokens of a ledger on SQLite', () => {
  it(
    'are known after a restart',
    withLedger(async ({ ledger, restart }) => {
      await ledger.hold(aCall(), [aRecord({})], aToken())
      const again = await restart()
      assert.equal(await again.isTaken(aToken()), false)
      assert.equal(await again.isTaken(other), true)
      await assert.rejects(again.hold(aCall(), [aRecord({ hour: HOUR - 1 })], other), TokenTaken)
      await intact(again)
    }),
  )

  it('are not noted in a commit that failed', async () => {
    let fails = true
    const commit = (run: () => void) => {
      if (fails) throw Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
      run()
    }
    await withLedger(
      async ({ ledger }) => {
        await assert.rejects(ledger.hold(aCall(), [aRecord({})], aToken()))
        fails = false
        assert.equal(await ledger.isTaken(other), false)
        const [held] = await ledger.hold(aCall(), [aRecord({})], other)
        assert.equal(held?.added, true)
        await intact(ledger)
      },
      { commit },
    )()
  })

  it(
    'are noted in one commit with those of others, and with a record that is repeated',
    withLedger(async ({ ledger, options }) => {
      await ledger.hold(aCall(), [aRecord({})])
      await Promise.all(
        ['a', 'b', 'c'].map((name) => ledger.hold(aCall(), [aRecord({})], aToken({ name }))),
      )
      assert.equal(countTokens(options.file), 3)
    }),
  )

  it(
    'go when others come after their time',
    withLedger(async ({ ledger, options }) => {
      for (let number = 0; number < 30; number++) {
        await ledger.hold(aCall(), [aRecord({})], aToken({ name: `early-${number}` }))
      }
      assert.equal(countTokens(options.file), 30)
      const askedAtMs = NOON_MS + 7 * MS_PER_HOUR
      for (let number = 0; number < 4; number++) {
        await ledger.hold(aCall(), [aRecord({})], aToken({ name: `late-${number}`, askedAtMs }))
      }
      assert.equal(countTokens(options.file), 4)
    }),
  )
})

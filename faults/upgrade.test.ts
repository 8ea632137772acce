/**
 * A database is brought to a newer schema while replicas of an older version run: they tell everybody to try again, which the
 * replicas of the newer version then answer, and hold nothing in a way that may be wrong by now.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Caller } from '../bench/requests.ts'
import { runToEnd } from '../src/cli/program.spec.ts'
import { server, skip } from '../src/store/postgres/server.spec.ts'
import { runSql } from '../src/testing/postgres.ts'
import { newSharedLedger, startReplica, surroundingsOf } from './replica.ts'
import { Refusal, Sender } from './sender.ts'
import { recordsAt } from './shared-ledger.ts'
import { until } from './until.ts'
import { type Report, Witness } from './witness.ts'

const NEWER = 9_999
const SENTENCE =
  /has schema 9999, and this Marketmeter knows \d+ and older\. Use the Marketmeter that migrated it, or a later one\./
const NOW_MS = Date.now()

it(
  'an older replica answers nobody by a newer schema, says so, and does not start again',
  { skip },
  async (t) => {
    const url = server().urlOf(await server().createDatabase())
    const ledger = await newSharedLedger(url, { buyers: 2, dimensions: 1 })
    const [caller] = ledger.callers
    assert.ok(caller)
    const replica = await startReplica(ledger, {
      flags: ['--metrics-open'],
      onTalk: () => undefined,
    })
    t.after(() => replica.stop())
    const witness = new Witness()
    const send = async (report: Report) => {
      const sender = await Sender.open(caller, replica)
      await sender.send([report], witness).finally(() => {
        sender.close()
      })
    }
    const before = reportOf(caller, 0)
    await send(before)

    await runSql(url, `insert into marketmeter.schema_version (version) values (${NEWER})`)
    await until(async () =>
      SENTENCE.test(await (await fetch(`${replica.adminEndpoint}/readyz`)).text()),
    )
    for (const report of [before, reportOf(caller, 1)]) {
      await assert.rejects(send(report), (error) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.answer.status, 500)
        assert.match(String(error.answer.body), /InternalServiceErrorException/)
        return true
      })
    }
    const second = await runToEnd(['serve', '--port', '0', '--admin-port', '0'], {
      env: surroundingsOf(ledger),
    })
    assert.equal(second.code, 3)
    assert.match(second.err, SENTENCE)

    // As the replicas of the newer version, which know it, find the database.
    await runSql(url, `delete from marketmeter.schema_version where version = ${NEWER}`)
    await until(async () => (await fetch(`${replica.adminEndpoint}/readyz`)).ok)
    await send(before)
    await send(reportOf(caller, 1))
    assert.deepEqual([witness.acknowledgedCount, witness.repeatedCount], [2, 1])
    assert.equal(witness.compareWith(await recordsAt(url)), 0)
  },
)

function reportOf(caller: Caller, index: number): Report {
  const buyer = String(caller.firstBuyer + index)
  return { caller, buyer, dimension: 'dimension-0', timestampMs: NOW_MS, quantity: index }
}

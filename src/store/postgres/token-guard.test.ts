/** Client tokens over one database: replicas that race for one, and tokens that are over. ledger.spec.ts has the rest. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { bucketOf } from '../../core/billing-line.ts'
import type { UsageHour } from '../../core/hour.ts'
import { aCall, aRecord, aToken, readAll } from '../builders.spec.ts'
import { TokenTaken } from '../client-token.ts'
import type { Ledger } from '../ledger.ts'
import { runSql } from '../../testing/postgres.ts'
import { openPool } from './connect.ts'
import { PostgresLedger } from './postgres-ledger.ts'
import { countTokens, emptyLedger, nowUs, openLedger, run, skip } from './server.spec.ts'
import { TokenSweep } from './token-sweep.ts'

const HOUR = Math.floor(nowUs() / 3_600_000_000) as UsageHour
const ROUNDS = 30

describe('client tokens over one database', { skip }, () => {
  it('go to one of two replicas, and the other holds nothing', async () => {
    const url = await emptyLedger(nowUs())
    const replicas = [await openLedger(url), await openLedger(url)]
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(replicas.map((replica, at) => ask(replica, round, at)))
      assert.deepEqual(answers.sort(), ['added', 'taken'])
    }
    for (const replica of replicas) await replica.close()
    const reader = await PostgresLedger.open({ url, nowUs, soleWriter: true })
    assert.equal((await readAll(reader)).length, ROUNDS)
    await reader.close()
  })

  it('go, some at a time, when others come after their time', async () => {
    const url = await emptyLedger(nowUs())
    const ledger = await openLedger(url, { heartbeatMs: 600_000 })
    const early = { askedAtMs: 0 }
    for (let number = 0; number < 40; number++) {
      await ledger.hold(aCall(), [aRecord({ hour: HOUR })], aToken({ ...early, name: `${number}` }))
    }
    assert.equal(await countTokens(url), 40)
    const askedAtMs = nowUs() / 1_000
    for (let number = 0; number < 16; number++) {
      await ledger.hold(
        aCall(),
        [aRecord({ hour: HOUR })],
        aToken({ askedAtMs: Math.floor(askedAtMs), name: `late-${number}` }),
      )
    }
    assert.equal(await countTokens(url), 16)
    await ledger.close()
  })

  it('go with a look at the database, where none come any more', async () => {
    const url = await emptyLedger(nowUs())
    const ledger = await openLedger(url, { heartbeatMs: 600_000 })
    // A replica begins with the first bucket.
    const isFirst = (buyer: number) => bucketOf(aRecord({ buyer }).billingLine) === 0
    const buyer = Array.from({ length: 1_000 }, (_, number) => number).find(isFirst)
    assert(buyer !== undefined)
    const token = aToken({ buyer, askedAtMs: 0 })
    await ledger.hold(aCall(), [aRecord({ hour: HOUR, buyer })], token)
    assert.equal(await countTokens(url), 1)
    const other = await openLedger(url, { heartbeatMs: 600_000 })
    assert.equal(await countTokens(url), 0)
    for (const one of [ledger, other]) await one.close()
  })

  it('stay where somebody notes them anew while they are looked for', async () => {
    const url = await emptyLedger(nowUs())
    const settings = {
      url,
      connectionsMax: 2,
      connectMsMax: 5_000,
      statementMsMax: 30_000,
    } as const
    const pool = await openPool({ ...settings, kind: 'writer' })
    await run(url, `insert into client_token values (0, gen_random_uuid(), gen_random_uuid(), 1)`)
    const other = await pool.connect()
    await other.query('begin; update client_token set kept_until_ms = 1000')
    const sweeping = new TokenSweep(pool).look(10)
    await untilSomebodyWaits(url)
    await other.query('commit')
    await sweeping
    assert.equal(await countTokens(url), 1)
    other.release()
    await pool.end()
  })
})

async function untilSomebodyWaits(url: string): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while ((await runSql(url, waiting)).length === 0) await setTimeout(5)
}

/** Each replica asks for an hour of its own, under one token. */
async function ask(ledger: Ledger, round: number, at: number): Promise<string> {
  const record = aRecord({ hour: HOUR - at, buyer: round + 1 })
  const token = aToken({ buyer: round + 1, parameters: `${at}` })
  try {
    const [held] = await ledger.hold(aCall(), [record], token)
    return held !== undefined && held !== 'unavailable' && held.added ? 'added' : 'repeated'
  } catch (error) {
    if (error instanceof TokenTaken) return 'taken'
    throw error
  }
}

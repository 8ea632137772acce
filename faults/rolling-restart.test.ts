/**
 * Replicas are replaced one after another under load, as a deployment does it: clients that send again what was not answered
 * lose nothing, and nothing is held twice.
 */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { server, skip } from '../src/store/postgres/server.spec.ts'
import { Deployment } from './deployment.ts'
import { Load } from './load.ts'
import { newSharedLedger } from './replica.ts'
import { recordsAt } from './shared-ledger.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { Witness } from './witness.ts'

const CLIENTS = 8
const REPLICAS = 2
/** Requests answered before each replacement, and after the last. */
const ANSWERED_BETWEEN = 150
const SEED = Date.now() % 1_000_000

it('loses and doubles nothing while replicas are replaced', { skip }, async (t) => {
  t.diagnostic(`seed ${SEED}`)
  const url = server().urlOf(await server().createDatabase())
  const ledger = await newSharedLedger(url, { buyers: BUYERS, dimensions: DIMENSIONS }, 2)
  const deployment = await Deployment.start(ledger, REPLICAS)
  t.after(() => deployment.stop())
  const witness = new Witness()
  const load = new Load({
    replicaAt: (turn) => deployment.at(turn),
    traffic: new Traffic(ledger.callers, SEED),
    witness,
    clients: CLIENTS,
  })
  load.start()
  for (let index = 0; index < REPLICAS; index++) {
    await load.answered(ANSWERED_BETWEEN)
    assert.equal(await deployment.replace(index), 0)
  }
  await load.answered(ANSWERED_BETWEEN)
  await load.stop()
  const records = await recordsAt(url)
  const untold = witness.compareWith(records)
  t.diagnostic(
    `${witness.acknowledgedCount} records acknowledged and all found, ${records.length} held, ${untold} of them untold, ` +
      `${witness.repeatedCount} repeats with the same id, ${load.figures.unanswered} requests sent again elsewhere`,
  )
})

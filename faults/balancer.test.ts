/**
 * The balancer that we ship, in front of two replicas under load: who sends through it does not notice that replicas are
 * restarted, nor that one is killed.
 *
 * Skipped     where the machine has no HAProxy; nothing of the project installs one.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parse } from 'yaml'
import { server, skip as withoutPostgres } from '../src/store/postgres/server.spec.ts'
import { type Balancer, HAPROXY, startBalancer } from './balancer.ts'
import { Deployment } from './deployment.ts'
import { Load } from './load.ts'
import { newSharedLedger, type SharedLedger } from './replica.ts'
import { recordsAt } from './shared-ledger.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { Witness } from './witness.ts'

const CLIENTS = 8
const REPLICAS = 2
/** Requests answered before each restart, and after the last. */
const ANSWERED_BETWEEN = 150
const LOOK_AGAIN_MS = 20
const SEED = Date.now() % 1_000_000
const COMPOSE = path.join(import.meta.dirname, '../containers/compose.yaml')
const skip = HAPROXY === undefined ? 'no haproxy on this machine' : withoutPostgres

describe('the balancer in front of two replicas', { skip }, () => {
  let ledger: SharedLedger
  let deployment: Deployment
  let balancer: Balancer

  before(async () => {
    const url = server().urlOf(await server().createDatabase())
    ledger = await newSharedLedger(url, { buyers: BUYERS, dimensions: DIMENSIONS }, 2)
    deployment = await Deployment.start(ledger, REPLICAS, drainFlags())
    const replicas = { 'replica-a': deployment.at(0), 'replica-b': deployment.at(1) }
    balancer = await startBalancer(HAPROXY ?? '', replicas)
    await untilReady(200)
  })

  after(async () => {
    await balancer.stop()
    await deployment.stop()
  })

  it('keeps restarts and a kill from who sends, and nothing is lost or doubled', async (t) => {
    t.diagnostic(`seed ${SEED}`)
    const witness = new Witness()
    const traffic = new Traffic(ledger.callers, SEED)
    const load = new Load({ replicaAt: () => balancer, traffic, witness, clients: CLIENTS })
    load.start()
    for (let index = 0; index < REPLICAS; index++) {
      await load.answered(ANSWERED_BETWEEN)
      assert.equal(await deployment.restart(index), 0)
    }
    assert.equal(load.figures.unanswered, 0)
    await load.answered(ANSWERED_BETWEEN)
    assert.equal(await deployment.restart(0, 'SIGKILL'), 'SIGKILL')
    await load.answered(ANSWERED_BETWEEN)
    await load.stop()
    const records = await recordsAt(ledger.url)
    const untold = witness.compareWith(records)
    t.diagnostic(
      `${witness.acknowledgedCount} records acknowledged and all found, ${records.length} held, ${untold} of them untold, ` +
        `${load.figures.unanswered} requests sent again`,
    )
  })

  it('says what SDKs send again by themselves while no replica is ready', async () => {
    for (let index = 0; index < REPLICAS; index++) deployment.at(index).child.kill('SIGKILL')
    await untilReady(503)
    const answer = await fetch(`http://${balancer.host}:${balancer.port}/`, { method: 'POST' })
    assert.equal(answer.status, 503)
    assert.equal(answer.headers.get('content-type'), 'application/x-amz-json-1.1')
    const { __type: name } = (await answer.json()) as { readonly __type: string }
    assert.equal(name, 'InternalServiceErrorException')
  })

  /** A connection whose replica is gone may end without an answer, as any may. */
  async function untilReady(status: number): Promise<void> {
    const url = `http://${balancer.host}:${balancer.port}/readyz`
    const look = async (): Promise<number> => (await fetch(url)).status
    while ((await look().catch(() => 0)) !== status) await delay(LOOK_AGAIN_MS)
  }
})

/** A replica goes on taking requests for as long as compose lets it. */
function drainFlags(): readonly string[] {
  const { services } = parse(readFileSync(COMPOSE, 'utf8'), { merge: true }) as Compose
  const { MARKETMETER_DRAIN_DELAY_SECONDS: seconds = '0' } = services['replica-a'].environment
  return ['--drain-delay-seconds', seconds]
}

interface Compose {
  readonly services: {
    readonly 'replica-a': { readonly environment: Readonly<Record<string, string>> }
  }
}

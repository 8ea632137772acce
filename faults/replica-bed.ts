/**
 * Two replicas under load over one database that a test may hurt, which they reach by a way that a test may close; and what a test
 * asks of them afterwards.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { NoAnswer } from '../bench/connection.ts'
import type { BenchService } from '../bench/service.ts'
import { CuttingProxy } from '../src/store/postgres/cutting-proxy.spec.ts'
import { type OwnServer, runSql } from '../src/testing/postgres.ts'
import { Load } from './load.ts'
import { newSharedLedger, type SharedLedger, startReplica } from './replica.ts'
import { Refusal, Sender } from './sender.ts'
import { recordsAt } from './shared-ledger.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { until } from './until.ts'
import { type Report, Witness } from './witness.ts'

const CLIENTS = 8
const RECORDS_PER_REQUEST = 25
/** What issue 4 promises, from the database's first answer on. */
const RECOVERY_MS_MAX = 10_000
const NOW_MS = Date.now()
const SEED = NOW_MS % 1_000_000

/** The last sends nothing but probes. */
const SELLERS = 3

export interface ReplicaBed {
  readonly server: OwnServer
  /** Its URL leads through the proxy. */
  readonly ledger: SharedLedger
  readonly proxy: CuttingProxy
  readonly replicas: readonly BenchService[]
  readonly witness: Witness
  readonly load: Load
  readonly probe: Probe
}

/** Under load from here on. */
export async function newReplicaBed(server: OwnServer): Promise<ReplicaBed> {
  const direct = server.urlOf(await server.createDatabase())
  const proxy = await CuttingProxy.open(direct)
  const size = { buyers: BUYERS, dimensions: DIMENSIONS }
  const ledger = await newSharedLedger(proxy.urlOf(direct), size, SELLERS)
  const quiet = { onTalk: () => undefined }
  const replicas = await Promise.all([startReplica(ledger, quiet), startReplica(ledger, quiet)])
  const witness = new Witness()
  const load = new Load({
    replicaAt: (turn) => replicaAt(replicas, turn),
    traffic: new Traffic(ledger.callers.slice(0, -1), SEED),
    witness,
    clients: CLIENTS,
    mayPutOff: true,
  })
  load.start()
  return { server, ledger, proxy, replicas, witness, load, probe: new Probe(ledger, witness) }
}

export async function endReplicaBed({ replicas, proxy, load }: ReplicaBed): Promise<void> {
  await load.stop()
  await Promise.all(replicas.map((replica) => replica.stop()))
  await proxy.close()
}

export function databaseOf({ ledger }: ReplicaBed): string {
  return new URL(ledger.url).pathname.slice(1)
}

/** Each of them: what one of two says would be said of the service as a whole. */
export async function unready({ replicas }: ReplicaBed): Promise<void> {
  for (const replica of replicas) await until(async () => !(await isReady(replica)))
}

/** Waits until all is well, and judges how long that took since the database let somebody in. */
export async function recovered(
  t: Pick<TestContext, 'diagnostic'>,
  { ledger, replicas, probe, load }: ReplicaBed,
): Promise<void> {
  await until(() => succeeds(runSql(ledger.url, 'select')))
  const startMs = performance.now()
  await Promise.all(
    replicas.flatMap((replica) => [
      until(() => probe.isTaken(replica)),
      until(() => isReady(replica)),
    ]),
  )
  const recoveredMs = Math.round(performance.now() - startMs)
  t.diagnostic(`recovered after ${recoveredMs} ms; so far ${JSON.stringify(load.figures)}`)
  assert.ok(recoveredMs <= RECOVERY_MS_MAX, `recovered only after ${recoveredMs} ms`)
}

/** Ends the load, looks at what is held, and sends all that was acknowledged once more. */
export async function audit(
  t: Pick<TestContext, 'diagnostic'>,
  { ledger, replicas, witness, load }: ReplicaBed,
): Promise<void> {
  await load.stop()
  const records = await recordsAt(ledger.url)
  const untold = witness.compareWith(records)
  const bySeller = Map.groupBy(witness.acknowledged, ({ caller }) => caller).values()
  await Promise.all(
    [...bySeller].map((reports, index) => sendAgain(replicaAt(replicas, index), reports, witness)),
  )
  t.diagnostic(
    `seed ${SEED}; ${witness.acknowledgedCount} records acknowledged and all found, ${records.length} held, ` +
      `${untold} of them untold, ${witness.repeatedCount} repeats with the same id, ` +
      `${witness.deniedCount} keys with a quantity denied`,
  )
}

/** The witness judges each answer. */
async function sendAgain(
  replica: BenchService,
  reports: readonly Report[],
  witness: Witness,
): Promise<void> {
  const [first] = reports
  if (first === undefined) return
  const sender = await Sender.open(first.caller, replica)
  for (let from = 0; from < reports.length; from += RECORDS_PER_REQUEST) {
    await sender.send(reports.slice(from, from + RECORDS_PER_REQUEST), witness)
  }
  sender.close()
}

/** Sends what nobody else sends, every time something new. */
class Probe {
  readonly #ledger: SharedLedger
  readonly #witness: Witness
  #next = 0

  constructor(ledger: SharedLedger, witness: Witness) {
    this.#ledger = ledger
    this.#witness = witness
  }

  async isTaken(replica: BenchService): Promise<boolean> {
    const report = this.#newReport()
    const sender = await Sender.open(report.caller, replica)
    try {
      return (await sender.offer([report], this.#witness)).unprocessed.length === 0
    } catch (error) {
      if (error instanceof Refusal || error instanceof NoAnswer) return false
      throw error
    } finally {
      sender.close()
    }
  }

  #newReport(): Report {
    const caller = this.#ledger.callers.at(-1)
    assert.ok(caller)
    const index = this.#next++
    return {
      caller,
      buyer: String(caller.firstBuyer + (index % BUYERS)),
      dimension: `dimension-${Math.floor(index / BUYERS)}`,
      timestampMs: NOW_MS,
      quantity: index,
    }
  }
}

function replicaAt(replicas: readonly BenchService[], turn: number): BenchService {
  const replica = replicas[turn % replicas.length]
  assert.ok(replica)
  return replica
}

async function isReady({ host, port }: BenchService): Promise<boolean> {
  return (await fetch(`http://${host}:${port}/readyz`)).ok
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  )
}

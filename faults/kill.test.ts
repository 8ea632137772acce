/**
 * kill -9 under load, again and again: nothing acknowledged is lost, nothing is held twice, and no two answers disagree.
 * After each start all that was acknowledged is looked for in the file, and sent again.
 *
 * Proves         that an answer never runs ahead of the commit, that a start finds what the process before it committed,
 *                and that clients who send again what was not answered get the same ids.
 * Does not prove that a power failure loses nothing: a killed process leaves its writes to the kernel, synced or not. That a
 *                sync comes before each answer is watched with strace, in src/store/sqlite.
 */
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { seedCatalog } from '../bench/catalog.ts'
import { NoAnswer } from '../bench/connection.ts'
import { randomOf } from '../bench/requests.ts'
import { type BenchService, newDataFolder, serveWords, startService } from '../bench/service.ts'
import { findingsIn, recordsIn } from './ledger-file.ts'
import { Sender } from './sender.ts'
import { BUYERS, DIMENSIONS, Traffic } from './traffic.ts'
import { type Report, Witness } from './witness.ts'

const ROUNDS = 20
/** Every so many rounds the process is killed while it still starts, too. */
const KILL_START_EVERY = 5
const START_MS_MAX = 600
const SELLERS = 2
const CLIENTS = 8
const RECORDS_PER_REQUEST = 25
/** Requests answered before the kill, and how long after that: so it hits any part of a commit. */
const ANSWERED_MAX = 120
const AFTER_MS_MAX = 5
const SEED = Date.now() % 1_000_000

it('loses nothing acknowledged to kill -9', async (t) => {
  const folder = newDataFolder()
  let service: BenchService | undefined
  try {
    const callers = await seedCatalog(
      folder.path,
      { buyers: BUYERS, dimensions: DIMENSIONS },
      SELLERS,
    )
    const witness = new Witness()
    const traffic = new Traffic(callers, SEED)
    const random = randomOf(SEED + 1)
    let untold = 0
    t.diagnostic(`seed ${SEED}`)
    for (let round = 0; round < ROUNDS; round++) {
      if (round % KILL_START_EVERY === 1) {
        await killWhileStarting(folder.path, random() * START_MS_MAX)
      }
      service = await startService(folder.path, { onTalk: () => undefined })
      untold += witness.compareWith(recordsIn(folder.path))
      await sendAgain(service, witness, (report) => report)
      const answeredBefore = Math.floor(random() * ANSWERED_MAX)
      await killUnderLoad(service, { traffic, witness, answeredBefore, random })
    }
    service = await startService(folder.path, { onTalk: () => undefined })
    const records = recordsIn(folder.path)
    untold += witness.compareWith(records)
    await sendAgain(service, witness, (report) => report)
    await sendAgain(service, witness, differing)
    assert.equal(recordsIn(folder.path).length, records.length)
    assert.deepEqual(await findingsIn(folder.path), [])
    await service.stop()
    t.diagnostic(
      `${ROUNDS} kills under load; ${witness.acknowledgedCount} records acknowledged and all found, ` +
        `${records.length} held, ${untold} of them committed when the kill took the answer, ` +
        `${witness.repeatedCount} repeats with the same id, ` +
        `${witness.deniedCount} keys with a quantity denied`,
    )
  } finally {
    service?.child.kill('SIGKILL')
    folder.remove()
  }
})

/** Sends all that was acknowledged, as it was or changed; the witness judges each answer. */
async function sendAgain(
  service: BenchService,
  witness: Witness,
  change: (report: Report) => Report,
): Promise<void> {
  const byCaller = Map.groupBy(witness.acknowledged, ({ caller }) => caller)
  for (const [caller, reports] of byCaller) {
    const sender = await Sender.open(caller, service)
    for (let from = 0; from < reports.length; from += RECORDS_PER_REQUEST) {
      await sender.send(reports.slice(from, from + RECORDS_PER_REQUEST).map(change), witness)
    }
    sender.close()
  }
}

/** A witness that took Success for it would have seen two quantities under one key. */
function differing(report: Report): Report {
  return { ...report, quantity: report.quantity + 2 }
}

async function killWhileStarting(folder: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, serveWords(folder), { stdio: 'ignore' })
  const exited = once(child, 'exit')
  await delay(afterMs)
  child.kill('SIGKILL')
  await exited
}

interface Load {
  readonly traffic: Traffic
  readonly witness: Witness
  readonly answeredBefore: number
  readonly random: () => number
}

/** Clients send until the process is gone, which is soon after so many requests were answered. */
async function killUnderLoad(
  service: BenchService,
  { traffic, witness, answeredBefore, random }: Load,
): Promise<void> {
  let answered = 0
  async function client(index: number): Promise<void> {
    const caller = traffic.caller(index)
    const sender = await Sender.open(caller, service)
    for (;;) {
      const reports = traffic.batch(caller)
      try {
        await sender.send(reports, witness)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        traffic.notAnswered(reports)
        return
      }
      if (answered++ === answeredBefore) {
        setTimeout(() => service.child.kill('SIGKILL'), random() * AFTER_MS_MAX)
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)))
  assert.equal(await service.exited, 'SIGKILL')
}

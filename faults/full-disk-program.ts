/**
 * The program that full-disk.test.ts runs on a small disk of its own: its argument. It fails by an exception.
 */
import { strict as assert } from 'node:assert'
import { setTimeout as delay } from 'node:timers/promises'
import { seedCatalog } from '../bench/catalog.ts'
import { Connection } from '../bench/connection.ts'
import { startService } from '../bench/service.ts'
import { findingsIn, recordsIn } from './ledger-file.ts'
import { type Address, Refusal, Sender } from './sender.ts'
import { empty, fill } from './small-disk.ts'
import { DIMENSIONS, Traffic } from './traffic.ts'
import { Witness } from './witness.ts'

const SEED = 7
/** The log of the ledger is written over in place for a while; then it has to grow. */
const REQUESTS_MAX = 20_000
const LOOK_EVERY_MS = 100

const [disk = ''] = process.argv.slice(2)
await fillAndEmpty(disk)

async function fillAndEmpty(folder: string): Promise<void> {
  const callers = await seedCatalog(folder, { buyers: 1_000, dimensions: DIMENSIONS })
  const service = await startService(folder, { onTalk: () => undefined })
  try {
    const witness = new Witness()
    const traffic = new Traffic(callers, SEED)
    await send(service, traffic, witness, 20)
    assert.equal(await statusOf(service, '/readyz'), 200)

    fill(folder)
    const refusal = await send(service, traffic, witness, REQUESTS_MAX)
    assert.equal(refusal?.answer.status, 500)
    assert.match(refusal.answer.body.toString('utf8'), /InternalServiceErrorException/)
    assert.equal(await statusOf(service, '/readyz'), 503)
    assert.equal(await statusOf(service, '/healthz'), 200)
    witness.compareWith(recordsIn(folder))
    const acknowledgedBefore = witness.acknowledgedCount

    empty(folder)
    while ((await statusOf(service, '/readyz')) !== 200) await delay(LOOK_EVERY_MS)
    assert.equal(await send(service, traffic, witness, 20), undefined)
    assert.ok(witness.acknowledgedCount > acknowledgedBefore)
    witness.compareWith(recordsIn(folder))
    assert.deepEqual(await findingsIn(folder), [])
    process.stdout.write(
      `${acknowledgedBefore} records acknowledged when the disk was full, all found\n`,
    )
  } finally {
    await service.stop()
  }
}

/** @returns The refusal that ended it before `count` requests were sent. */
async function send(
  address: Address,
  traffic: Traffic,
  witness: Witness,
  count: number,
): Promise<Refusal | undefined> {
  const caller = traffic.caller(0)
  const sender = await Sender.open(caller, address)
  try {
    for (let request = 0; request < count; request++) {
      const reports = traffic.batch(caller)
      try {
        await sender.send(reports, witness)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        traffic.notAnswered(reports)
        return error
      }
    }
    return undefined
  } finally {
    sender.close()
  }
}

async function statusOf({ host, port }: Address, target: string): Promise<number> {
  const connection = await Connection.open(host, port)
  const answer = await connection.exchange(
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  connection.close()
  return answer.status
}

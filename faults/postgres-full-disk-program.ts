/**
 * The program that full-disk.test.ts runs on a small disk of its own: its argument, on which a PostgreSQL of its own keeps the
 * ledger's database, while its log has room. It fails by an exception.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchService } from '../bench/service.ts'
import { type OwnServer, startServer } from '../src/testing/postgres.ts'
import { audit, endReplicaBed, newReplicaBed, unready } from './replica-bed.ts'
import { empty, fill } from './small-disk.ts'
import { until } from './until.ts'

const ANSWERED_BETWEEN = 80
const FULL =
  /The disk of PostgreSQL at [^"]* is full\. Nothing is lost; it works again when there is room\./

const [disk = ''] = process.argv.slice(2)
const server = await startServer()
if ('reason' in server) throw new Error(server.reason)
try {
  const space = join(disk, 'space')
  mkdirSync(space)
  await server.own(space)
  await server.query(`create tablespace small location '${space}'`)
  // Whatever is made from it lies there, too.
  await server.query('alter database template1 set tablespace small')
  await fillAndEmpty(server)
} finally {
  await server.stop()
}

async function fillAndEmpty(server: OwnServer): Promise<void> {
  const t = { diagnostic: (text: string) => process.stdout.write(`${text}\n`) }
  const bed = await newReplicaBed(server)
  try {
    await bed.load.answered(ANSWERED_BETWEEN)
    fill(disk)
    await unready(bed)
    for (const replica of bed.replicas)
      await until(async () => FULL.test(await readinessOf(replica)))
    empty(disk)
    for (const replica of bed.replicas) {
      await until(() => bed.probe.isTaken(replica))
      await until(async () => (await readinessOf(replica)).includes('"status":"ready"'))
    }
    await bed.load.answered(ANSWERED_BETWEEN)
    await audit(t, bed)
  } finally {
    await endReplicaBed(bed)
  }
}

async function readinessOf({ adminEndpoint }: BenchService): Promise<string> {
  return (await fetch(`${adminEndpoint}/readyz`)).text()
}

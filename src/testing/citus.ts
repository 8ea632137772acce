/**
 * A real Citus for tests: a coordinator and two workers on this machine, started here, where its PostgreSQL has Citus.
 *
 * Why no more  Citus is in no package of npm. Where the machine has none, tests are skipped and say so.
 * Checked by   src/store/postgres/citus.test.ts and citus-faults.test.ts, which stand on it.
 */
import { randomBytes } from 'node:crypto'
import { type NoServer, type OwnServer, runSql, startServer } from './postgres.ts'

const SETTINGS = [
  'shared_preload_libraries=citus',
  'citus.local_hostname=127.0.0.1',
  'shared_buffers=64MB',
  // Nothing tidies up behind a test's back.
  'citus.recover_2pc_interval=-1',
]

export interface CitusCluster {
  readonly coordinator: OwnServer
  readonly workers: readonly OwnServer[]
  /** Makes an empty database on every node, and one cluster of them; the URL is the coordinator's. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

export async function startCitus(): Promise<CitusCluster | NoServer> {
  const nodes: OwnServer[] = []
  for (let index = 0; index < 3; index++) {
    const node = await startServer(SETTINGS, { extension: 'citus' })
    if ('reason' in node) return node
    nodes.push(node)
  }
  const [coordinator, ...workers] = nodes
  if (coordinator === undefined) throw new Error('a cluster without a coordinator')
  return {
    coordinator,
    workers,
    async createDatabase() {
      const name = `marketmeter_${randomBytes(8).toString('hex')}`
      for (const node of nodes) {
        await node.query(`create database ${name}`)
        await runSql(node.urlOf(name), 'create extension citus')
      }
      const add = [
        `select citus_set_coordinator_host('127.0.0.1', ${coordinator.port})`,
        ...workers.map(({ port }) => `select citus_add_node('127.0.0.1', ${port})`),
      ]
      await runSql(coordinator.urlOf(name), add.join(';'))
      return coordinator.urlOf(name)
    },
    async stop() {
      for (const node of nodes) await node.stop()
    },
  }
}

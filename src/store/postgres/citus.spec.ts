/**
 * The Citus that a test file stands on: a coordinator and two workers of its own, set up by the statements of
 * docs/operating/distributed.md as they stand there. Where the machine has no Citus its tests are skipped and say why.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import type { InstantMs } from '../../core/usage.ts'
import { type OwnServer, runSql, startServer } from '../../testing/postgres.ts'
import { migrate } from './migrate.ts'

const PAGE = new URL('../../../docs/operating/distributed.md', import.meta.url)
const DATABASE = 'usage'

/** As the page says, and what keeps a test quick and to itself. */
const SETTINGS = [
  'shared_preload_libraries=citus',
  'wal_level=logical',
  'citus.node_connection_timeout=2s',
  'citus.local_hostname=127.0.0.1',
  'shared_buffers=64MB',
  'full_page_writes=off',
  // Nothing settles transactions in doubt behind a test's back.
  'citus.recover_2pc_interval=-1',
]

export interface Cluster {
  readonly coordinator: OwnServer
  readonly workers: readonly [OwnServer, OwnServer]
  /** The ledger's, as the role that serves. */
  readonly url: string
}

const nodes = await startNodes()

/** For `describe`: why its tests cannot run, or false. */
export const skip = 'reason' in nodes ? `not run on Citus: ${nodes.reason}` : false

after(async () => {
  if (!('reason' in nodes)) for (const node of nodes) await node.stop()
})

async function startNodes(): Promise<readonly OwnServer[] | { readonly reason: string }> {
  const started: OwnServer[] = []
  for (let index = 0; index < 3; index++) {
    const node = await startServer(SETTINGS, { extension: 'citus' })
    if ('reason' in node) return node
    started.push(node)
  }
  return started
}

/** Follows the page, from the first statement to the last before `serve`. To be called once. */
export async function followPage(nowMs: InstantMs): Promise<Cluster> {
  assert(!('reason' in nodes))
  const [coordinator, ...workers] = nodes
  const [first, second] = workers
  assert(coordinator && first && second)
  const on = (role: string) => coordinator.urlOf(DATABASE).replace('postgres@', `${role}@`)
  const [database, extension, cluster, spread, rights, look] = blocksOf('sql').map((block) =>
    withHosts(block, { coordinator, 'worker-1': first, 'worker-2': second }),
  )
  assert(database && extension && cluster && spread && rights && look)
  for (const node of nodes) await node.query(database)
  for (const node of nodes) await runSql(node.urlOf(DATABASE), extension)
  await runSql(on('postgres'), cluster)
  await migrate(on('marketmeter'), nowMs)
  await runSql(on('marketmeter'), spread)
  await runSql(on('marketmeter'), rights)
  assert.equal((await runSql(on('marketmeter'), look)).length, 16, 'every shard has buckets')
  return { coordinator, workers: [first, second], url: on('marketmeter_app') }
}

export function pageText(): string {
  return readFileSync(PAGE, 'utf8')
}

function blocksOf(language: string): readonly string[] {
  return [...pageText().matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block = '']) => block,
  )
}

function withHosts(block: string, hosts: Readonly<Record<string, OwnServer>>): string {
  return block.replace(/'([a-z]+(?:-\d)?)', 5432/g, (whole, name: string) => {
    const host = hosts[name]
    return host === undefined ? whole : `'127.0.0.1', ${host.port}`
  })
}

/** The port of the node that has each bucket. */
export async function nodesOfBuckets({
  coordinator,
}: Cluster): Promise<ReadonlyMap<number, number>> {
  const rows = await runSql(
    coordinator.urlOf(DATABASE),
    `select bucket, nodeport from generate_series(0, 63) as bucket join citus_shards
       on shardid = get_shard_id_for_distribution_column('marketmeter.record', bucket::smallint)`,
  )
  return new Map(rows.map(({ bucket, nodeport }) => [Number(bucket), Number(nodeport)]))
}

/** The same ledger as its owner, or as the superuser. */
export function urlAs(role: 'marketmeter' | 'postgres', { coordinator }: Cluster): string {
  return coordinator.urlOf(DATABASE).replace('postgres@', `${role}@`)
}

/** A node's own part of the database. */
export function urlOn(node: OwnServer, role = 'postgres'): string {
  return node.urlOf(DATABASE).replace('postgres@', `${role}@`)
}

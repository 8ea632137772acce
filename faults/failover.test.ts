/**
 * The database of two replicas fails under load, in every way that one server can: nothing acknowledged is lost, no hour has
 * two records, callers are told nothing but to try again, and the service recovers by itself.
 *
 * Measured    From the first session that the database lets in again, until a signed request succeeds on each replica and each
 *             is ready. The ten seconds are the product's promise, so they are asserted; it takes two or three.
 * Elsewhere   The sentences of readiness, and shards that are lost: src/store/postgres/faults.test.ts. A server that does
 *             not come back: promotion.test.ts.
 */
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ownServer, skipOwn } from '../src/store/postgres/server.spec.ts'
import {
  audit,
  databaseOf,
  endReplicaBed,
  newReplicaBed,
  recovered,
  type ReplicaBed,
  unready,
} from './replica-bed.ts'

/** Requests answered before each fault, and after the last. */
const ANSWERED_BETWEEN = 60
/** Longer than an attempt and the tries after it (bounds.ts), so that what was under way is given up. */
const SILENT_MS = 7_000

interface Fault {
  readonly name: string
  readonly hurt: (bed: ReplicaBed) => Promise<void>
  readonly heal: (bed: ReplicaBed) => Promise<void>
}

const FAULTS: readonly Fault[] = [
  {
    name: 'is restarted in order',
    hurt: ({ server }) => server.halt(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'is killed',
    hurt: ({ server }) => server.kill(),
    heal: ({ server }) => server.start(),
  },
  {
    name: 'turns every session away',
    async hurt(bed) {
      const name = databaseOf(bed)
      await bed.server.query(`alter database ${name} allow_connections false`)
      await bed.server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
      )
    },
    async heal(bed) {
      await bed.server.query(`alter database ${databaseOf(bed)} allow_connections true`)
    },
  },
  {
    name: 'cannot be reached',
    hurt({ proxy }) {
      proxy.closed = true
      proxy.cutAll()
      return Promise.resolve()
    },
    heal({ proxy }) {
      proxy.closed = false
      return Promise.resolve()
    },
  },
  {
    name: 'takes everything and says nothing',
    async hurt({ proxy }) {
      proxy.silent = true
      await delay(SILENT_MS)
    },
    heal({ proxy }) {
      proxy.silent = false
      return Promise.resolve()
    },
  },
]

describe('two replicas whose PostgreSQL', { skip: skipOwn }, () => {
  let bed: ReplicaBed

  before(async () => {
    bed = await newReplicaBed(await ownServer())
  })

  after(() => endReplicaBed(bed))

  for (const { name, hurt, heal } of FAULTS) {
    it(`${name} recover by themselves`, async (t) => {
      await bed.load.answered(ANSWERED_BETWEEN)
      await hurt(bed)
      await unready(bed)
      await heal(bed)
      await recovered(t, bed)
    })
  }

  it('has done all that lose nothing, double nothing and say the same again', async (t) => {
    await bed.load.answered(ANSWERED_BETWEEN)
    await audit(t, bed)
  })
})

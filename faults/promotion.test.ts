/**
 * The primary under two replicas is gone for good, and its synchronous standby takes its place: nothing that was acknowledged is
 * lost with it, no hour has two records, and the service goes on by itself.
 *
 * Address     The replicas' URL names one address, which moves to the new primary as that of a balancer does: the driver
 *             takes no URL with several hosts.
 * Elsewhere   A standby that does not answer: src/store/postgres/standby.test.ts.
 */
import { after, before, describe, it } from 'node:test'
import { ownServer, skipOwn, standbyOf } from '../src/store/postgres/server.spec.ts'
import type { OwnServer } from '../src/testing/postgres.ts'
import {
  audit,
  databaseOf,
  endReplicaBed,
  newReplicaBed,
  recovered,
  type ReplicaBed,
  unready,
} from './replica-bed.ts'

const ANSWERED_BETWEEN = 80

describe('two replicas whose primary is gone for good', { skip: skipOwn }, () => {
  let bed: ReplicaBed
  let standby: OwnServer

  before(async () => {
    const primary = await ownServer()
    standby = await standbyOf(primary)
    bed = await newReplicaBed(primary)
  })

  after(() => endReplicaBed(bed))

  it('go on once their address leads back from a standby, though nobody cuts what leads there', async (t) => {
    await bed.load.answered(ANSWERED_BETWEEN)
    bed.proxy.leadTo(standby.urlOf(databaseOf(bed)))
    bed.proxy.cutAll()
    await unready(bed)
    bed.proxy.leadTo(bed.server.urlOf(databaseOf(bed)))
    await recovered(t, bed)
  })

  it('lose nothing when the synchronous standby is promoted', async (t) => {
    await bed.load.answered(ANSWERED_BETWEEN)
    await bed.server.kill()
    await unready(bed)
    await standby.query('select pg_promote()')
    bed.proxy.leadTo(standby.urlOf(databaseOf(bed)))
    await recovered(t, bed)
    await bed.load.answered(ANSWERED_BETWEEN)
    await audit(t, bed)
  })
})

/** Many replicas over one database: changes one after the other, and refusals all at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import { emptyLedger, skip } from '../postgres/server.spec.ts'
import { buyer, commit, openControl, refused, run } from './control-server.spec.ts'
import type { PostgresControlSettings, PostgresControlStore } from './store.ts'

describe('replicas that change at once', { skip }, () => {
  it('of those who decided upon one version exactly one is written, and no change is lost', async () => {
    const url = await emptyLedger()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openControl(url)))
    for (let upon = 0; upon < 25; upon++) {
      const answers = await Promise.all(
        stores.flatMap((store, replica) =>
          [0, 1].map((turn) => commit(store, upon, [nameOf(upon, replica * 2 + turn)])),
        ),
      )
      const won = answers.flatMap((answer, writer) => (typeof answer === 'string' ? [] : [writer]))
      assert.equal(won.length, 1, answers.map((answer) => JSON.stringify(answer)).join())
      const views = await Promise.all(stores.map((store) => store.changesAfter(upon)))
      for (const view of views) {
        assert.deepEqual(view, { version: upon + 1, entries: [nameOf(upon, won[0] ?? -1)] })
      }
    }
    const log = await stores[0]?.readLog({ after: 0, countMax: 100 })
    assert.deepEqual(
      log?.map(({ version }) => version),
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
    await closeAll(stores)
  })

  it('are told at once that another is writing, and afterwards that they came too late', async () => {
    const url = await emptyLedger()
    const store = await openControl(url)
    const writer = new Client({ connectionString: url })
    await writer.connect()
    await writer.query('begin; update marketmeter.control_version set version = 1')
    assert.equal(await commit(store, 0, [buyer('one')]), 'busy')
    assert.deepEqual(await store.changesAfter(0), { version: 0, entries: [] })
    await writer.query('commit')
    await writer.end()
    assert.equal(await commit(store, 0, [buyer('one')]), 'stale')
    await store.close()
  })
})

describe('replicas that refuse at once', { skip }, () => {
  it('count every refusal, without a deadlock, whatever the order they come in', async () => {
    const url = await emptyLedger()
    const stores = await threeStores(url)
    const reasons = Array.from({ length: 100 }, (_, index) => `reason ${index}`)
    await Promise.all(
      stores.map(async (store, replica) => {
        for (let round = 0; round < 20; round++) {
          const from = (round * 7 + replica * 31) % 100
          const turned = [...reasons.slice(from), ...reasons.slice(0, from)]
          const batch = (replica % 2 === 0 ? turned : turned.toReversed()).map((reason) =>
            refused(reason, round),
          )
          assert.equal(await store.appendRefusals(batch), 'kept')
        }
      }),
    )
    const { refusals } = await stores[0].readRefusals({ countMax: 1_000 })
    assert.equal(refusals.length, 100)
    for (const { refused: latest, firstAtMs, count } of refusals) {
      assert.deepEqual([latest.atMs, firstAtMs, count], [19, 0, 60])
    }
    // A session has told of its deadlocks when it is gone.
    await closeAll(stores)
    assert.deepEqual(await run(url, DEADLOCKS), [{ deadlocks: '0' }])
  })

  it('keep to a seller’s bound while all of them prune', async () => {
    const url = await emptyLedger()
    const refusalBounds = { countMax: 100, ageMsMax: 1_000_000 }
    const stores = await threeStores(url, { refusalBounds })
    await Promise.all(
      stores.map(async (store, replica) => {
        for (let round = 0; round < 40; round++) {
          // What one has pruned another refuses anew, or refuses just then.
          const batch = Array.from({ length: 200 }, (_, index) =>
            refused(`reason ${(round * 17 + replica * 7 + index) % 350}`, round * 60 + index),
          )
          assert.equal(await store.appendRefusals(batch), 'kept')
        }
      }),
    )
    // What one left to the others while they wrote, the next turn takes.
    await stores[0].appendRefusals([refused('the last', 10_000)])
    const { refusals } = await stores[0].readRefusals({ countMax: 1_000 })
    assert.equal(refusals.length, 100)
    assert.equal(refusals[0]?.refused.reason, 'the last')
    await closeAll(stores)
    assert.deepEqual(await run(url, DEADLOCKS), [{ deadlocks: '0' }])
  })
})

const DEADLOCKS = 'select deadlocks from pg_stat_database where datname = current_database()'

function threeStores(url: string, settings: Partial<PostgresControlSettings> = {}) {
  const open = () => openControl(url, settings)
  return Promise.all([open(), open(), open()] as const)
}

async function closeAll(stores: readonly PostgresControlStore[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()))
}

function nameOf(version: number, writer: number) {
  return buyer(`${version} ${writer}`)
}

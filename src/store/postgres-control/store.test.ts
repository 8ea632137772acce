/** The contract on a real PostgreSQL, and what holds there beyond it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Client } from 'pg'
import type { ControlEntry } from '../../core/control-entries.ts'
import { aNotice, NOON } from '../../testing/builders.ts'
import { controlStoreSpec } from '../control.spec.ts'
import { emptyLedger, server, skip } from '../postgres/server.spec.ts'
import { LedgerRefused } from '../refused.ts'
import { agreement, buyer, commit, openControl, refused, run } from './control-server.spec.ts'
import { PostgresControlStore } from './store.ts'

describe('on a real PostgreSQL', { skip }, () => {
  controlStoreSpec('the control store on PostgreSQL', async (refusalBounds) =>
    PostgresControlStore.open({
      url: await emptyLedger(),
      ...(refusalBounds === undefined ? {} : { refusalBounds }),
    }),
  )
})

describe('the control store on PostgreSQL', { skip }, () => {
  it('refuses, by itself, to move what is fixed and to delete anything', async () => {
    const url = await emptyLedger()
    const store = await openControl(url)
    await commit(store, 0, [agreement('agmt-1', '222233334444'), buyer('one')])
    await refusedByItself(store, 1, agreement('agmt-1', '999933334444'), /for ever/)
    await refusedByItself(store, 1, agreement('agmt-2', '222233334444'), /by_license/)
    await commitOnceFree(store, 1, { kind: 'purpose', purpose: 'demo' })
    await refusedByItself(store, 2, { kind: 'purpose', purpose: 'production' }, /for ever/)
    assert.equal((await store.changesAfter(0)).version, 2)
    for (const [sql, sentence] of [
      ['delete from entry', /never deleted/],
      ['truncate entry', /never deleted/],
      ['delete from change', /append-only/],
      [`update change set actor = 'nobody'`, /append-only/],
      ['truncate change', /append-only/],
    ] as const) {
      await assert.rejects(run(url, `set search_path = marketmeter; ${sql}`), sentence)
    }
    await store.close()
  })

  it('reads more entries than a page holds, each once, as they were put', async () => {
    const store = await openControl(await emptyLedger())
    const buyers = Array.from({ length: 2_500 }, (_, index) =>
      buyer(`\0 ${index} \ud83d`, String(200_000_000_000 + index)),
    )
    await commit(store, 0, buyers)
    await commit(store, 1, [agreement('agmt-1', '222233334444')])
    const { version, entries } = await store.changesAfter(0)
    assert.equal(version, 2)
    assert.deepEqual(entries, [...buyers, agreement('agmt-1', '222233334444')])
    await store.close()
  })

  it('keeps refusals while people wait for each other to look, however many; and all of them are answered', async () => {
    const url = await emptyLedger()
    const store = await PostgresControlStore.open({ url, connectMsMax: 300 })
    const locker = new Client({ connectionString: url })
    await locker.connect()
    await locker.query('begin; lock table marketmeter.change')
    const looks = Array.from({ length: 4 }, () => store.readLog({ after: 0, countMax: 10 }))
    const end = performance.now() + 600
    while (performance.now() < end) {
      assert.equal(await store.appendRefusals([refused('beside')]), 'kept')
    }
    await locker.end()
    assert.deepEqual(await Promise.all(looks), [[], [], [], []])
    await store.close()
  })

  it('keeps looking at the catalog while notices are to be sent again that somebody holds, however many', async () => {
    const url = await emptyLedger()
    const store = await PostgresControlStore.open({ url, connectMsMax: 300 })
    const notice = aNotice()
    const facts = { upon: 0, entries: [], atMs: NOON, actor: 'user:ann', summary: '' }
    await store.commit({ ...facts, notices: [notice] })
    const locker = new Client({ connectionString: url })
    await locker.connect()
    await locker.query('begin; lock table marketmeter.notice')
    const resends = Array.from({ length: 8 }, () => store.notices.resend(notice.id))
    const end = performance.now() + 600
    while (performance.now() < end) assert.equal((await store.changesAfter(1)).version, 1)
    await locker.end()
    assert.deepEqual(new Set(await Promise.all(resends)), new Set(['waiting']))
    await store.close()
  })

  it('takes the latter of two states of one thing in a change', async () => {
    const store = await openControl(await emptyLedger())
    await commit(store, 0, [buyer('one'), buyer('two')])
    assert.deepEqual((await store.changesAfter(0)).entries, [buyer('two')])
    await store.close()
  })

  it('gives back who and what of a change whatever they hold', async () => {
    const store = await openControl(await emptyLedger())
    const odd = { actor: 'user:\0', summary: 'half \ud83d, 度量 \\' }
    await store.commit({ upon: 0, entries: [], atMs: 5 as never, ...odd })
    const [entry] = await store.readLog({ after: 0, countMax: 1 })
    assert.deepEqual({ actor: entry?.actor, summary: entry?.summary }, odd)
    await store.close()
  })

  for (const [what, sql] of [
    [
      'fewer changes',
      'update control_version set version = 1; alter table change disable trigger user; delete from change where version = 2',
    ],
    [
      'as many changes, but other ones',
      'alter table change disable trigger user; update change set stamp = gen_random_uuid() where version = 2',
    ],
  ] as const) {
    it(`tells who has read on that the database has ${what} now, as after a failover that lost some`, async () => {
      const url = await emptyLedger()
      const store = await openControl(url)
      await commit(store, 0, [buyer('one')])
      await commit(store, 1, [buyer('two')])
      await store.changesAfter(0)
      assert.equal((await store.changesAfter(2)).version, 2)
      await run(url, `set search_path = marketmeter; ${sql}`)
      await assert.rejects(
        store.changesAfter(2),
        /^LedgerRefused: .* lost changes .* Restart this process\.$/,
      )
      await store.close()
    })
  }

  it('knows its own changes by their stamps, too', async () => {
    const url = await emptyLedger()
    const [own, other] = [await openControl(url), await openControl(url)]
    await commit(own, 0, [buyer('one')])
    assert.deepEqual(await own.changesAfter(1), { version: 1, entries: [] })
    await commit(other, 1, [buyer('two')])
    assert.deepEqual(await own.changesAfter(1), { version: 2, entries: [buyer('two')] })
    await Promise.all([own.close(), other.close()])
  })
})

describe('opening the control store on PostgreSQL', { skip }, () => {
  it('says which rights the role lacks', async () => {
    const url = await emptyLedger()
    const stranger = await asRole(url, 'marketmeter_nobody', '')
    await refusedWith(stranger, /^The role has no rights for this at \S+ \(permission denied/)
    const reader = await asRole(url, 'marketmeter_looker', 'select')
    await refusedWith(
      reader,
      /\((?=.*entry: insert, update)(?=.*refusal: .*delete)(?=.*refusal_position: usage).*\)\. Let the owner/,
    )
    const store = await openControl(reader, { readOnly: true })
    await assert.rejects(
      commit(store, 0, []),
      /^LedgerRefused: The role has no rights for this at /,
    )
    await store.close()
  })

  it('refuses a ledger that was moved, but lets it be read', async () => {
    const url = await emptyLedger()
    const store = await openControl(url)
    await store.facts.claim('movedTo', 'elsewhere:5432/usage')
    await store.close()
    await refusedWith(
      url,
      /^The ledger at \S+ was moved to elsewhere:5432\/usage\. Use it there\.$/,
    )
    await (await openControl(url, { readOnly: true })).close()
  })

  it('says that there is no ledger, or no database', async () => {
    const nothing = server().urlOf(await server().createDatabase())
    await refusedWith(nothing, /holds no ledger yet\. Bring it to \d+: marketmeter migrate\.$/)
    await refusedWith(server().urlOf('nowhere'), /\/nowhere does not exist\. Create it/)
  })
})

/** The server tells of a failure a moment before it lets go of the lock. */
async function commitOnceFree(store: PostgresControlStore, upon: number, entry: ControlEntry) {
  for (;;) {
    const answer = await commit(store, upon, [entry])
    if (answer !== 'busy') return answer
  }
}

async function refusedByItself(
  store: PostgresControlStore,
  upon: number,
  entry: ControlEntry,
  sentence: RegExp,
): Promise<void> {
  await assert.rejects(commitOnceFree(store, upon, entry), sentence)
}

async function refusedWith(url: string, sentence: RegExp): Promise<void> {
  await assert.rejects(PostgresControlStore.open({ url }), (error) => {
    assert(error instanceof LedgerRefused)
    assert.match(error.message, sentence)
    return true
  })
}

/** Sessions of the same user in another role, so that no server need let that role log in. */
async function asRole(url: string, role: string, rights: string): Promise<string> {
  await run(
    url,
    `do $$ begin create role ${role}; exception when duplicate_object then null; end $$;
     ${rights === '' ? '' : `grant usage on schema marketmeter to ${role}; grant ${rights} on all tables in schema marketmeter to ${role}`}`,
  )
  const changed = new URL(url)
  changed.searchParams.set('options', `-c role=${role}`)
  return changed.href
}

import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { ControlEntry, SealedEntry } from '../../core/control-entries.ts'
import type { ProductCode } from '../../core/usage.ts'
import { aCall, accountOf, aRecord, aToken, HOUR, NOON_US, readAll } from '../builders.spec.ts'
import { TokenTaken } from '../client-token.ts'
import type { TokenUse } from '../control.ts'
import { PostgresControlStore } from '../postgres-control/store.ts'
import { placeOf } from '../postgres/connect.ts'
import { emptyLedger, openLedger, run, skip } from '../postgres/server.spec.ts'
import { SqliteControlStore } from '../sqlite-control/store.ts'
import { aNotice, NOON } from '../../testing/builders.ts'
import { withDirectory } from '../sqlite/setting.spec.ts'
import {
  aBuyer,
  aSource,
  commit,
  concurrentRecord,
  copy,
  damagesAt,
  openSource,
  recordsIn,
} from './source.spec.ts'

describe('copy', { skip }, () => {
  it(
    'moves every record as it is, in the same order, whatever it holds and however old it is',
    withSource(async (directory, url) => {
      const { report, findings } = await copy(directory, url)
      assert.deepEqual(findings, [])
      assert.deepEqual(report, { end: 'moved', records: 94, added: 94, errors: 0, warnings: 0 })
      const records = recordsIn(directory)
      assert.equal(records.length, 94)
      assert.deepEqual(await recordsAt(url), records)
      assert.deepEqual(await damagesAt(url), [])
    }),
  )

  it(
    'moves catalog, keys, log and versions, and refused records with their counts',
    withSource(async (directory, url) => {
      await copy(directory, url)
      const source = new SqliteControlStore(`${directory}/control.db`)
      const target = await PostgresControlStore.open({ url })
      for (const after of [0, 1, 2]) {
        const expected = await source.changesAfter(after)
        const { version, entries } = await target.changesAfter(after)
        assert.equal(version, expected.version)
        assert.deepEqual(new Set(entries), new Set(expected.entries))
      }
      const log = { after: 0, countMax: 10 }
      assert.deepEqual(await target.readLog(log), await source.readLog(log))
      const page = { countMax: 10 }
      const refusals = (await source.readRefusals(page)).refusals
      assert.equal(refusals[0]?.count, 3)
      assert.deepEqual((await target.readRefusals(page)).refusals, refusals)
      await source.close()
      await target.close()
    }),
  )

  it(
    'leaves a registration token that was used up used up',
    withDirectory(async (directory) => {
      await aSource(directory)
      const use = { tokenId: 'a', usesMax: 2, atMs: 9, forgetBeforeMs: 0 } as unknown as TokenUse
      const source = new SqliteControlStore(`${directory}/control.db`)
      await source.useToken(use)
      await source.close()
      const url = await emptyLedger()
      await copy(directory, url)
      const target = await PostgresControlStore.open({ url })
      assert.equal(await target.useToken(use), 'used')
      assert.equal(await target.useToken(use), 'usedUp')
      await target.close()
    }),
  )

  for (const [which, sql] of [
    ['each in the bucket of its record', 'select 1'],
    ['those that were noted before buckets too', 'update client_token set bucket = null'],
  ] as const) {
    it(
      `moves client tokens, ${which}`,
      withDirectory(async (directory) => {
        const writer = await openSource(directory)
        const buyers = [1, 2, 3]
        for (const buyer of buyers) {
          await writer.hold(aCall(), [aRecord({ buyer })], aToken({ buyer }))
        }
        await writer.close()
        const database = new DatabaseSync(`${directory}/ledger.db`)
        database.exec(sql)
        database.close()
        const url = await emptyLedger()
        assert.equal((await copy(directory, url)).report.end, 'moved')
        const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
        for (const buyer of buyers) {
          assert.equal(await target.isTaken(aToken({ buyer })), false)
          const other = aToken({ buyer, parameters: 'other' })
          assert.equal(await target.isTaken(other), true)
          const again = target.hold(aCall(), [aRecord({ buyer, hour: HOUR - 1 })], other)
          await assert.rejects(again, TokenTaken)
        }
        await target.close()
        assert.deepEqual(await damagesAt(url), [])
      }),
    )
  }

  // What the target has under the name of the source's token, kept until 19:00; and whose parameters it has afterwards.
  for (const [what, held, wins] of [
    ['is in use', { parameters: 'own', askedAtMs: NOON - 1 }, 'own'],
    ['is over', { parameters: 'own', askedAtMs: 0 }, 'first'],
    ['is the same, and kept longer', { parameters: 'first', askedAtMs: NOON + 1 }, 'first'],
  ] as const) {
    it(
      `leaves the target’s token as it must where that ${what}`,
      withDirectory(async (directory) => {
        const writer = await openSource(directory)
        await writer.hold(aCall(), [aRecord({})], aToken({ askedAtMs: NOON }))
        await writer.close()
        const url = await emptyLedger()
        const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
        await target.hold(aCall(), [aRecord({ hour: HOUR - 1 })], aToken(held))
        await copy(directory, url, { nowMs: NOON })
        const asked = { askedAtMs: NOON }
        assert.equal(await target.isTaken(aToken({ ...asked, parameters: wins })), false)
        assert.equal(await target.isTaken(aToken({ ...asked, parameters: 'other' })), true)
        await target.close()
      }),
    )
  }

  it(
    'moves notices, those that were delivered and those that wait',
    withDirectory(async (directory) => {
      await aSource(directory)
      const control = new SqliteControlStore(`${directory}/control.db`)
      const { version } = await control.changesAfter(0)
      const notices = [aNotice(), aNotice({ id: '00000000-0000-4000-8000-00000000000b' })]
      const facts = { atMs: NOON, actor: 'user:ann', summary: '' }
      await control.commit({ upon: version, entries: [], notices, ...facts })
      const loan = { nowMs: NOON, machineNowMs: NOON, lentMs: 1, countMax: 1, perSellerMax: 1 }
      const [first] = await control.notices.lend({ ...loan, busySellers: [] })
      assert.ok(first)
      const said = { state: 'delivered', result: 'answered 200', machineNowMs: NOON } as const
      await control.notices.settle(first, said)
      const { notices: expected } = await control.notices.read({ countMax: 10 })
      await control.close()
      const url = await emptyLedger()
      await copy(directory, url)
      const target = await PostgresControlStore.open({ url })
      assert.deepEqual((await target.notices.read({ countMax: 10 })).notices, expected)
      assert.deepEqual(
        expected.map(({ state }) => state),
        ['waiting', 'delivered'],
      )
      await target.close()
    }),
  )

  it(
    'leaves a source that can be read, names the new place, and takes neither usage nor changes',
    withSource(async (directory, url) => {
      await copy(directory, url)
      const expected = new RegExp(
        `was moved to PostgreSQL at ${placeOf(url)}, and can only be read`,
      )
      await assert.rejects(openSource(directory), expected)
      const control = new SqliteControlStore(`${directory}/control.db`)
      await assert.rejects(commit(control, 2, [aBuyer('later')]), expected)
      await control.close()
      assert.equal(recordsIn(directory).length, 94)
      const { report, notes } = await copy(directory, url)
      assert.deepEqual(report, { end: 'moved', records: 94, added: 0, errors: 0, warnings: 0 })
      assert.match(notes[0] ?? '', /already; only comparing/)
      await assert.rejects(copy(directory, await emptyLedger()), expected)
    }),
  )

  it(
    'knows the place where it went by whatever name that is reached, and another place at the same server',
    withSource(async (directory, url) => {
      assert.equal((await copy(directory, url)).report.end, 'moved')
      const { report, notes } = await copy(directory, otherNameOf(url))
      assert.deepEqual(report, { end: 'moved', records: 94, added: 0, errors: 0, warnings: 0 })
      assert.match(notes[0] ?? '', /already; only comparing/)
      await assert.rejects(copy(directory, otherNameOf(await emptyLedger())), /was moved to/)
    }),
  )

  it(
    'goes on by another name of the server where it ended between the marks of catalog and ledger',
    withSource(async (directory, url) => {
      await copy(directory, url)
      const database = new DatabaseSync(`${directory}/ledger.db`)
      database.exec(`delete from meta where name in ('moved_to', 'moved_to_id')`)
      database.close()
      assert.equal((await copy(directory, otherNameOf(url))).report.end, 'moved')
    }),
  )

  it(
    'moves a ledger without records or catalog',
    withDirectory(async (directory) => {
      await (await openSource(directory)).close()
      const url = await emptyLedger()
      const { report } = await copy(directory, url)
      assert.deepEqual(report, { end: 'moved', records: 0, added: 0, errors: 0, warnings: 0 })
    }),
  )

  it(
    'copies what there is beside a writer, and goes on there when the writer has stopped',
    withSource(async (directory, url) => {
      const writer = await openSource(directory)
      const first = await copy(directory, url, { waitMsMax: 0 })
      assert.deepEqual(first.report, {
        end: 'locked',
        records: 94,
        added: 94,
        errors: 0,
        warnings: 0,
      })
      await writer.hold(aCall({ requestId: 'later' }), [aRecord({ buyer: 99 })])
      await writer.close()
      const second = await copy(directory, url)
      assert.deepEqual(second.notes, ['An earlier copy came to record 94; going on there.'])
      assert.deepEqual(second.report, {
        end: 'moved',
        records: 95,
        added: 1,
        errors: 0,
        warnings: 0,
      })
      assert.deepEqual(await recordsAt(url), recordsIn(directory))
    }),
  )

  it(
    'follows a writer until it stops',
    withSource(async (directory, url) => {
      const writer = await openSource(directory)
      const { report } = await copy(directory, url, {
        waitMsMax: 60_000,
        onNote: async (note) => {
          assert.match(
            note,
            /^All 94 records so far are copied\. Now stop what writes .*ledger\.db/,
          )
          for (let buyer = 100; buyer < 150; buyer++)
            await writer.hold(aCall(), [aRecord({ buyer })])
          await writer.close()
        },
      })
      assert.deepEqual(report, { end: 'moved', records: 144, added: 144, errors: 0, warnings: 0 })
      assert.deepEqual(await recordsAt(url), recordsIn(directory))
    }),
  )

  it(
    'is as right, only slower, where the target has forgotten how far it came',
    withSource(async (directory, url) => {
      const writer = await openSource(directory)
      await copy(directory, url, { waitMsMax: 0 })
      await writer.close()
      await run(url, 'delete from copied_ledger')
      const { report, notes } = await copy(directory, url)
      assert.match(
        notes[0] ?? '',
        /holds records already, so it is compared first\. Whoever reads it/,
      )
      assert.deepEqual(report, { end: 'moved', records: 94, added: 0, errors: 0, warnings: 0 })
    }),
  )

  it(
    'begins anew where the source is not the one that was copied, though it begins like it',
    withSource(async (directory, url) => {
      const writer = await openSource(directory)
      await copy(directory, url, { waitMsMax: 0 })
      await writer.close()
      await run(url, `update copied_ledger set last = 'another'`)
      const { report, notes } = await copy(directory, url)
      assert.match(notes[0] ?? '', /compared first/)
      assert.equal(report.end, 'moved')
    }),
  )

  it(
    'is done once by two at once',
    withSource(async (directory, url) => {
      const both = await Promise.all([
        copy(directory, url, { waitMsMax: 60_000 }),
        copy(directory, url, { waitMsMax: 60_000 }),
      ])
      for (const { report, findings } of both) {
        assert.deepEqual(findings, [])
        assert.equal(report.end, 'moved')
      }
      assert.deepEqual(await recordsAt(url), recordsIn(directory))
      assert.deepEqual(await damagesAt(url), [])
    }),
  )

  it(
    'refuses a month that was detached there, for its usage could be told from new no more',
    withSource(async (directory, url) => {
      await run(url, `insert into ledger_fact values ('detachedMonth:2024-11', 'then')`)
      const expected =
        /^LedgerRefused: The month 2024-11 was detached from .* Copy into another data/
      await assert.rejects(copy(directory, url), expected)
    }),
  )

  it(
    'copies nothing of a damaged source',
    withDirectory(async (directory) => {
      await aSource(directory)
      const database = new DatabaseSync(`${directory}/ledger.db`)
      database.exec('update record set quantity = quantity + 1 where position = 3')
      database.close()
      const url = await emptyLedger()
      const { report, findings } = await copy(directory, url)
      assert.equal(report.end, 'damaged')
      assert.match(findings[0]?.problem ?? '', /the checksum does not match/)
      assert.deepEqual(await recordsAt(url), [])
    }),
  )
})

describe('a ledger that a copy goes into', { skip }, () => {
  it(
    'is not served or changed by anybody until all is there, whatever ended the copy, and may be read',
    withSource(async (directory, url) => {
      const writer = await openSource(directory)
      assert.equal((await copy(directory, url)).report.end, 'locked')
      const refused = new RegExp(
        `is being filled by a copy from ${path.resolve(directory)}/ledger\\.db, which has not ended\\. Let`,
      )
      await assert.rejects(PostgresControlStore.open({ url }), refused)
      await (await PostgresControlStore.open({ url, readOnly: true })).close()
      await writer.close()
      assert.equal((await copy(directory, url)).report.end, 'moved')
      await (await PostgresControlStore.open({ url })).close()
    }),
  )

  it(
    'is let go by a copy that ended between its mark and that',
    withSource(async (directory, url) => {
      await copy(directory, url)
      await run(
        url,
        `insert into ledger_fact values ('copyingFrom', '${path.resolve(directory)}/ledger.db')`,
      )
      await assert.rejects(PostgresControlStore.open({ url }), /has not ended/)
      assert.equal((await copy(directory, url)).report.end, 'moved')
      await (await PostgresControlStore.open({ url })).close()
    }),
  )

  it(
    'takes no copy of another meanwhile',
    withSource(async (directory, url) => {
      await run(url, `insert into ledger_fact values ('copyingFrom', '/other/ledger.db')`)
      await assert.rejects(
        copy(directory, url),
        /^LedgerRefused: The ledger at \S+ is being filled by a copy from \/other\/ledger\.db, which/,
      )
      assert.deepEqual(await recordsAt(url), [])
    }),
  )

  it(
    'goes on being served where it was in service before and has taken usage, and that is said',
    withSource(async (directory, url) => {
      await raiseWindow(url)
      const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
      await target.hold(aCall(), [aRecord({ buyer: 300 })])
      await target.close()
      const writer = await openSource(directory)
      const { report, notes } = await copy(directory, url)
      assert.equal(report.end, 'locked')
      assert(
        notes.some((note) => note.includes('has been served and holds usage, so its replicas')),
      )
      await (await PostgresControlStore.open({ url })).close()
      await writer.close()
    }),
  )

  it(
    'is not in service for a start that came to nothing',
    withSource(async (directory, url) => {
      await raiseWindow(url)
      const writer = await openSource(directory)
      for (let run = 0; run < 2; run++) {
        assert.equal((await copy(directory, url)).report.end, 'locked')
        await assert.rejects(PostgresControlStore.open({ url }), /has not ended/)
      }
      await writer.close()
    }),
  )

  it(
    'holds nothing by replicas that were there first, until all is there',
    withSource(async (directory, url) => {
      await raiseWindow(url)
      const replica = await openLedger(url, {
        nowUs: () => NOON_US,
        soleWriter: true,
        heartbeatMs: 10,
      })
      const isReady = async (ready: boolean) => {
        while (replica.health().ready !== ready) await setTimeout(5)
      }
      await isReady(true)
      const writer = await openSource(directory)
      assert.equal((await copy(directory, url)).report.end, 'locked')
      await isReady(false)
      assert.match(replica.health().note ?? '', /is being filled by a copy from/)
      await assert.rejects(replica.hold(aCall(), [aRecord({ buyer: 300 })]), /being filled/)
      await writer.close()
      assert.equal((await copy(directory, url)).report.end, 'moved')
      await isReady(true)
      await replica.close()
    }),
  )

  it(
    'is not held where a difference was found before anything was added',
    withSource(async (directory, url) => {
      await commitAt(url, 0, [aBuyer('Somebody else')])
      assert.equal((await copy(directory, url)).report.end, 'differs')
      await (await PostgresControlStore.open({ url })).close()
    }),
  )
})

describe('copy into a ledger that holds other facts', { skip }, () => {
  it(
    'tells each clash, adds nothing, changes nothing, and leaves the source in use',
    withSource(async (directory, url) => {
      const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
      const others = [3, 4, 5].map((buyer) => aRecord({ buyer, quantity: 1_000 + buyer }))
      await target.hold(aCall({ requestId: 'another' }), others)
      const before = await readAll(target)
      await target.close()
      const { report, findings } = await copy(directory, url)
      assert.deepEqual(report, { end: 'differs', records: 94, added: 0, errors: 3, warnings: 0 })
      assert.deepEqual(findings.map(({ problem }) => problem).sort(), [
        'the target holds quantity 1003 instead of 3',
        'the target holds quantity 1004 instead of 4',
        'the target holds quantity 1005 instead of 5',
      ])
      assert.deepEqual(await recordsAt(url), before)
      await (await openSource(directory)).close()
    }),
  )

  it(
    'warns of usage that the target has taken by itself, once each, and moves',
    withSource(async (directory, url) => {
      const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
      await target.hold(aCall({ requestId: 'again' }), [aRecord({ buyer: 3, quantity: 3 })])
      await target.close()
      const { report, findings } = await copy(directory, url)
      assert.deepEqual(report, { end: 'moved', records: 94, added: 93, errors: 0, warnings: 1 })
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['warning'],
      )
      assert.match(findings[0]?.problem ?? '', /the same usage, and took it by itself \(recordedAt/)
      assert.deepEqual(await damagesAt(url), [])
    }),
  )

  it(
    'tells where a billing line is somebody else’s',
    withSource(async (directory, url) => {
      const target = await openLedger(url, { nowUs: () => NOON_US, soleWriter: true })
      const other = { ...concurrentRecord(HOUR - 500), product: 'another' as ProductCode }
      await target.hold(aCall(), [other])
      await target.close()
      const { report, findings } = await copy(directory, url)
      assert.equal(report.end, 'differs')
      assert.match(findings[0]?.problem ?? '', /the target bills arn:.* to another product, seller/)
      await (await openSource(directory)).close()
    }),
  )

  for (const [what, entry, problem] of [
    [
      'another catalog',
      () => aBuyer('Somebody else'),
      /^buyer .*: the target has name "Somebody else" instead of "Second"$/,
    ],
    [
      'another purpose',
      () => ({ kind: 'purpose', purpose: 'demo' }) as const,
      /^purpose: the target has purpose "demo" instead of "production"$/,
    ],
  ] as const) {
    it(
      `copies no record where it has ${what}`,
      withDirectory(async (directory) => {
        await aSource(directory)
        const url = await emptyLedger()
        await commitAt(url, 0, [entry()])
        const { report, findings } = await copy(directory, url)
        assert.equal(report.end, 'differs')
        assert(findings.some(({ where, problem: text }) => problem.test(`${where}: ${text}`)))
        assert.deepEqual(await recordsAt(url), [])
      }),
    )
  }

  it(
    'adds to a catalog of its own what that lacks, as one change of its own',
    withSource(async (directory, url) => {
      const own = { ...aBuyer('Their own'), account: accountOf(777) }
      await commitAt(url, 0, [own, { kind: 'purpose', purpose: 'production' }])
      const { report } = await copy(directory, url)
      assert.equal(report.end, 'moved')
      const target = await PostgresControlStore.open({ url })
      const { version, entries } = await target.changesAfter(0)
      assert.equal(version, 2)
      assert(entries.some((entry) => entry.kind === 'buyer' && entry.name === 'Their own'))
      assert(entries.some((entry) => entry.kind === 'accessKey'))
      await target.close()
    }),
  )

  it(
    'takes an earlier state of the same catalog further',
    withSource(async (directory, url) => {
      // A copy that ended between the catalog and the mark.
      const writer = await openSource(directory)
      await copy(directory, url, { waitMsMax: 0 })
      await writer.close()
      await copy(directory, url)
      unmark(directory)
      const control = new SqliteControlStore(`${directory}/control.db`)
      await commit(control, 2, [aBuyer('Renamed since')])
      await control.close()
      assert.equal((await copy(directory, url)).report.end, 'moved')
      const target = await PostgresControlStore.open({ url })
      assert.deepEqual(await target.changesAfter(2), {
        version: 3,
        entries: [aBuyer('Renamed since')],
      })
      await target.close()
    }),
  )

  it(
    'encrypts secrets anew where it is told to',
    withSource(async (directory, url) => {
      const reseal = (entry: SealedEntry) => ({ ...entry, secret: `anew:${entry.secret}` })
      await copy(directory, url, { reseal })
      const target = await PostgresControlStore.open({ url })
      const { entries } = await target.changesAfter(0)
      const secrets = entries.map((entry) => entry.kind === 'accessKey' && entry.secret)
      assert(secrets.includes('anew:v1.sealed'))
      await target.close()
    }),
  )
})

/** As `serve` does when it starts. */
async function raiseWindow(url: string): Promise<void> {
  const store = await PostgresControlStore.open({ url })
  await store.facts.raise('windowMsMax', 1)
  await store.close()
}

async function commitAt(
  url: string,
  upon: number,
  entries: readonly ControlEntry[],
): Promise<void> {
  const store = await PostgresControlStore.open({ url })
  await commit(store, upon, entries)
  await store.close()
}

/** The same server, named otherwise. */
function otherNameOf(url: string): string {
  const other = new URL(url)
  const { hostname } = other
  other.hostname = hostname === '127.0.0.1' ? 'localhost' : hostname.toUpperCase()
  return other.href
}

function unmark(directory: string): void {
  for (const [file, sql] of [
    ['ledger.db', `delete from meta where name in ('moved_to', 'moved_to_id')`],
    ['control.db', 'delete from ledger_fact'],
  ] as const) {
    const database = new DatabaseSync(`${directory}/${file}`)
    database.exec(sql)
    database.close()
  }
}

async function recordsAt(url: string) {
  const ledger = await openLedger(url, { nowUs: () => NOON_US + 10_000_000, soleWriter: true })
  try {
    return await readAll(ledger)
  } finally {
    await ledger.close()
  }
}

/** On a folder that holds a ledger with records and a catalog, and an empty ledger to copy it into. */
function withSource(use: (directory: string, url: string) => Promise<void>): () => Promise<void> {
  return withDirectory(async (directory) => {
    await aSource(directory)
    await use(directory, await emptyLedger())
  })
}

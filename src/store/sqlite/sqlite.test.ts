import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import type { UsageHour } from '../../core/hour.ts'
import type { AgreementId } from '../../core/usage.ts'
import { aCall, aRecord, holdAll, HOUR, readAll } from '../builders.spec.ts'
import type { Ledger } from '../ledger.ts'
import { ledgerSpec } from '../ledger.spec.ts'
import { SERIES_END } from './hours.ts'
import { countTokens, HOUR_US, WINDOW_MS, withLedger } from './setting.spec.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

const shared = mkdtempSync(path.join(tmpdir(), 'ledger-'))
after(() => rmSync(shared, { recursive: true }))
let count = 0
const sqliteOf = (ledger: Ledger) => {
  assert(ledger instanceof SqliteLedger)
  return ledger
}
const anew = () => path.join(shared, `${++count}.db`)

ledgerSpec(
  'the ledger on SQLite',
  (nowUs) => SqliteLedger.open({ file: anew(), nowUs, windowMs: WINDOW_MS }),
  undefined,
  {
    run: async (ledger) => sqliteOf(ledger).maintain(),
    count: async (ledger) => countTokens(sqliteOf(ledger).file),
  },
)
ledgerSpec(
  'the ledger on SQLite without an index',
  (nowUs) => SqliteLedger.open({ file: anew(), nowUs, windowMs: WINDOW_MS, indexBytesMax: 0 }),
  10,
)

describe('the ledger on SQLite', () => {
  it(
    'writes through a log, and syncs it at every commit',
    withLedger(async ({ ledger }) => {
      // 2 is FULL, in SQLite's own numbers.
      assert.deepEqual(ledger.diagnostics(), { journal_mode: 'wal', synchronous: '2' })
    }),
  )

  it(
    'settles what waits together in one commit, and an equal record in none',
    withLedger(async ({ ledger, commits }) => {
      const hold = (buyer: number) => ledger.hold(aCall(), [aRecord({ buyer })])
      await Promise.all(Array.from({ length: 50 }, (_, buyer) => hold(buyer)))
      assert.deepEqual(commits, [50])
      await Promise.all(Array.from({ length: 50 }, (_, buyer) => hold(buyer)))
      assert.deepEqual(commits, [50])
    }),
  )

  it(
    'bounds what one commit settles, but never cuts a call',
    withLedger(
      async ({ ledger, commits }) => {
        const call = (first: number, size: number) =>
          Array.from({ length: size }, (_, index) => aRecord({ buyer: first + index }))
        await Promise.all([
          ledger.hold(aCall(), call(0, 2)),
          ledger.hold(aCall(), call(10, 2)),
          ledger.hold(aCall(), call(20, 9)),
          ledger.hold(aCall(), call(30, 1)),
        ])
        assert.deepEqual(commits, [4, 9, 1])
      },
      { commitRecordsMax: 4 },
    ),
  )

  it(
    'has ids, quantities, cursors and order after a restart, with a clock that went back',
    withLedger(async ({ ledger, clock, restart }) => {
      const first = await holdAll(ledger, [aRecord({ buyer: 1, quantity: 3 })])
      const page = await ledger.read({ countMax: 10 })
      clock.nowUs -= 24 * HOUR_US
      const again = await restart()
      const other = aRecord({ buyer: 1, quantity: 4 })
      assert.deepEqual(await holdAll(again, [other]), [{ ...first[0], added: false }])
      await holdAll(again, [aRecord({ buyer: 2 })])
      const rest = await again.read({ countMax: 10, after: page.resume })
      assert.equal(rest.records.length, 1)
      assert((rest.records[0]?.recordedAtUs ?? 0) > (page.records[0]?.recordedAtUs ?? 0))
    }),
  )

  it(
    'names the agreement of each record, whichever the series began with',
    withLedger(async ({ ledger, restart }) => {
      const hours = [HOUR - 2, HOUR - 1, HOUR]
      const names = ['agmt-first', 'agmt-second', 'agmt-first'] as AgreementId[]
      const hold = async (target: SqliteLedger, index: number) =>
        holdAll(target, [{ ...aRecord({ hour: hours[index] ?? 0 }), agreement: names[index]! }])
      await hold(ledger, 0)
      await hold(ledger, 1)
      const again = await restart()
      await hold(again, 2)
      const read = await readAll(again)
      assert.deepEqual(
        read.map(({ agreement }) => agreement),
        names,
      )
    }),
  )

  it(
    'refuses a series whose number would be taken for one of the next hour, and goes on with the others',
    withLedger(async ({ ledger, options, restart }) => {
      const known = aRecord({ buyer: 1 })
      await holdAll(ledger, [known])
      await ledger.close()
      leaveNumbers(options.file, 1)
      const again = await restart()
      const [last, none] = [aRecord({ buyer: 2 }), aRecord({ buyer: 3 })]
      assert.equal((await holdAll(again, [last]))[0]?.added, true)
      await assert.rejects(holdAll(again, [none]), /can number no more/)
      const next = [known, last].map((record) => ({ ...record, hour: (HOUR + 1) as UsageHour }))
      const added = (await holdAll(again, next)).map((held) => held.added)
      assert.deepEqual(added, [true, true])
      const reread = await restart()
      const held = (await holdAll(reread, [known, last, ...next])).map((one) => one.added)
      assert.deepEqual(held, [false, false, false, false])
    }),
  )
})

/** Writes a series as if so many numbers were left after it. */
function leaveNumbers(file: string, count: number): void {
  const database = new DatabaseSync(file)
  const others = `bucket, region, billing_line, dimension, resource, product, seller, buyer, agreement, license_arn`
  database.exec(
    `insert into series (id, fingerprint, ${others}) select ${SERIES_END - 1 - count}, x'00', ${others} from series`,
  )
  database.close()
}

import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { aRecord, holdAll, NOON_US } from '../builders.spec.ts'
import { backupLedger } from './backup.ts'
import { LedgerReader } from './reader.ts'
import { LedgerRefused } from '../refused.ts'
import { WINDOW_MS, withDirectory, withLedger } from './setting.spec.ts'
import { SqliteLedger } from './sqlite-ledger.ts'

describe('a ledger that cannot be opened', () => {
  const refusals: readonly (readonly [string, (file: string) => void, RegExp])[] = [
    [
      'has a newer schema',
      (file) => change(file, 'pragma user_version = 99'),
      /schema 99, and this Marketmeter knows/,
    ],
    ['is another program’s', (file) => change(file, 'pragma application_id = 7'), /not a ledger/],
    ['is no database', (file) => writeFileSync(file, 'x'.repeat(5_000)), /not a ledger/],
    [
      'lost a record of an open hour',
      (file) => change(file, 'delete from record where position = 2'),
      /damaged: it lacks a record/,
    ],
    [
      'has a key twice',
      (file) =>
        change(
          file,
          'update record set series = (select series from record where position = 2) where position = 3',
        ),
      /damaged: it holds a key twice/,
    ],
  ]
  for (const [what, damage, sentence] of refusals) {
    it(
      `is refused in a sentence if it ${what}, and is left as it is`,
      withDirectory(async (directory) => {
        const options = {
          file: `${directory}/ledger.db`,
          nowUs: () => NOON_US,
          windowMs: WINDOW_MS,
        }
        const ledger = await SqliteLedger.open(options)
        await holdAll(
          ledger,
          [1, 2, 3].map((buyer) => aRecord({ buyer })),
        )
        await ledger.close()
        damage(options.file)
        const size = statSync(options.file).size
        await assert.rejects(SqliteLedger.open(options), (error) => {
          assert(error instanceof LedgerRefused)
          assert.match(error.message, sentence)
          return true
        })
        assert.equal(statSync(options.file).size, size)
      }),
    )
  }

  it(
    'is refused in a sentence if there can be no such file',
    withDirectory(async (directory) => {
      writeFileSync(`${directory}/file`, '')
      const file = `${directory}/file/ledger.db`
      const open = SqliteLedger.open({ file, nowUs: () => NOON_US, windowMs: WINDOW_MS })
      await assert.rejects(open, LedgerRefused)
      assert.throws(() => new LedgerReader(file), LedgerRefused)
      assert.throws(() => new LedgerReader(`${directory}/none.db`), LedgerRefused)
      assert.throws(() => new LedgerReader(`${directory}/file`), LedgerRefused)
    }),
  )

  it(
    'is refused to a second writer, and open to readers',
    withLedger(async ({ ledger, options }) => {
      await holdAll(ledger, [aRecord({})])
      await assert.rejects(SqliteLedger.open(options), /open in another Marketmeter/)
      const reader = new LedgerReader(options.file)
      assert.equal(reader.read({ countMax: 5 }).records.length, 1)
      await holdAll(ledger, [aRecord({ buyer: 2 })])
      assert.equal(reader.read({ countMax: 5 }).records.length, 2)
      reader.close()
    }),
  )

  it(
    'is refused to a start that wants another mark, and to none that wants no mark',
    withDirectory(async (directory) => {
      const options = { nowUs: () => NOON_US, windowMs: WINDOW_MS }
      for (const [first, second] of [
        ['demo', 'service'],
        [undefined, 'demo'],
      ]) {
        const file = `${directory}/${first ?? 'none'}.db`
        const used = await SqliteLedger.open({ ...options, file, ...(first && { mark: first }) })
        await holdAll(used, [aRecord({})])
        await used.close()
        await assert.rejects(SqliteLedger.open({ ...options, file, mark: second! }), LedgerRefused)
        const again = await SqliteLedger.open({ ...options, file })
        assert.equal(again.mark, first)
        await again.close()
      }
    }),
  )

  it(
    'is marked by the next start, if the first one ended before it could and holds nothing',
    withDirectory(async (directory) => {
      const options = { nowUs: () => NOON_US, windowMs: WINDOW_MS, file: `${directory}/new.db` }
      await (await SqliteLedger.open(options)).close()
      const marked = await SqliteLedger.open({ ...options, mark: 'demo' })
      assert.equal(marked.mark, 'demo')
      await marked.close()
    }),
  )
})

describe('the files of a ledger', () => {
  it(
    'are for their owner alone, copies too, whoever may enter the folder',
    { skip: process.platform === 'win32' && 'Windows has no file modes' },
    withLedger(async ({ ledger, options }) => {
      await holdAll(ledger, [aRecord({})])
      await backupLedger(options.file, `${options.file}.copy`)
      const folder = path.dirname(options.file)
      for (const name of readdirSync(folder)) {
        assert.equal(statSync(path.join(folder, name)).mode & 0o777, 0o600, name)
      }
    }),
  )
})

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

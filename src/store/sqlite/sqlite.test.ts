import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { MS_PER_HOUR } from '../../core/hour.ts'
import type { AgreementId, Region } from '../../core/usage.ts'
import {
  aCall,
  aRecord,
  holdAll,
  HOUR,
  ledgerSpec,
  NOON_US,
  readAll,
  StubClock,
} from '../ledger.spec.ts'
import { LedgerReader } from './reader.ts'
import { LedgerRefused } from './refused.ts'
import { SqliteLedger, type SqliteLedgerOptions } from './sqlite-ledger.ts'
import { withDirectory } from './temporary.spec.ts'
import { verifyLedger } from './verify.ts'

const HOUR_US = MS_PER_HOUR * 1_000
const WINDOW_MS = 6 * MS_PER_HOUR

const shared = mkdtempSync(path.join(tmpdir(), 'ledger-'))
after(() => rmSync(shared, { recursive: true }))
let count = 0
const anew = () => path.join(shared, `${++count}.db`)

ledgerSpec('the ledger on SQLite', (nowUs) =>
  SqliteLedger.open({ file: anew(), nowUs, windowMs: WINDOW_MS }),
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
})

describe('the index of open hours', () => {
  it(
    'gives up an hour that crosses its limit, and takes no key twice for it',
    withLedger(
      async ({ ledger, restart, notes }) => {
        const keys = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer, quantity: 1 }))
        const added = async (target: SqliteLedger) =>
          (await holdAll(target, keys)).filter((held) => held.added).length
        await holdAll(ledger, keys.slice(0, 5_000))
        assert.equal(ledger.health().figures['index_hours'], 1)
        assert.match(notes[0] ?? '', /index .* over its limit/)
        await holdAll(ledger, [aRecord({ hour: HOUR + 1 })])
        assert.equal(ledger.health().figures['index_hours'], 1, 'a new hour began in memory')
        assert.equal(await added(ledger), 4_000)
        ledger.maintain()
        assert.equal(ledger.health().figures['index_hours'], 0)
        assert.equal(await added(ledger), 0)
        const again = await restart({ indexBytesMax: 1_000_000_000 })
        assert.equal(await added(again), 0)
        assert.equal(again.health().figures['index_hours'], 0, 'an hour went back to memory')
      },
      { indexBytesMax: 20_000 },
    ),
  )

  it(
    'takes no key twice when the clock steps a day forward and back',
    withLedger(async ({ ledger, clock, restart }) => {
      const keys = [HOUR - 1, HOUR, HOUR + 1].map((hour) => aRecord({ hour }))
      await holdAll(ledger, keys.slice(0, 2))
      for (const step of [24, -48, 24]) {
        clock.nowUs += step * HOUR_US
        ledger.maintain()
        const held = await holdAll(ledger, keys)
        assert.equal(
          held.filter(({ added }) => added).length,
          step === 24 && clock.nowUs > NOON_US ? 1 : 0,
        )
        const again = await restart()
        assert.deepEqual(
          (await holdAll(again, keys)).map(({ added }) => added),
          [false, false, false],
        )
        ledger = again
      }
      assert.equal((await readAll(ledger)).length, 3)
    }),
  )

  it(
    'hands hours that left the window to the file, and finds their keys there',
    withLedger(async ({ ledger, clock, restart }) => {
      const keys = Array.from({ length: 5_000 }, (_, buyer) =>
        aRecord({ buyer, quantity: buyer % 9 }),
      )
      const first = await holdAll(ledger, keys)
      clock.nowUs += 24 * HOUR_US
      ledger.maintain()
      assert.equal(ledger.health().figures['index_hours'], 0)
      const repeated = first.map((held) => ({ ...held, added: false }))
      assert.deepEqual(await holdAll(ledger, keys), repeated)
      assert.deepEqual((await holdAll(ledger, [aRecord({ buyer: 6_000 })]))[0]?.added, true)
      const again = await restart({ windowMs: 100 * WINDOW_MS })
      assert.deepEqual(await holdAll(again, keys), repeated, 'after a restart with a wider window')
      await intact(again)
    }),
  )

  it(
    'takes new records of an hour while its keys are on their way to the file, and survives a crash then',
    withLedger(async ({ ledger, clock, directory, options }) => {
      const keys = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer }))
      // The hour before numbers the series, so that the two halves of this one lie between each other.
      const before = Array.from({ length: 9_000 }, (_, buyer) => aRecord({ buyer, hour: HOUR - 1 }))
      await holdAll(ledger, before)
      await holdAll(
        ledger,
        keys.filter((_, index) => index % 2 === 1),
      )
      clock.nowUs += 24 * HOUR_US
      let added = 0
      for (let from = 0; from < keys.length; from += 500) {
        // Ten slices carry both hours over; some records come before their hour's, some after.
        if (from % 1_000 === 0) ledger.maintain(1)
        const held = await holdAll(ledger, keys.slice(from, from + 500))
        added += held.filter((one) => one.added).length
        if (from === 6_000) crashImage(directory)
      }
      assert.equal(added, 4_500)
      await checkAllHeld(ledger)

      const crashed = await SqliteLedger.open({ ...options, file: `${directory}/crash.db` })
      const there = Number(crashed.health().figures['records'])
      assert(there > 13_500 && there < 18_000)
      const late = await holdAll(crashed, keys)
      assert.equal(late.filter((one) => one.added).length, 18_000 - there)
      await checkAllHeld(crashed)
      await crashed.close()

      async function checkAllHeld(target: SqliteLedger): Promise<void> {
        target.maintain()
        assert.equal(target.health().figures['index_hours'], 0)
        const again = await holdAll(target, [...keys, ...before])
        assert(again.every((one) => !one.added))
        await intact(target)
      }
    }),
  )
})

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
        await (await SqliteLedger.open({ ...options, file, ...(first && { mark: first }) })).close()
        await assert.rejects(SqliteLedger.open({ ...options, file, mark: second! }), LedgerRefused)
        const again = await SqliteLedger.open({ ...options, file })
        assert.equal(again.mark, first)
        await again.close()
      }
    }),
  )
})

describe('a disk that fails', () => {
  it(
    'full: loses nothing answered, says so, and goes on by itself when there is space',
    withLedger(async ({ ledger, notes }) => {
      ledger.limitPages(60)
      const answered: number[] = []
      let buyer = 0
      const fill = async () => {
        for (;;) {
          const batch = Array.from({ length: 100 }, (_, index) =>
            aRecord({ buyer: buyer + index, quantity: 7 }),
          )
          await holdAll(ledger, batch)
          answered.push(...batch.map((_, index) => buyer + index))
          buyer += 100
        }
      }
      await assert.rejects(fill(), /full/)
      await assert.rejects(
        holdAll(ledger, [
          { ...aRecord({ buyer }), region: 'eu-west-1' as Region },
          ...Array.from({ length: 1_000 }, (_, index) =>
            aRecord({ buyer: buyer + index, quantity: 8 }),
          ),
        ]),
        /full/,
      )
      assert.equal(ledger.health().ready, false)
      assert.match(notes.join(), /disk is full/)
      const keys = answered.map((number) => aRecord({ buyer: number, quantity: 9 }))
      assert((await holdAll(ledger, keys)).every((held) => !held.added && held.quantity === 7))
      ledger.limitPages(100_000)
      const [held] = await holdAll(ledger, [aRecord({ buyer, quantity: 9 })])
      assert.deepEqual(
        [held?.added, held?.quantity],
        [true, 9],
        'what failed had left something behind',
      )
      assert.equal(ledger.health().ready, true)
      assert.equal((await readAll(ledger)).length, answered.length + 1)
      await intact(ledger)
    }),
  )

  const ENDS = 'ends all writing until a restart'
  const PASSES = 'fails that commit only'
  const failures: readonly (readonly [string, number, typeof ENDS | typeof PASSES])[] = [
    ['SQLITE_IOERR_FSYNC', 1_034, ENDS],
    ['SQLITE_IOERR_WRITE', 778, ENDS],
    ['SQLITE_CORRUPT', 11, ENDS],
    ['an unknown failure', 999, ENDS],
    ['SQLITE_FULL', 13, PASSES],
    ['SQLITE_BUSY', 5, PASSES],
  ]
  for (const [name, errcode, effect] of failures) {
    const clean = { isFailing: true }
    const commit = (run: () => void) => {
      if (clean.isFailing) throw Object.assign(new Error(name), { errcode })
      run()
    }
    it(
      `${name} at a commit ${effect}`,
      withLedger(
        async ({ ledger, restart }) => {
          const hold = (buyer: number, quantity: number) =>
            ledger.hold(aCall(), [aRecord({ buyer, quantity })])
          const failed = await Promise.allSettled([hold(1, 1), hold(2, 1)])
          assert(failed.every(({ status }) => status === 'rejected'))
          assert.equal(ledger.health().ready, name === 'SQLITE_BUSY')
          clean.isFailing = false
          if (effect === ENDS) await assert.rejects(hold(1, 2), /until a restart/)
          else assert.equal((await hold(1, 2))[0]?.quantity, 2)
          const again = await restart()
          const [held] = await holdAll(again, [aRecord({ quantity: 3 })])
          assert.equal(held?.quantity, effect === ENDS ? 3 : 2)
          await intact(again)
        },
        { commit },
      ),
    )
  }
})

interface Setting {
  readonly ledger: SqliteLedger
  readonly clock: StubClock
  readonly directory: string
  readonly options: SqliteLedgerOptions
  /** The records of each commit, and every note, so far. */
  readonly commits: number[]
  readonly notes: string[]
  /** Closes the ledger and opens it again; the test closes neither. */
  readonly restart: (changes?: Partial<SqliteLedgerOptions>) => Promise<SqliteLedger>
}

function withLedger(
  test: (setting: Setting) => Promise<void>,
  wishes: Partial<SqliteLedgerOptions> = {},
): () => Promise<void> {
  return withDirectory(async (directory) => {
    const clock = new StubClock()
    const commits: number[] = []
    const notes: string[] = []
    const options: SqliteLedgerOptions = {
      file: `${directory}/ledger.db`,
      nowUs: () => clock.nowUs,
      windowMs: WINDOW_MS,
      onCommit: ({ records }) => commits.push(records),
      onNote: (note) => notes.push(note),
      ...wishes,
    }
    const ledger = await SqliteLedger.open(options)
    let current = ledger
    const restart = async (changes: Partial<SqliteLedgerOptions> = {}) => {
      await current.close()
      current = await SqliteLedger.open({ ...options, ...changes })
      return current
    }
    try {
      await test({ ledger, clock, directory, options, commits, notes, restart })
    } finally {
      await current.close()
    }
  })
}

/** Copies the files as a crash would leave them. */
function crashImage(directory: string): void {
  for (const end of ['', '-wal']) {
    const file = `${directory}/ledger.db${end}`
    if (existsSync(file)) copyFileSync(file, `${directory}/crash.db${end}`)
  }
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

async function intact(ledger: SqliteLedger): Promise<void> {
  const reader = new LedgerReader(ledger.file)
  try {
    for await (const { where, problem } of verifyLedger(reader)) assert.fail(`${where}: ${problem}`)
  } finally {
    reader.close()
  }
}

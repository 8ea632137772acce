import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { aRecord, holdAll } from '../builders.spec.ts'
import { intact, withLedger } from './setting.spec.ts'
import type { SqliteLedger } from './sqlite-ledger.ts'

const BATCH = 500
/** Enough to fill the log several times over. */
const BATCHES = 120
/** So many would fill it a dozen times if nobody carried it back. */
const BATCHES_MAX = 600

it(
  'a log under steady writing begins anew again and again, and nobody carries it back by hand',
  withLedger(async ({ ledger, notes }) => {
    await fillUntilItBegins(ledger, 3)
    assert.deepEqual(notes, [])
    await intact(ledger)
  }),
)

describe('a thread that carries the log back', () => {
  for (const [what, startCheckpoints] of [
    [
      'cannot be started',
      () => {
        throw new Error('no thread')
      },
    ],
    ['ends when it is needed', () => threadOf(`port.on('message', () => process.exit(3))`)],
  ] as const) {
    it(
      `and ${what}: the writer does its work, and says so once`,
      withLedger(
        async ({ ledger, notes }) => {
          await fillUntilItBegins(ledger, 2)
          assert.equal(notes.length, 1)
          assert.match(notes[0] ?? '', /^The thread that carries the log back cannot go on: /)
          assert.equal(ledger.health().ready, true)
          await intact(ledger)
        },
        { startCheckpoints },
      ),
    )
  }

  it(
    'and finds no space: records are held, it is told once, and tried again until there is some',
    withLedger(
      async ({ ledger, notes }) => {
        await fillUntil(ledger, () => notes.length > 0)
        assert.match(ledger.health().note ?? '', /^There is no space to carry the log back/)
        assert.equal(ledger.health().ready, true)
        await fillUntilItBegins(ledger, 1)
        assert.equal(ledger.health().note, undefined)
        assert.equal(notes.length, 1)
        await intact(ledger)
      },
      { startCheckpoints: (file) => threadOf(FULL_AT_FIRST, file) },
    ),
  )

  it(
    'and is always behind what is written: the log begins anew once it is long',
    withLedger(
      async ({ ledger, notes }) => {
        await fillUntilItBegins(ledger, 1)
        assert.deepEqual(notes, [])
        await intact(ledger)
      },
      { startCheckpoints: (file) => threadOf(ALWAYS_BEHIND, file) },
    ),
  )

  it(
    'and cannot sync: nothing more is taken, until a restart',
    withLedger(
      async ({ ledger, restart }) => {
        await assert.rejects(
          fillUntil(ledger, () => false),
          /The ledger takes no more records/,
        )
        assert.equal(ledger.health().ready, false)
        const { records: before } = ledger.health().figures
        const again = await restart({ startCheckpoints: (file) => threadOf(CARRIES_BACK, file) })
        assert.equal(again.health().figures['records'], before)
        await intact(again)
      },
      {
        startCheckpoints: () => threadOf(`port.on('message', () => port.postMessage(${IO_ERROR}))`),
      },
    ),
  )
})

const IO_ERROR = `{ failure: { message: 'disk I/O error', errcode: 1034 } }`
const FULL = `{ failure: { message: 'database or disk is full', errcode: 13 } }`
const OPEN = `const database = new (require('node:sqlite').DatabaseSync)(workerData)`
const CARRY_BACK = `database.exec('pragma wal_checkpoint(passive)'); port.postMessage({})`
const CARRIES_BACK = `${OPEN}; port.on('message', () => { ${CARRY_BACK} })`
/** Says that it is done when so much has been written again that the writer would leave it for the next time. */
const ALWAYS_BEHIND = `${OPEN}
  const pages = () => Number(database.prepare('pragma wal_checkpoint(noop)').get().log)
  port.on('message', () => {
    database.exec('pragma wal_checkpoint(passive)')
    const before = pages()
    const look = setInterval(() => {
      if (pages() < before + 800) return
      clearInterval(look)
      port.postMessage({})
    }, 1)
  })`
const FULL_AT_FIRST = `${OPEN}; let orders = 0
  port.on('message', () => { if (orders++ < 2) port.postMessage(${FULL}); else { ${CARRY_BACK} } })`

function threadOf(code: string, file = ''): Worker {
  const start = `const { parentPort: port, workerData } = require('node:worker_threads');`
  return new Worker(start + code, { eval: true, workerData: file })
}

/** Holds new records until the log has begun anew so often. */
async function fillUntilItBegins(ledger: SqliteLedger, times: number): Promise<void> {
  let beginnings = 0
  let pagesBefore = 0
  await fillUntil(ledger, () => {
    const { wal_pages: pages = 0 } = ledger.health().figures
    if (pages < pagesBefore) beginnings++
    pagesBefore = pages
    return beginnings === times
  })
  assert.equal(beginnings, times)
}

async function fillUntil(ledger: SqliteLedger, isEnough: () => boolean): Promise<void> {
  const { records: first = 0 } = ledger.health().figures
  for (let batch = 0; batch < BATCHES_MAX && !isEnough(); batch++) {
    const records = Array.from({ length: BATCH }, (_, index) =>
      aRecord({ buyer: first + batch * BATCH + index }),
    )
    await holdAll(ledger, records)
  }
}

it(
  'a reader that keeps its snapshot open does not keep anybody from writing',
  withLedger(async ({ ledger, options }) => {
    const reader = new DatabaseSync(options.file, { readOnly: true })
    await holdAll(ledger, [aRecord({ buyer: 0 })])
    reader.exec('begin')
    reader.prepare('select count(*) from record').get()
    for (let batch = 0; batch < BATCHES; batch++) {
      const records = Array.from({ length: BATCH }, (_, index) =>
        aRecord({ buyer: 1 + batch * BATCH + index }),
      )
      const held = await holdAll(ledger, records)
      assert.equal(held.length, BATCH)
    }
    reader.exec('commit')
    reader.close()
    ledger.maintain()
    const { wal_pages: left = 0 } = ledger.health().figures
    assert.ok(left > 0)
    await intact(ledger)
  }),
)
